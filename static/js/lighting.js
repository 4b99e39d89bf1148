/** What lights up: a card with its passage, the pending marks, the stretch that a border is dragged to. */
import { unfoldCard } from "./folds.js";
import { rangeOf } from "./places.js";

const highlights = "highlights" in CSS ? CSS.highlights : null;

/**
 * All pieces of an annotation. They lie in neighbouring sections, so only those are searched.
 * @param {string} key
 * @param {Element | null} near
 * @returns {HTMLElement[]}
 */
export function piecesOf(key, near) {
  const selector = `mark[data-a~="${CSS.escape(key)}"]`;
  const home = near?.closest(".section") ?? null;
  if (!home) return [...document.querySelectorAll(`#reading ${selector}`)].filter((piece) => piece instanceof HTMLElement);
  const found = [...home.querySelectorAll(selector)];
  for (const way of /** @type {const} */ (["previousElementSibling", "nextElementSibling"])) {
    for (let section = home[way]; section; section = section[way]) {
      const more = [...section.querySelectorAll(selector)];
      if (more.length === 0 && !reaches(near, section)) break;
      found.push(...more);
    }
  }
  return found.filter((piece) => piece instanceof HTMLElement);
}

/**
 * Whether a mark of several parts may have one in a section, or behind it: its card says how far it reaches.
 * @param {Element | null} near
 * @param {Element} section
 */
function reaches(near, section) {
  const end = near instanceof HTMLElement ? Number(near.dataset["end"] ?? 0) : 0;
  const first = section.querySelector(".b");
  return end > 0 && first instanceof HTMLElement && Number(first.dataset["start"]) < end && startsAfter(near, first);
}

/**
 * @param {Element | null} near
 * @param {Element} block
 */
function startsAfter(near, block) {
  return near !== null && Boolean(near.compareDocumentPosition(block) & Node.DOCUMENT_POSITION_FOLLOWING);
}

/**
 * @param {string} key
 * @returns {HTMLElement | null}
 */
export function cardOf(key) {
  const card = document.getElementById(`c${key}`);
  if (!card) unfoldCard(`c${key}`);
  return card ?? document.getElementById(`c${key}`);
}

/**
 * The keys of the annotations at a mark, the innermost last.
 * @param {Element} mark
 * @returns {string[]}
 */
export function keysOf(mark) {
  return (mark.getAttribute("data-a") ?? "").split(" ").filter(Boolean);
}

/** @type {HTMLElement[]} */
let lit = [];

/**
 * Light annotations: their cards and their passages. Of several cards the innermost statement's lies on
 * top, and shows what it has no room for.
 * @param {string[]} keys
 */
export function light(keys) {
  for (const element of lit) element.classList.remove("on", "top");
  lit = [];
  /** @type {HTMLElement | null} */
  let top = null;
  for (const key of keys) {
    const card = cardOf(key);
    if (card) lit.push(card);
    if (card && (!top || card.classList.contains("statement"))) top = card;
    lit.push(...piecesOf(key, card));
  }
  for (const element of lit) element.classList.add("on");
  top?.classList.add("top");
}

/** @type {string | null} */
let current = null;
/** @type {HTMLElement[]} */
let shown = [];

/**
 * Keep one annotation lit while its card is open.
 * @param {string | null} key
 */
export function hold(key) {
  for (const element of shown) element.classList.remove("held");
  current = key;
  shown = [];
  if (!key) return;
  const card = cardOf(key);
  shown = [...(card ? [card] : []), ...piecesOf(key, card)];
  for (const element of shown) element.classList.add("held");
}

/** Light again what a swap replaced. */
export function holdAgain() {
  hold(current);
}

/**
 * @param {"pending" | "aim" | "cursor"} name
 * @param {{ start: number, end: number }[]} places
 */
export function paint(name, places) {
  if (!highlights) return;
  const ranges = places.map(({ start, end }) => rangeOf(start, end)).filter((range) => range !== null);
  if (ranges.length) highlights.set(name, new Highlight(...ranges));
  else highlights.delete(name);
}
