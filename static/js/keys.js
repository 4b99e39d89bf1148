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

/** What the keys beside the letters write on an American keyboard, without Shift and with it. @type {Record<string, string>} */
const SIGNS = {
  ...{ Backquote: "`~", Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|" },
  ...{ Semicolon: ";:", Quote: "'\"", Comma: ",<", Period: ".>", Slash: "/?" },
};

/**
 * Whether a key is pressed together with Ctrl, Alt or Meta. AltGr is none of them: with it, many keyboards
 * write brackets and braces.
 * @param {KeyboardEvent} event
 * @returns {boolean}
 */
export function isChord(event) {
  return event.metaKey || ((event.ctrlKey || event.altKey) && !event.getModifierState("AltGraph"));
}

/**
 * What a key writes, with capitals by Shift alone: Caps Lock changes nothing.
 * @param {KeyboardEvent} event
 * @returns {string}
 */
export function keyWritten({ key, shiftKey }) {
  const cased = shiftKey ? key.toUpperCase() : key.toLowerCase();
  return key.length === 1 && cased.length === 1 ? cased : key;
}

/**
 * The keys that an event may mean, the likeliest first, on every keyboard layout and whatever Caps Lock does:
 * the digit whose place was pressed without Shift (AZERTY writes signs there), what the key writes, with
 * capitals by Shift alone, and what stands at its place on an American keyboard, unless the key writes a
 * letter from a to z, which means itself.
 * @param {KeyboardEvent} event
 * @returns {string[]} as `KeyboardEvent.key` says them, none twice
 */
export function keysMeant(event) {
  const { key, code, shiftKey } = event;
  const place = event.getModifierState("AltGraph") ? "" : code;
  const digit = !shiftKey && /^Digit\d$/.test(place) ? place.slice(-1) : "";
  const letter = /^Key[A-Z]$/.test(place) ? place.slice(-1) : "";
  const there = letter ? (shiftKey ? letter : letter.toLowerCase()) : (SIGNS[place]?.[Number(shiftKey)] ?? "");
  const isForeign = key === "Dead" || (key.length === 1 && !/[a-z]/i.test(key));
  return [...new Set([digit, keyWritten(event), isForeign ? there : ""])].filter((each) => each !== "");
}

/**
 * What the first of the keys that an event may mean leads to.
 * @template T
 * @param {KeyboardEvent} event
 * @param {(key: string) => T | null | undefined} lookUp
 * @returns {T | null}
 */
export function meantBy(event, lookUp) {
  for (const key of keysMeant(event)) {
    const found = lookUp(key);
    if (found != null) return found;
  }
  return null;
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
