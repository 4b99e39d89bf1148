/**
 * Letters over the words of a sentence: type one, and the cursor stands there; type another, and it
 * reaches to there. They lie over the text, never in it.
 */
import { labelButtons } from "./bar.js";
import { kindOfKey } from "./relations.js";
import { source, isWhole, placeOf } from "./source.js";
import { rangeOf } from "./places.js";

/** @typedef {import("./moves.js").Spot} Spot */

const overlay = /** @type {HTMLElement} */ (document.getElementById("overlay"));
const MOST = 400;
const ALL = "abcdefghijklmnopqrstuvwxyz";

/** @type {Map<string, Spot>} */
let places = new Map();
/** The first of two letters, when it was typed. */
let begun = "";

/**
 * A letter for each of so many words; two where one does not suffice, beginning with the last letters of
 * the alphabet.
 * @param {number} count
 * @param {string} alphabet
 * @returns {string[]}
 */
export function codes(count, alphabet) {
  const size = alphabet.length;
  let pairs = 0;
  while (size - pairs + pairs * size < count && pairs < size) pairs += 1;
  const found = [...alphabet.slice(0, size - pairs)];
  for (const first of alphabet.slice(size - pairs)) for (const second of alphabet) found.push(first + second);
  return found.slice(0, count);
}

/**
 * Whether a letter is the key of a label or of a relation, which it stays while letters lie over the words.
 * @param {string} letter
 * @returns {boolean}
 */
export function isTaken(letter) {
  return kindOfKey(letter) !== undefined || labelButtons().some((button) => button.dataset["key"] === letter);
}

/** The letters that are free. */
function alphabet() {
  return [...ALL].filter((letter) => !isTaken(letter)).join("");
}

/**
 * Which letters lead where, in the sentence around a word.
 * @param {Spot} around
 * @returns {Map<string, Spot>}
 */
export function lettersAround(around) {
  const [first, last] = source.sentence(around);
  const spots = [];
  for (let word = first; word <= last && spots.length < MOST; word += 1) {
    const spot = { block: around.block, word };
    if (isWhole(spot)) spots.push(spot);
  }
  const names = codes(spots.length, alphabet());
  return new Map(spots.flatMap((spot, n) => (names[n] ? [[/** @type {string} */ (names[n]), spot]] : [])));
}

/**
 * Draw them, or draw them anew where the text has moved: what was begun to be typed stays so.
 * @param {Spot} around
 */
export function drawLetters(around) {
  const first = begun;
  hideLetters();
  places = lettersAround(around);
  const home = overlay.getBoundingClientRect();
  const drawn = [];
  for (const [letters, spot] of places) {
    const { start, end } = placeOf(spot);
    const box = rangeOf(start, end)?.getClientRects()[0];
    if (!box) continue;
    const tag = document.createElement("span");
    tag.className = "letter";
    tag.textContent = letters;
    tag.style.left = `${box.left - home.left}px`;
    tag.style.top = `${box.top - home.top}px`;
    drawn.push(tag);
  }
  overlay.append(...drawn);
  if ([...places.keys()].some((name) => first && name.startsWith(first))) expectSecond(first);
}

/** @param {string} first what was typed of a name of two letters; empty for nothing */
function expectSecond(first) {
  begun = first;
  for (const tag of overlay.querySelectorAll(".letter")) tag.classList.toggle("dim", !tag.textContent?.startsWith(first));
}

export function hideLetters() {
  begun = "";
  places = new Map();
  for (const tag of overlay.querySelectorAll(".letter")) tag.remove();
}

/**
 * A letter was typed.
 * @param {string} letter
 * @returns {Spot | "more" | null} the word it leads to; “more” where a second letter follows; null for none
 */
export function typed(letter) {
  const name = begun + letter;
  const spot = places.get(name);
  expectSecond("");
  if (spot) return spot;
  if (name.length > 1 || ![...places.keys()].some((known) => known.startsWith(name))) return null;
  expectSecond(name);
  return "more";
}

/** @returns {boolean} whether the first of two letters was taken back */
export function takeBack() {
  const was = begun !== "";
  expectSecond("");
  return was;
}
