/** What a key or a button can ask for, by name; and going from mark to mark. */
import { politely, words } from "./announce.js";
import { choose, leaveChooser } from "./choose.js";
import { close, focusable, open, openCard, openKey, sendForm, step } from "./editor.js";
import { keysOf, light } from "./lighting.js";
import { keyMap, remap, resetKeys, showKeys, STANDARD } from "./keys.js";
import { retryNow } from "./outbox.js";
import { isLinking, leaveLinking } from "./relations.js";

const reading = /** @type {HTMLElement} */ (document.getElementById("reading"));
const index = /** @type {HTMLElement} */ (document.getElementById("index"));
const help = /** @type {HTMLDialogElement} */ (document.getElementById("help"));

/** @returns {HTMLElement | null} the mark that has the focus */
export function focusedMark() {
  const mark = document.activeElement?.closest("mark");
  return mark instanceof HTMLElement ? mark : null;
}

/** @param {1 | -1} direction */
function goTo(direction) {
  const marks = /** @type {HTMLCollectionOf<HTMLElement>} */ (reading.getElementsByTagName("mark"));
  if (marks.length === 0) return politely(words("noMarks"));
  const from = focusedMark();
  let at = from ? [...marks].indexOf(from) : direction > 0 ? -1 : marks.length;
  do at += direction;
  while (marks[at] && !marks[at]?.dataset["l"]);
  const mark = marks[at];
  if (!mark) return politely(words("noMarks"));
  mark.tabIndex = -1;
  mark.focus({ preventScroll: true });
  mark.scrollIntoView({ block: "nearest" });
  light(keysOf(mark));
}

/**
 * Open what lies at a mark: the card, or the list where there are several.
 * @param {HTMLElement} mark
 */
export function openAt(mark) {
  const keys = keysOf(mark);
  if (keys.length === 1) void open(/** @type {string} */ (keys[0]));
  else choose(keys, mark.getBoundingClientRect(), (key) => void open(key));
}

/**
 * Do something with the annotation whose card is open, or with the one that has the focus.
 * @param {() => void} then
 */
async function withCard(then) {
  const mark = focusedMark();
  const keys = mark ? keysOf(mark) : [];
  if (mark && keys.length > 0 && !keys.includes(openKey() ?? "")) {
    const key = /** @type {string} */ (keys.at(-1));
    await open(key, { focus: false });
    focusable(key)?.focus({ preventScroll: true });
  }
  if (openCard()) then();
}

/** @param {boolean} [wanted] */
function toggleIndex(wanted = !index.classList.contains("shown")) {
  index.classList.toggle("shown", wanted);
  document.getElementById("index-button")?.setAttribute("aria-expanded", String(wanted));
  if (wanted) {
    document.dispatchEvent(new CustomEvent("postil:index"));
    index.focus({ preventScroll: true });
  } else if (index.contains(document.activeElement) || document.activeElement === document.body) {
    document.getElementById("index-button")?.focus({ preventScroll: true });
  }
}

function deleteOpen() {
  const form = openCard()?.querySelector("form[data-write=delete]");
  if (!(form instanceof HTMLFormElement)) return;
  void sendForm(form).then(() => {
    if (document.activeElement === document.body) reading.focus({ preventScroll: true });
  });
}

/** @type {Record<string, () => void>} */
export const COMMANDS = {
  next: () => goTo(1),
  previous: () => goTo(-1),
  open: () => {
    const mark = focusedMark();
    if (mark) openAt(mark);
  },
  delete: () => void withCard(deleteOpen),
  endLater: () => void withCard(() => void step("end", "word", 1)),
  endEarlier: () => void withCard(() => void step("end", "word", -1)),
  startEarlier: () => void withCard(() => void step("start", "word", -1)),
  startLater: () => void withCard(() => void step("start", "word", 1)),
  endLaterCharacter: () => void withCard(() => void step("end", "character", 1)),
  endEarlierCharacter: () => void withCard(() => void step("end", "character", -1)),
  startEarlierCharacter: () => void withCard(() => void step("start", "character", -1)),
  startLaterCharacter: () => void withCard(() => void step("start", "character", 1)),
  index: () => toggleIndex(),
  marks: () => document.getElementById("marks-toggle")?.click(),
  help: () => help.showModal(),
  "close-help": () => help.close(),
  "close-editor": close,
  retry: retryNow,
  "reset-keys": () => {
    resetKeys();
    showKeys();
  },
  undo: () => turn("undo"),
  redo: () => turn("redo"),
};

/** @param {"undo" | "redo"} way */
function turn(way) {
  const form = document.querySelector(`form[data-write=${way}]`);
  if (form instanceof HTMLFormElement) void sendForm(form);
}

/** Escape: leave the innermost thing that can be left. @returns {boolean} */
export function leaveSomething() {
  if (help.open) return false; // the dialog closes itself
  if (leaveChooser()) return true;
  if (isLinking()) {
    leaveLinking();
    return true;
  }
  if (openCard()) {
    close();
    return true;
  }
  if (index.classList.contains("shown")) {
    toggleIndex(false);
    return true;
  }
  return false;
}

/** Wire the dialogue of keys: a click, then the new key. */
export function wireHelp() {
  help.addEventListener("keydown", (event) => {
    const button = event.target instanceof HTMLElement ? event.target : null;
    const command = button?.dataset["remap"];
    if (!command || !button?.classList.contains("waiting")) return;
    if (["Shift", "Control", "Alt", "Meta", "Tab"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    button.classList.remove("waiting");
    if (event.key === "Escape") return showKeys();
    const key = event.key === "Backspace" ? "" : event.key;
    const holder = Object.entries(keyMap()).find(([name, held]) => held === key && key && name !== command);
    const label = [...document.querySelectorAll("#bar button")].some((b) => b instanceof HTMLElement && b.dataset["key"] === key);
    if (holder || label) {
      politely(words("taken", holder?.[0] ?? key));
      button.textContent = words("taken", holder?.[0] ?? key);
      return;
    }
    remap(command, key);
    showKeys();
  });
  help.addEventListener("click", (event) => {
    const button = event.target instanceof HTMLElement ? event.target.closest("[data-remap]") : null;
    if (!(button instanceof HTMLElement) || !(button.dataset["remap"] ?? "" in STANDARD)) return;
    showKeys();
    button.classList.add("waiting");
    button.textContent = "…";
  });
}
