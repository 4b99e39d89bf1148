/**
 * Several marks at once: chosen by key or click, then changed by one act. Loaded when it is first asked
 * for. What was chosen stays chosen when the server draws its cards anew.
 */
import { assertively, learnWords, politely, words } from "./announce.js";
import { labelButtons } from "./bar.js";
import { isChord, keysMeant } from "./keys.js";
import { cardOf, keysOf, piecesOf } from "./lighting.js";
import { shownVersion } from "./live.js";
import { pendingCount } from "./outbox.js";
import { selected } from "./places.js";
import { seenVersion } from "./seen.js";
import { withStyle } from "./styles.js";
import { htmxHere } from "./swapping.js";

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const reading = /** @type {HTMLElement} */ (document.getElementById("reading"));

/** The ids of the annotations chosen, by key. @type {Map<string, string>} */
const chosen = new Map();
/** The card where a stretch of clicks begins. @type {string | null} */
let anchor = null;

await learnWords();
const bar = document.createElement("div");
bar.id = "batch-bar";
bar.className = "ui no-print";
bar.setAttribute("role", "toolbar");
bar.setAttribute("aria-label", words("batchTitle"));
bar.hidden = true;
const told = document.createElement("span");
const change = tool("batch-change", words("batchChange"), () => void ask([]));
change.classList.add("primary");
bar.append(told, change, tool("batch-none", words("batchNone"), () => void leaveBatch()));
document.body.append(bar);

const dialog = document.createElement("dialog");
dialog.id = "batch-dialog";
dialog.className = "ui";
dialog.setAttribute("aria-labelledby", "batch-title");
const body = document.createElement("div");
body.id = "batch-body";
const shut = tool("batch-shut", "✕", () => dialog.close());
shut.className = "quiet";
shut.setAttribute("aria-label", words("close"));
dialog.append(shut, body);
document.body.append(dialog);
const styled = Promise.all([withStyle("find"), withStyle("finding")]);
dialog.addEventListener("close", () => reading.focus({ preventScroll: true }));

/**
 * @param {string} id
 * @param {string} name
 * @param {() => void} act
 */
function tool(id, name, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.id = id;
  made.textContent = name;
  made.addEventListener("click", act);
  return made;
}

/** Whether clicks on cards choose them. */
export function isChoosing() {
  return document.documentElement.classList.contains("batching");
}

/** Begin to choose, or leave it: what the button does, and whoever cannot hold a key needs. */
export function toggleBatching() {
  if (isChoosing()) leaveBatch();
  else begin();
}

function begin() {
  document.getElementById("show-menu")?.removeAttribute("open"); // it began there, and lies over the text
  document.documentElement.classList.add("batching");
  bar.hidden = false;
  say();
}

/**
 * @param {{ quietly?: boolean }} [how]
 * @returns {boolean} whether there was something to leave
 */
export function leaveBatch({ quietly = false } = {}) {
  if (!isChoosing()) return false;
  for (const key of [...chosen.keys()]) show(key, false);
  chosen.clear();
  anchor = null;
  bar.hidden = true;
  document.documentElement.classList.remove("batching");
  if (!quietly) politely(words("batchLeft"));
  return true;
}

function say() {
  told.textContent = words("batchCount", chosen.size);
  change.disabled = chosen.size === 0;
}

/** @param {string} key @param {boolean} on */
function show(key, on) {
  const card = cardOf(key);
  card?.classList.toggle("chosen", on);
  for (const piece of piecesOf(key, card)) piece.classList.toggle("chosen", on);
}

/** Show what is chosen on cards and marks that were drawn anew; what is gone is no longer chosen. */
function showChosen() {
  for (const key of [...chosen.keys()]) {
    if (cardOf(key)) show(key, true);
    else chosen.delete(key);
  }
  if (isChoosing()) say();
}

/**
 * Choose an annotation, or no longer.
 * @param {string} key
 * @param {boolean} [wanted]
 */
export function toggle(key, wanted = !chosen.has(key)) {
  const card = cardOf(key);
  const id = card?.dataset["id"];
  if (!card || !id) return;
  if (!isChoosing()) begin();
  if (wanted) chosen.set(key, id);
  else chosen.delete(key);
  show(key, wanted);
  say();
  const what = card.querySelector(".q")?.textContent ?? "";
  politely(words(wanted ? "batchChosen" : "batchUnchosen", what, chosen.size));
}

/**
 * A click or key at a card or mark. With `stretch` all cards from the last one to this.
 * @param {Element} target
 * @param {{ stretch?: boolean }} [how]
 */
export function pick(target, { stretch = false } = {}) {
  const card = target.closest(".card");
  const mark = target.closest("mark");
  const key = card ? card.id.slice(1) : mark ? keysOf(mark).at(-1) : undefined;
  if (!key) return;
  if (stretch && anchor && anchor !== key) {
    const cards = [...reading.getElementsByClassName("card")].map((each) => each.id.slice(1));
    const [from, to] = [cards.indexOf(anchor), cards.indexOf(key)];
    for (const each of cards.slice(Math.min(from, to), Math.max(from, to) + 1)) toggle(each, true);
  } else toggle(key);
  anchor = key;
}

/**
 * Show what can be done to the marks chosen, or what one thing would come to.
 * @param {[string, string][]} wish
 */
async function ask(wish) {
  if (chosen.size === 0) return politely(words("batchNothing"));
  if (pendingCount() > 0) await settled(); // else my own change would look like somebody else's
  const marks = [...chosen.values()].map((id) => `${id}:${seenVersion(id, shownVersion())}`);
  const values = { mark: marks, ...Object.fromEntries(wish) };
  try {
    await htmxHere();
    await htmx.ajax("POST", `/projects/${encodeURIComponent(main.dataset["project"] ?? "")}/batch`, { target: "#batch-body", swap: "outerHTML", values });
  } catch {
    return assertively(words("noCard")); // the server is away; what was chosen stays chosen
  }
  await styled;
  if (!dialog.open) dialog.showModal();
  focusWithin();
}

/** The button that does it, where there is one; else the first field. */
function focusWithin() {
  const first = dialog.querySelector("#batch-do") ?? dialog.querySelector("#batch-label") ?? shut;
  /** @type {HTMLElement} */ (first).focus();
}

/** @returns {Promise<void>} when nothing is on its way any more */
function settled() {
  return new Promise((resolve) => {
    const look = () => {
      if (pendingCount() > 0) return;
      document.removeEventListener("postil:pending", look);
      resolve();
    };
    document.addEventListener("postil:pending", look);
    look();
  });
}

document.addEventListener("postil:leave", (event) => {
  if (leaveBatch()) event.preventDefault();
});
dialog.addEventListener("submit", (event) => {
  if (event.target instanceof HTMLFormElement && event.target.dataset["write"] === "batch") dialog.close();
});
document.body.addEventListener("htmx:afterSwap", () => {
  if (dialog.open && !dialog.contains(document.activeElement)) focusWithin();
});
document.addEventListener("postil:answer", (event) => {
  const { letter, response } = /** @type {CustomEvent} */ (event).detail;
  if (letter.kind === "batch" && response.ok) leaveBatch({ quietly: true });
  else showChosen();
});
document.addEventListener("postil:renewed", showChosen); // by what others did

/** While marks are chosen, a label's key and Delete are about them all. */
document.addEventListener("keydown", (event) => {
  if (chosen.size === 0 || isChord(event) || event.isComposing || dialog.open) return;
  const active = document.activeElement;
  if (active !== reading && active !== document.body && !active?.closest("#reading mark, #reading .card, #batch-bar")) return;
  if (selected(false)) return;
  if (!keysMeant(event).some(actOn)) return;
  event.preventDefault();
  event.stopPropagation();
}, true);

/**
 * What a key does to all marks chosen: it shows what its label, or deleting them, would come to.
 * @param {string} key
 * @returns {boolean} whether it does anything
 */
export function actOn(key) {
  const label = labelButtons().find((each) => each.dataset["key"] === key)?.dataset["label"];
  if (label) void ask([["do", "label"], ["label", label]]);
  else if (key === "Delete") void ask([["do", "delete"]]);
  else return false;
  return true;
}
