/**
 * Code points and UTF-16 code units of one string. Python counts the first, JavaScript the second;
 * these two functions are the only place where one becomes the other. Pure: they take and return plain
 * values.
 */

const SURROGATE = /[\ud800-\udbff][\udc00-\udfff]/;

/**
 * How many code points the first `units` code units of a text are.
 * A place in the middle of a pair counts as before it.
 * @param {string} text
 * @param {number} [units]
 * @returns {number}
 */
export function toCodePoints(text, units = text.length) {
  const before = text.slice(0, units);
  if (!SURROGATE.test(before)) {
    const last = before.charCodeAt(before.length - 1);
    const next = text.charCodeAt(units);
    const splits = last >= 0xd800 && last <= 0xdbff && next >= 0xdc00 && next <= 0xdfff;
    return before.length - (splits ? 1 : 0);
  }
  let count = 0;
  for (let at = 0; at < units; count += 1) {
    const size = /** @type {number} */ (text.codePointAt(at)) > 0xffff ? 2 : 1;
    if (at + size > units) break;
    at += size;
  }
  return count;
}

/**
 * How many code units the first `points` code points of a text are.
 * @param {string} text
 * @param {number} points
 * @returns {number}
 */
export function toCodeUnits(text, points) {
  if (!SURROGATE.test(text)) return Math.min(points, text.length);
  let at = 0;
  for (let count = 0; count < points && at < text.length; count += 1) {
    at += /** @type {number} */ (text.codePointAt(at)) > 0xffff ? 2 : 1;
  }
  return at;
}

const SPACE = /\s/u;

/**
 * A stretch without white space at its ends. `characters` are the code points of the text.
 * @param {string[]} characters
 * @param {number} start
 * @param {number} end
 * @returns {[number, number]}
 */
export function trimmed(characters, start, end) {
  while (start < end && SPACE.test(characters[start] ?? "")) start += 1;
  while (end > start && SPACE.test(characters[end - 1] ?? "")) end -= 1;
  return [start, end];
}

/**
 * The words of a text in code points, as the language separates them.
 * @param {string} text
 * @param {string} [language]
 * @returns {[number, number][]}
 */
export function words(text, language) {
  const found = /** @type {[number, number][]} */ ([]);
  let before = 0;
  let units = 0;
  for (const { segment, index, isWordLike } of segmenter(language).segment(text)) {
    before += toCodePoints(text.slice(units, index));
    units = index;
    if (isWordLike) found.push([before, before + toCodePoints(segment)]);
  }
  return found;
}

/** @type {Map<string, Intl.Segmenter>} */
const segmenters = new Map();

/**
 * @param {string} [language]
 * @returns {Intl.Segmenter}
 */
function segmenter(language) {
  const name = language || "und";
  let known = segmenters.get(name);
  if (!known) {
    try {
      known = new Intl.Segmenter(language || undefined, { granularity: "word" });
    } catch {
      known = new Intl.Segmenter(undefined, { granularity: "word" }); // not a language tag
    }
    segmenters.set(name, known);
  }
  return known;
}

/**
 * A stretch widened to whole words.
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {string} [language]
 * @returns {[number, number]}
 */
export function snapped(text, start, end, language) {
  for (const [from, to] of words(text, language)) {
    if (from < start && start < to) start = from;
    if (from < end && end < to) end = to;
  }
  return [start, end];
}

/**
 * The border one step further on: by a character as people count them, or to the next word's edge.
 * `side` tells which border: a start stops where words begin, an end where they end. White space that
 * would be trimmed away at once is passed in the same step. Where there is no further one: `place` itself.
 * @param {string} text
 * @param {number} place
 * @param {{ side: "start" | "end", by: "word" | "character", direction: 1 | -1, language?: string }} step
 * @returns {number}
 */
export function stepped(text, place, { side, by, direction, language }) {
  const parts = by === "word" ? words(text, language) : characters(text);
  const edges = parts.map(([from, to]) => (side === "start" ? from : to));
  if (direction > 0) return edges.find((edge) => edge > place) ?? place;
  return edges.findLast((edge) => edge < place) ?? place;
}

/**
 * The characters of a text as people count them (grapheme clusters), in code points, without white space.
 * @param {string} text
 * @returns {[number, number][]}
 */
function characters(text) {
  const found = /** @type {[number, number][]} */ ([]);
  let before = 0;
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)) {
    const after = before + toCodePoints(segment);
    if (!SPACE.test(segment.charAt(0))) found.push([before, after]);
    before = after;
  }
  return found;
}
