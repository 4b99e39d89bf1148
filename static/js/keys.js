/**
 * The key map: which single key does what, changed by the reader and kept in this browser. Single keys
 * act only while the reading area has the focus, and can be switched off (WCAG 2.1.4).
 */
import { store, stored } from "./settings.js";

/** @type {Record<string, string>} */
export const STANDARD = {
  next: "n",
  previous: "p",
  open: "Enter",
  delete: "Delete",
  endLater: "l",
  endEarlier: "k",
  startEarlier: "h",
  startLater: "j",
  endLaterCharacter: "L",
  endEarlierCharacter: "K",
  startEarlierCharacter: "H",
  startLaterCharacter: "J",
  unsure: "u",
  name: "c",
  addFragment: "+",
  removeFragment: "-",
  guide: "g",
  index: "i",
  marks: "m",
  same: "=",
  nextSuggestion: ";",
  previousSuggestion: ",",
  accept: "a",
  reject: "q",
  nextDocument: "N",
  previousDocument: "P",
  done: "D",
  find: "/",
  help: "?",
  sentenceNext: "s",
  sentencePrevious: "S",
  nameNext: "f",
  namePrevious: "F",
  extendClause: "e",
  widen: "w",
  narrow: "W",
  here: "v",
  startOneEarlier: "[",
  startOneLater: "{",
  endOneLater: "]",
  endOneEarlier: "}",
  letters: "'",
  again: ".",
};

/** The commands of the cursor; those without a key of their own have arrows or buttons. */
export const CURSOR = [
  ...["cursor", "leaveCursor", "labelFirst", "wordNext", "wordPrevious", "sentenceNext", "sentencePrevious"],
  ...["nameNext", "namePrevious", "extendClause", "widen", "narrow", "here", "letters", "again"],
  ...["startOneEarlier", "startOneLater", "endOneLater", "endOneEarlier"],
];

/** @returns {Record<string, string>} */
export function keyMap() {
  try {
    return { ...STANDARD, ...JSON.parse(stored("keymap") ?? "{}") };
  } catch {
    return { ...STANDARD }; // what was stored is not a key map
  }
}

/**
 * The command that a key gives, or null.
 * @param {string} key as `KeyboardEvent.key` says it
 * @returns {string | null}
 */
export function commandOf(key) {
  return Object.entries(keyMap()).find(([, held]) => held === key)?.[0] ?? null;
}

/**
 * @param {string} command
 * @param {string} key empty: none
 */
export function remap(command, key) {
  store("keymap", JSON.stringify({ ...keyMap(), [command]: key }));
}

export function resetKeys() {
  store("keymap", "{}");
}

/**
 * A key as a person reads it.
 * @param {string} key
 * @returns {string}
 */
export function keyName(key) {
  return key === " " ? "Space" : key === "Delete" ? "Del" : key.length === 1 && key !== key.toLowerCase() ? `⇧ ${key}` : key || "—";
}

/** Write the keys into everything that shows one. */
export function showKeys() {
  const map = keyMap();
  for (const shown of document.querySelectorAll("[data-key-of]")) {
    if (shown instanceof HTMLElement) shown.textContent = keyName(map[shown.dataset["keyOf"] ?? ""] ?? "");
  }
  // One that waits for a key, or tells why it did not get it, goes on doing so: other parts come meanwhile.
  for (const button of document.querySelectorAll("[data-remap]:not(.waiting, .told)")) {
    if (button instanceof HTMLElement) button.textContent = keyName(map[button.dataset["remap"] ?? ""] ?? "");
  }
}
