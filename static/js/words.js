/**
 * What the cursor steps over: words, clauses, names. Pure functions of plain values; offsets are code
 * points of the text of one block.
 */
import { toCodePoints, words as segments } from "./offsets.js";

/** @typedef {[number, number]} Word from, up to */

const POSSESSIVE = /(?<=.)[’']s$/iu;
const ELISION = /^\p{L}{1,5}[’'](?=\p{L})/u;
const ELIDING = /^(?:fr|it|ca|oc|lij|pms|fur)\b/i;
const BREAK = /[,;:…—–()[\]{}“”„«»،؛、，；：「」『』]|(?:^|\s)-(?=\s)/u;
const OPENERS = new Map([["(", ")"], ["[", "]"], ["{", "}"], ["“", "”"], ["„", "“”"], ["«", "»"], ["「", "」"], ["『", "』"]]);
const PARTICLES = new Set("de del della di da do dos das du des la las le les los el al of the von van der den zu zur y e i bin ibn".split(" "));

/**
 * The words of a text, as its language separates them. The ending of a possessive and an elided article
 * are words of their own, because a mark seldom takes both sides.
 * @param {string} text
 * @param {string} language
 * @returns {Word[]}
 */
export function wordsOf(text, language) {
  const characters = [...text];
  return segments(text, language).flatMap(([from, to]) => {
    const word = characters.slice(from, to).join("");
    const ending = POSSESSIVE.exec(word);
    const elided = ELIDING.test(language) ? ELISION.exec(word) : null;
    const cut = ending ? toCodePoints(word, ending.index) : elided ? toCodePoints(elided[0]) : 0;
    return /** @type {Word[]} */ (cut ? [[from, from + cut], [from + cut, to]] : [[from, to]]);
  });
}

/**
 * Whether a word is only the end of the one before it.
 * @param {string} word
 */
export function isEnding(word) {
  return /^[’']s$/i.test(word);
}

/**
 * A stretch with the brackets and quotation marks that belong to it: one that is opened inside is closed
 * where the closing one follows at once, and the other way round.
 * @param {string[]} characters of the text
 * @param {number} start
 * @param {number} end
 * @returns {[number, number]}
 */
export function balanced(characters, start, end) {
  /** @type {string[]} the closing marks that are waited for */
  const open = [];
  /** @type {string[]} closing marks that nothing opened */
  const alone = [];
  for (const character of characters.slice(start, end)) {
    if (open.at(-1)?.includes(character)) open.pop();
    else if (OPENERS.has(character)) open.push(/** @type {string} */ (OPENERS.get(character)));
    else if ([...OPENERS.values()].some((closers) => closers.includes(character))) alone.push(character);
  }
  while (open.length && open.at(-1)?.includes(characters[end] ?? " ")) {
    open.pop();
    end += 1;
  }
  while (alone.length && OPENERS.get(characters[start - 1] ?? " ")?.includes(alone.at(-1) ?? " ")) {
    alone.pop();
    start -= 1;
  }
  return [start, end];
}

/**
 * The clauses of some words: the numbers of the first and last word of each. A comma, colon, dash or
 * bracket between two words parts them.
 * @param {string[]} characters of the text
 * @param {Word[]} words
 * @param {number} first
 * @param {number} last
 * @returns {[number, number][]}
 */
export function clausesOf(characters, words, first, last) {
  const found = /** @type {[number, number][]} */ ([]);
  let begins = first;
  for (let n = first; n <= last; n += 1) {
    const gap = n < last ? characters.slice(words[n]?.[1], words[n + 1]?.[0]).join("") : ",";
    if (!BREAK.test(gap)) continue;
    found.push([begins, n]);
    begins = n + 1;
  }
  return found;
}

/**
 * The names among some words: the numbers of the first and last word of each run that begins with a
 * capital, particles between two such words included (“Cartel de los Soles”). A word that begins a
 * sentence is a name only if `isCommon` does not know it in small letters.
 * @param {string[]} characters of the text
 * @param {Word[]} words
 * @param {(place: number) => boolean} beginsSentence
 * @param {(word: string) => boolean} isCommon
 * @returns {[number, number][]}
 */
export function namesOf(characters, words, beginsSentence, isCommon) {
  const found = /** @type {[number, number][]} */ ([]);
  const said = words.map(([from, to]) => characters.slice(from, to).join(""));
  /** @param {number} n */
  const isName = (n) => {
    const word = said[n] ?? "";
    if (!/^\p{Lu}/u.test(word)) return false;
    return !beginsSentence(words[n]?.[0] ?? 0) || !isCommon(word.toLowerCase());
  };
  /** @param {number} n whether nothing but white space lies between a word and the next one */
  const joins = (n) => n + 1 < words.length && /^\s+$/u.test(characters.slice(words[n]?.[1], words[n + 1]?.[0]).join(""));
  for (let n = 0; n < words.length; n += 1) {
    if (!isName(n)) continue;
    let last = n;
    for (let next = n; joins(next); ) {
      next += 1;
      if (isName(next)) last = next;
      else if (!PARTICLES.has(said[next] ?? "") || next - last > 2) break;
    }
    found.push([n, last]);
    n = last;
  }
  return found;
}

const SMALL = /(?<![\p{L}\p{M}])\p{Ll}[\p{L}\p{M}]*/gu;

/**
 * The words that a text has in small letters.
 * @param {string} text
 * @returns {Set<string>}
 */
export function smallWords(text) {
  return new Set(text.match(SMALL) ?? []);
}
