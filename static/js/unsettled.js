/**
 * What the server refused waits here for a person: what it was, why it could not be done, what waits with
 * it, and the ways to settle it. It outlives the page; the button at the foot brings it back.
 */
import { assertively, closeProblem, drawnProblem, politely, showOne, showProblem, words } from "./announce.js";
import { drop, heldBy, refusedLetters, retryNow, sendAgain } from "./outbox.js";

/** @typedef {import("./letters.js").Letter} Letter */

const button = document.getElementById("needs");
const reading = document.getElementById("reading");

/** What this page has to settle. */
function here() {
  return refusedLetters().filter((letter) => letter.page === location.pathname);
}

/** @param {string} text */
function shortened(text) {
  return text.length > 70 ? `${text.slice(0, 69)}…` : text;
}

/**
 * A letter in words: “claim on “told Maduro””.
 * @param {Letter} letter
 */
export function described({ kind, fields }) {
  const said = new Map(fields);
  const known = `did-${kind}`;
  if (kind === "create") return words("did-create", said.get("label") ?? "", shortened(said.get("quote") ?? ""));
  if (kind !== "edit") return words(known) === known ? kind : words(known);
  const told = [...said].filter(([name]) => !["saw", "editor", "start", "end", "revision", "id"].includes(name));
  const value = (/** @type {string} */ name) => (name === "unsure" ? words(said.get(name) === "1" ? "yes" : "no") : shortened(said.get(name) ?? ""));
  const what = told.map(([name]) => `${words(`field-${name}`).replace(/^field-(attribute\.)?/, "")}: ${value(name) || "—"}`);
  return words("did-edit", what.join("; "));
}

/**
 * @param {string} text
 * @param {() => Promise<void>} act
 * @param {string} about
 */
function way(text, act, about) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", () => void settle(act, about));
  return made;
}

/**
 * @param {() => Promise<void>} act
 * @param {string} about
 */
async function settle(act, about) {
  closeProblem(about);
  await act();
  const left = document.querySelector("#problem button");
  (left instanceof HTMLElement ? left : reading)?.focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("postil:settled"));
  politely(words(here().length ? "needs" : "settled", here().length));
}

/**
 * What goes out again of a stale letter, once a person has chosen for each of its fields.
 * @param {HTMLElement} drawn
 * @param {Letter} letter
 */
async function takeChosen(drawn, letter) {
  const rows = /** @type {HTMLElement[]} */ ([...drawn.querySelectorAll("[data-fields]")]);
  const theirs = rows.filter((row) => /** @type {HTMLInputElement | null} */ (row.querySelector("[value=theirs]"))?.checked);
  if (rows.length > 0 && theirs.length === rows.length) return drop(letter);
  const left = theirs.flatMap((row) => (row.dataset["fields"] ?? "").split(" ")).map((name) => [name, null]);
  return sendAgain(letter, { saw: letter.now, ...Object.fromEntries(left) });
}

/** @param {Letter} letter */
function show(letter) {
  const drawn = drawnProblem(letter.html);
  // Where both sides are shown, they say it.
  const what = drawn.querySelector("[data-fields]") ? words("did-change") : described(letter);
  const title = document.createElement("p");
  title.className = "what";
  title.dir = "auto";
  title.append(what);
  const body = document.createElement("div");
  body.className = "unsettled";
  body.append(title, drawn);
  const held = heldBy(letter);
  if (held.length) {
    const list = document.createElement("ul");
    list.append(...held.map((each) => Object.assign(document.createElement("li"), { textContent: described(each), dir: "auto" })));
    body.append(Object.assign(document.createElement("p"), { textContent: words("withIt") }), list);
  }
  const known = drawn.querySelectorAll("[data-settle]");
  for (const each of known) {
    const how = each.getAttribute("data-settle");
    each.addEventListener("click", () => {
      void settle(() => (how === "theirs" ? drop(letter) : how === "mine" ? sendAgain(letter, { saw: letter.now }) : takeChosen(drawn, letter)), letter.op);
    });
  }
  if (!known.length) {
    const ways = document.createElement("p");
    ways.className = "ways";
    ways.append(
      way(words("tryAgain"), () => sendAgain(letter), letter.op),
      " ",
      way(words("throwAway"), () => drop(letter), letter.op),
    );
    body.append(ways);
  }
  const one = showOne(letter.op, [body]);
  one.setAttribute("role", "group");
  one.setAttribute("aria-label", words("needsYou"));
  return one;
}

function count() {
  if (!button) return;
  const open = here();
  button.hidden = open.length === 0;
  button.textContent = words(open.length === 1 ? "needsOne" : "needs", open.length);
  const ops = new Set(open.map(({ op }) => op));
  // Settled in another tab: here there is nothing to choose any more.
  for (const one of document.querySelectorAll("#problem .one[role=group]")) {
    const about = one instanceof HTMLElement ? one.dataset["about"] : undefined;
    if (about && !ops.has(about)) closeProblem(about);
  }
}

/**
 * Somebody else sits at this browser now: become who wrote it again, or see the page as who one is now.
 * @param {string} html
 */
function showStopped(html) {
  const drawn = drawnProblem(html);
  const one = showOne("person", [drawn]);
  one.setAttribute("role", "group");
  drawn.querySelector("form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const body = new URLSearchParams(/** @type {[string, string][]} */ ([...new FormData(form)]));
    fetch(form.action, { method: "POST", body, redirect: "manual" }).then(
      () => {
        closeProblem("person");
        retryNow();
        reading?.focus({ preventScroll: true });
      },
      () => assertively(words("refused")),
    );
  });
  assertively(drawn.textContent?.replace(/\s+/g, " ").trim() ?? "");
}

/** Wire the box of problems and the button at the foot to the outbox. */
export function wireUnsettled() {
  document.addEventListener("postil:pending", count);
  document.addEventListener("postil:refused", (event) => {
    const { letter, html } = /** @type {CustomEvent<{ letter: Letter, html: string }>} */ (event).detail;
    if (letter.page !== location.pathname) return;
    if (letter.state !== "refused") return showProblem(html, letter.op);
    const one = show(letter);
    assertively(one.querySelector(".problem")?.textContent?.replace(/\s+/g, " ").trim() ?? words("refused"));
  });
  document.addEventListener("postil:stopped", (event) => showStopped(/** @type {CustomEvent} */ (event).detail.html));
  document.addEventListener("postil:kept", () => closeProblem("person"));
  button?.addEventListener("click", () => {
    const shown = here().map(show);
    shown[0]?.querySelector("button")?.focus({ preventScroll: true });
  });
}
