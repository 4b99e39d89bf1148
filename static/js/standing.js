/** How things stand: what an answer brings into the page, and the line at the foot that says what waits. */
import { assertively, closeProblem, showProblem, showState, words } from "./announce.js";
import { unfoldBeside } from "./folds.js";
import { inPlace } from "./inplace.js";
import { htmxHere, isHere } from "./swapping.js";
import { isAway, isFleeting, pendingCount, refusedLetters } from "./outbox.js";

/** @typedef {import("./letters.js").Letter} Letter */

const when = document.getElementById("when");
/** @type {ReturnType<typeof setInterval> | undefined} */
let ticking;
/** Whether the person was told that the server is away. */
let told = false;

/**
 * How many marks each label has, and what can be undone.
 * @param {Response} response
 */
export function stand(response) {
  for (const told of (response.headers.get("X-Postil-Counts") ?? "").split(" ")) {
    const [label, count] = told.split("=");
    const place = document.querySelector(`[data-count-of="${CSS.escape(label ?? "")}"]`);
    if (place) place.textContent = count ?? "";
  }
  const ways = (response.headers.get("X-Postil-Ways") ?? "").split(" ");
  const focused = document.activeElement;
  const buttons = /** @type {HTMLButtonElement[]} */ ([...document.querySelectorAll("#undo button")]);
  for (const button of buttons) button.disabled = !ways.includes(button.id.replace("-button", ""));
  // A button that can do nothing more hands the focus to the one beside it.
  if (focused instanceof HTMLButtonElement && buttons.includes(focused) && focused.disabled) {
    (buttons.find((button) => !button.disabled) ?? document.getElementById("reading"))?.focus({ preventScroll: true });
  }
}

/**
 * The numbers of the blocks that a change drew anew.
 * @param {Response | null} response
 * @returns {string[]}
 */
export function blocksOf(response) {
  return (response?.headers.get("X-Postil-Blocks") ?? "").split(" ").filter(Boolean);
}

/**
 * Swap in what an answer brought: first text and cards, then the message and whatever else there is. The
 * first hold nothing that htmx has to know of, and it would look for each id among fifty thousand marks.
 * @param {string} html
 */
export function swap(html) {
  const said = html.indexOf("<div hx-swap-oob=");
  const end = said < 0 ? html.length : said;
  const brought = document.createElement("template");
  brought.innerHTML = html.slice(0, end);
  // A cell comes in a template of its own, because a parser drops it outside a table.
  const drawn = [...brought.content.children].map((part) => (part instanceof HTMLTemplateElement ? part.content.firstElementChild : part));
  const places = drawn.map((part) => (part?.matches(".b, .cards") ? document.getElementById(part.id) : null));
  const all = !places.includes(null);
  if (all) {
    drawn.forEach((part, n) => {
      part?.removeAttribute("hx-swap-oob");
      places[n]?.replaceWith(/** @type {Element} */ (part));
    });
  }
  const rest = all ? html.slice(end) : html;
  if (isHere()) htmx.swap(document.body, rest, { swapStyle: "none" });
  else swapLater(rest);
}

/** Swap something in once htmx has come, which may take until the server is back. @param {string} html */
function swapLater(html) {
  htmxHere().then(
    () => htmx.swap(document.body, html, { swapStyle: "none" }),
    () => setTimeout(() => swapLater(html), 2000),
  );
}

function waits() {
  const count = pendingCount();
  const text = words(count === 1 ? "waitsOne" : "waits", count);
  return isFleeting() ? `${text} ${words("fleeting")}` : text;
}

/** Count down to the next try, for the eye alone: a voice hears once that the server is away. @param {number} pause */
function countDown(pause) {
  clearInterval(ticking);
  const until = performance.now() + pause;
  const show = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    if (when) when.textContent = left > 0 ? words("again", left) : words("trying");
    if (left <= 0) clearInterval(ticking);
  };
  show();
  ticking = setInterval(show, 1000);
}

/** Wire the foot and the swaps to the outbox. */
export function wireStanding() {
  document.addEventListener("postil:pending", () => {
    if (isAway()) showState("waiting", waits());
    else if (pendingCount() > 0) showState("saving", words("saving"));
  });
  document.addEventListener("postil:kept", (event) => {
    const { letter, response, html } = /** @type {CustomEvent<{ letter: Letter, response: Response, html: string }>} */ (event).detail;
    if (letter.page !== location.pathname) return;
    closeProblem(letter.url);
    if (letter.view !== location.search) {
      document.dispatchEvent(new CustomEvent("postil:look")); // drawn for other filters
      return;
    }
    unfoldBeside(blocksOf(response));
    inPlace(() => swap(html));
    stand(response);
    if (response.headers.has("X-Postil-Already")) showState("already", words("already"));
    else showState(pendingCount() ? "saving" : "saved", words(pendingCount() ? "saving" : "saved"));
  });
  document.addEventListener("postil:refused", () => showState("refused", words("refused")));
  document.addEventListener("postil:away", (event) => {
    const { letter, response, html, pause, first } = /** @type {CustomEvent} */ (event).detail;
    showState("waiting", waits());
    countDown(pause);
    told = true;
    if (!first) return;
    assertively(`${waits()} ${words("keepOn")}`);
    if (response?.status !== 403) return;
    showProblem(html, letter.url);
    assertively(words("kept"));
  });
  document.addEventListener("postil:settled", () => {
    if (pendingCount() === 0) showState("saved", words("saved"));
  });
  document.addEventListener("postil:calm", () => {
    clearInterval(ticking);
    if (when) when.textContent = "";
    if (told && refusedLetters().length === 0) assertively(words("allSaved")); // where it was said that something waits
    told = false;
    if (!["refused", "already"].includes(document.getElementById("state")?.dataset["state"] ?? "")) showState("saved", words("saved"));
  });
}
