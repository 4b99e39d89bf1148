/**
 * What the cursor knows of the text: the words, sentences, clauses and names of a block, found when it
 * comes near and kept for a while. The text of a revision never changes, so nothing here grows old.
 */
import { block, blockAt, startOf, textOf } from "./places.js";
import { toCodePoints } from "./offsets.js";
import { clausesOf, isEnding, namesOf, smallWords, wordsOf } from "./words.js";

/**
 * @typedef {import("./moves.js").Pair} Pair
 * @typedef {import("./moves.js").Spot} Spot
 * @typedef {import("./moves.js").Stretch} Stretch
 *
 * @typedef {object} Known
 * @property {string[]} characters
 * @property {Pair[]} words
 * @property {Pair[]} [sentences] as numbers of words, like the other two
 * @property {Pair[]} [clauses]
 * @property {Pair[]} [names]
 */

const MOST = 300;
const NEAR = 16;
const language = document.getElementById("reading")?.lang ?? "";

/** @type {Map<number, Known>} */
const known = new Map();
/** @type {Map<number, Set<string>>} */
const common = new Map();
/** Where sentences begin, as the server says; null until it has. @type {number[] | null} */
let starts = null;

/**
 * @param {number} number
 * @returns {Known}
 */
function look(number) {
  const before = known.get(number);
  if (before) return before;
  const holder = block(number);
  const text = holder ? textOf(holder) : "";
  const fresh = { characters: [...text], words: wordsOf(text, language) };
  known.set(number, fresh);
  if (known.size > MOST) known.delete(/** @type {number} */ (known.keys().next().value));
  return fresh;
}

/**
 * Where sentences begin in a block, in code points of the block.
 * @param {number} number
 * @returns {number[]}
 */
function beginnings(number) {
  const holder = block(number);
  if (!holder) return [];
  if (starts) {
    const from = startOf(holder);
    const until = from + look(number).characters.length;
    const found = [];
    for (let at = lowest(starts, from); (starts[at] ?? until) < until; at += 1) found.push(/** @type {number} */ (starts[at]) - from);
    return found;
  }
  const text = textOf(holder);
  return [...sentenceSegmenter().segment(text)].map(({ index }) => toCodePoints(text, index));
}

function sentenceSegmenter() {
  try {
    return new Intl.Segmenter(language || undefined, { granularity: "sentence" });
  } catch {
    return new Intl.Segmenter(undefined, { granularity: "sentence" }); // not a language tag
  }
}

/**
 * @param {number[]} sorted
 * @param {number} value
 * @returns {number} the number of the first entry that is not less
 */
function lowest(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {number} */ (sorted[middle]) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * @param {number} number
 * @returns {Pair[]}
 */
export function sentences(number) {
  const here = look(number);
  if (!here.sentences) {
    const found = /** @type {Pair[]} */ ([]);
    const begin = beginnings(number);
    let next = 0;
    here.words.forEach(([from], word) => {
      const begins = word === 0 || (next < begin.length && /** @type {number} */ (begin[next]) <= from);
      while (next < begin.length && /** @type {number} */ (begin[next]) <= from) next += 1;
      if (begins) found.push([word, word]);
      else /** @type {Pair} */ (found.at(-1))[1] = word;
    });
    here.sentences = found;
  }
  return here.sentences;
}

/**
 * The words that stand in small letters near a block.
 * @param {number} number
 * @returns {Set<string>}
 */
function commonNear(number) {
  const group = Math.floor(number / NEAR);
  let found = common.get(group);
  if (!found) {
    let text = "";
    for (let n = (group - 1) * NEAR; n < (group + 2) * NEAR; n += 1) {
      const holder = n >= 0 ? block(n) : undefined;
      if (holder) text += `${textOf(holder)}\n`;
    }
    found = smallWords(text);
    common.set(group, found);
    if (common.size > MOST) common.delete(/** @type {number} */ (common.keys().next().value));
  }
  return found;
}

/** @type {import("./moves.js").Source} */
export const source = {
  blocks: () => blockAt(Infinity) + 1,
  words: (number) => look(number).words,
  sentence: (spot) => sentences(spot.block).find(([, last]) => spot.word <= last) ?? [spot.word, spot.word],
  clauses: (number) => {
    const here = look(number);
    here.clauses ??= sentences(number).flatMap(([first, last]) => clausesOf(here.characters, here.words, first, last));
    return here.clauses;
  },
  names: (number) => {
    const here = look(number);
    if (!here.names) {
      const first = new Set(sentences(number).map(([word]) => here.words[word]?.[0]));
      const small = commonNear(number);
      here.names = namesOf(here.characters, here.words, (place) => first.has(place), (word) => small.has(word));
    }
    return here.names;
  },
};

/**
 * @param {number} number
 * @returns {string[]}
 */
export function charactersOf(number) {
  return look(number).characters;
}

/**
 * @param {Spot} spot
 * @returns {{ start: number, end: number }} in code points of the text
 */
export function placeOf({ block: number, word }) {
  const holder = block(number);
  const [from, to] = look(number).words[word] ?? [0, 0];
  const start = holder ? startOf(holder) : 0;
  return { start: start + from, end: start + to };
}

/**
 * The word at a place, or else the nearest one in its block; null where the block has none.
 * @param {number} place
 * @returns {Spot | null}
 */
export function spotAt(place) {
  const number = blockAt(place);
  const holder = block(number);
  const words = look(number).words;
  if (!holder || words.length === 0) return null;
  const local = place - startOf(holder);
  let word = words.findIndex(([, to]) => local < to);
  if (word < 0) word = words.length - 1;
  const before = words[word - 1];
  const here = /** @type {Pair} */ (words[word]);
  if (before && local < here[0] && local - before[1] < here[0] - local) word -= 1;
  return { block: number, word };
}

/**
 * The words of a stretch that ends are drawn on: without what is only the end of another word.
 * @param {Spot} spot
 * @returns {boolean}
 */
export function isWhole({ block: number, word }) {
  const { characters, words } = look(number);
  const [from, to] = words[word] ?? [0, 0];
  return !isEnding(characters.slice(from, to).join(""));
}

let asked = false;

/**
 * Fetch where sentences begin, once. Until that has come the browser's own segmenter serves.
 * @returns {Promise<boolean>} whether sentences may have changed by it
 */
export async function fetchSentences() {
  const main = document.getElementById("main");
  if (asked || !main?.dataset["index"]) return false;
  asked = true;
  const address = new URL(`sentences?revision=${main.dataset["revision"]}`, new URL(main.dataset["index"], location.href));
  const answer = await fetch(address).catch(() => null);
  const borders = answer?.ok ? /** @type {number[] | null} */ (await answer.json().catch(() => null)) : null;
  asked = borders !== null; // not there: the next time it is asked again
  if (!borders) return false;
  starts = borders.filter((_, n) => n % 2 === 0);
  for (const here of known.values()) {
    delete here.sentences;
    delete here.clauses;
    delete here.names;
  }
  return true;
}
