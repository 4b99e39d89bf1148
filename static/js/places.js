/**
 * Between the page and the text: DOM positions to code-point offsets and back.
 *
 * Every block carries `data-start`; its text nodes, in order, are exactly `text.slice(start, end)`. What
 * lies between two blocks exists only in the arithmetic.
 */
import { toCodePoints, toCodeUnits, trimmed, snapped } from "./offsets.js";

/** @typedef {{ start: number, end: number, quote: string }} Place offsets in code points */

const reading = /** @type {HTMLElement} */ (document.getElementById("reading"));
/** How many blocks the text has, once and for all: a live list of them would be counted anew after each change. */
const count = reading.getElementsByClassName("b").length;

/**
 * @param {HTMLElement} block
 * @returns {number}
 */
export function startOf(block) {
  return Number(block.dataset["start"]);
}

/**
 * @param {Element} block
 * @returns {string}
 */
export function textOf(block) {
  return block.textContent ?? "";
}

/**
 * The offset of a DOM position, or null when it lies outside the text.
 * @param {Node} node
 * @param {number} offset
 * @returns {number | null}
 */
export function offsetAt(node, offset) {
  const element = node instanceof Element ? node : node.parentElement;
  const block = /** @type {HTMLElement | null} */ (element?.closest(".b") ?? null);
  if (!block || !reading.contains(block)) return outside(node, offset);
  const before = document.createRange();
  before.selectNodeContents(block);
  before.setEnd(node, offset);
  if (node instanceof Text) {
    before.setEndBefore(node);
    const up = toCodePoints(before.toString());
    return startOf(block) + up + toCodePoints(node.data, offset);
  }
  return startOf(block) + toCodePoints(before.toString());
}

/**
 * A position between blocks: the start of the block that follows it, or the end of the last one.
 * @param {Node} node
 * @param {number} offset
 * @returns {number | null}
 */
function outside(node, offset) {
  if (!reading.contains(node) && !node.contains(reading)) {
    const after = reading.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING;
    const edge = block(after ? count - 1 : 0);
    if (!edge) return null;
    return startOf(edge) + (after ? toCodePoints(textOf(edge)) : 0);
  }
  const here = document.createRange();
  here.setStart(node, offset);
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (here.comparePoint(/** @type {HTMLElement} */ (block(middle)), 0) < 0) low = middle + 1;
    else high = middle;
  }
  const next = block(low);
  if (next) return startOf(next);
  const last = block(count - 1);
  return last ? startOf(last) + toCodePoints(textOf(last)) : null;
}

/**
 * The number of the block that holds an offset, or the last one that begins before it.
 * @param {number} offset
 * @returns {number}
 */
export function blockAt(offset) {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (startOf(/** @type {HTMLElement} */ (block(middle))) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * @param {number} number
 * @returns {HTMLElement | undefined}
 */
export function block(number) {
  return document.getElementById(`b${number}`) ?? undefined;
}

/**
 * The DOM position of an offset. At the border of two text nodes: the end of the first when `atEnd`.
 * @param {number} offset
 * @param {boolean} [atEnd]
 * @returns {[Node, number] | null}
 */
export function positionOf(offset, atEnd = false) {
  let number = blockAt(offset);
  const at = block(number);
  if (at && atEnd && startOf(at) === offset && number > 0) number -= 1;
  const holder = block(number);
  if (!holder) return null;
  let left = offset - startOf(holder);
  const walker = document.createTreeWalker(holder, NodeFilter.SHOW_TEXT);
  /** @type {Text | null} */
  let last = null;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    last = /** @type {Text} */ (node);
    const length = toCodePoints(last.data);
    if (left < length || (atEnd && left === length)) return [last, toCodeUnits(last.data, left)];
    left -= length;
  }
  return last ? [last, last.data.length] : [holder, 0];
}

/**
 * The stretch between two offsets as a DOM range.
 * @param {number} start
 * @param {number} end
 * @returns {Range | null}
 */
export function rangeOf(start, end) {
  const from = positionOf(start);
  const to = positionOf(end, true);
  if (!from || !to) return null;
  const range = document.createRange();
  range.setStart(...from);
  range.setEnd(...to);
  return range;
}

/**
 * The text between two offsets, with one line feed wherever two blocks meet.
 * @param {number} start
 * @param {number} end
 * @returns {string}
 */
export function quoteOf(start, end) {
  const parts = [];
  for (let n = blockAt(start); n < count; n += 1) {
    const holder = /** @type {HTMLElement} */ (block(n));
    const from = startOf(holder);
    if (from >= end) break;
    const text = textOf(holder);
    const first = toCodeUnits(text, Math.max(0, start - from));
    const last = toCodeUnits(text, end - from);
    if (first < last) parts.push(text.slice(first, last));
  }
  return parts.join("\n");
}

/**
 * A stretch as it will be marked: inside blocks, without white space at its ends, and widened to whole
 * words where the reader wants that. Null when nothing is left.
 * @param {number} start
 * @param {number} end
 * @param {boolean} snap
 * @returns {Place | null}
 */
export function tidied(start, end, snap) {
  if (start > end) [start, end] = [end, start];
  start = inward(start, end, 1);
  end = inward(end, start, -1);
  if (snap && start < end) {
    const language = document.getElementById("reading")?.lang;
    const first = /** @type {HTMLElement} */ (block(blockAt(start)));
    const last = /** @type {HTMLElement} */ (block(blockAt(end - 1)));
    start = startOf(first) + snapped(textOf(first), start - startOf(first), start - startOf(first), language)[0];
    end = startOf(last) + snapped(textOf(last), end - startOf(last), end - startOf(last), language)[1];
  }
  return start < end ? { start, end, quote: quoteOf(start, end) } : null;
}

/**
 * A border moved inward past white space and the gaps between blocks, never past the other border.
 * @param {number} place
 * @param {number} other
 * @param {1 | -1} direction
 * @returns {number}
 */
function inward(place, other, direction) {
  for (;;) {
    if (direction > 0 ? place >= other : place <= other) return place;
    const number = blockAt(direction > 0 ? place : place - 1);
    const holder = block(number);
    if (!holder) return place;
    const from = startOf(holder);
    const characters = [...textOf(holder)];
    const local = Math.min(characters.length, Math.max(0, place - from));
    const [start, end] =
      direction > 0 ? trimmed(characters, local, characters.length) : trimmed(characters, 0, local);
    if (start < end) return from + (direction > 0 ? start : end);
    const next = block(number + direction);
    if (!next) return other;
    place = startOf(next) + (direction > 0 ? 0 : toCodePoints(textOf(next)));
  }
}

/**
 * What is selected now, as it would be marked. Null when nothing in the article is.
 * @param {boolean} snap
 * @returns {Place | null}
 */
export function selected(snap) {
  const selection = getSelection();
  if (!selection || selection.rangeCount === 0 || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  if (!range.intersectsNode(reading)) return null;
  const start = offsetAt(range.startContainer, range.startOffset);
  const end = offsetAt(range.endContainer, range.endOffset);
  return start === null || end === null ? null : tidied(start, end, snap);
}

/**
 * Where the first block begins that can be seen.
 * @returns {number}
 */
export function topOffset() {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {HTMLElement} */ (block(middle)).getBoundingClientRect().bottom < 60) low = middle + 1;
    else high = middle;
  }
  const first = block(Math.min(low, count - 1));
  return first ? startOf(first) : 0;
}

/**
 * The offset under a point of the window, or null.
 * @param {number} x
 * @param {number} y
 * @returns {number | null}
 */
export function offsetUnder(x, y) {
  const caret = document.caretPositionFromPoint?.(x, y);
  const range = caret ? null : document.caretRangeFromPoint?.(x, y);
  const node = caret?.offsetNode ?? range?.startContainer;
  const element = node instanceof Element ? node : node?.parentElement;
  if (!node || !element?.closest("#reading .b")) return null;
  return offsetAt(node, caret?.offset ?? range?.startOffset ?? 0);
}
