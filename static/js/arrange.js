/**
 * Cards beside their passages: each block's cards begin where the block does, or below those above.
 * Where there is no room, cards give up their notes ("lean"), then all but a line ("tight"), except as
 * many statements as still fit. Only sections near the window are arranged, and after a change only the
 * groups of cards that it brought; cards that reach beyond their section push those of the next one down.
 */

import { unfold } from "./folds.js";

const WIDE = matchMedia("(min-width: 60rem)");
const GAP = 6;
/** @typedef {{ section: HTMLElement, groups: HTMLElement[], wanted: number[], top: number, text: number }} Plan */

/** @type {Set<HTMLElement>} */
const near = new Set();
/** How far the cards of a section reach into the next one. @type {WeakMap<Element, number>} */
const beyond = new WeakMap();
/** How high the text of a section was when it was arranged. @type {WeakMap<Element, number>} */
const texts = new WeakMap();
const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!(target instanceof HTMLElement)) continue;
      if (isIntersecting) {
        near.add(target);
        // Those beside it as well: a browser counts more as near than we arrange.
        for (const section of [target.previousElementSibling, target, target.nextElementSibling]) unfold(section);
      } else near.delete(target);
    }
    if (entries.some((entry) => entry.isIntersecting)) arrange();
  },
  { rootMargin: "600px 0px" },
);

/**
 * @param {HTMLElement} section
 * @returns {HTMLElement[]}
 */
function groupsOf(section) {
  return /** @type {HTMLElement[]} */ ([...section.querySelectorAll(".cards")]).filter((group) => group.childElementCount > 0);
}

/**
 * @param {HTMLElement} group
 * @returns {HTMLElement[]}
 */
function statementsOf(group) {
  return /** @type {HTMLElement[]} */ ([...group.querySelectorAll(".statement")]);
}

/**
 * @param {HTMLElement} section
 * @returns {Plan}
 */
function planOf(section) {
  const { top } = section.getBoundingClientRect();
  const groups = groupsOf(section);
  const wanted = groups.map((group) => {
    const block = document.getElementById(`b${group.id.slice(1)}`);
    return block ? block.getBoundingClientRect().top - top : 0;
  });
  return { section, groups, wanted, top, text: section.querySelector(".text")?.getBoundingClientRect().height ?? 0 };
}

/**
 * The groups that are higher than the room up to the next one, and that room.
 * @param {Plan[]} plans
 * @param {(group: HTMLElement) => boolean} asked
 * @returns {[HTMLElement, number][]}
 */
function crowded(plans, asked) {
  return plans.flatMap(({ groups, wanted, text }) =>
    groups.flatMap((group, n) => {
      if (!asked(group)) return [];
      const room = (wanted[n + 1] ?? text) - /** @type {number} */ (wanted[n]);
      return group.offsetHeight > room + GAP ? [/** @type {[HTMLElement, number]} */ ([group, room])] : [];
    }),
  );
}

/** Arrange the sections near the window. Reads and writes take turns, so that it is laid out five times. */
function arrange() {
  const sections = [...near].sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  for (const section of sections) {
    section.style.minHeight = "";
    section.classList.toggle("arranged", WIDE.matches);
    for (const group of section.querySelectorAll(".lean, .tight")) group.classList.remove("lean", "tight");
    for (const card of section.querySelectorAll(".line")) card.classList.remove("line");
  }
  if (WIDE.matches) fit(sections.map(planOf));
}

/**
 * Arrange the sections of blocks that a change drew anew, whose cards have no arrangement yet; where that
 * moves what stands below, everything near.
 * @param {Iterable<string>} blocks their numbers
 */
function arrangeBeside(blocks) {
  const sections = new Set([...blocks].flatMap((number) => document.getElementById(`g${number}`)?.closest(".section") ?? []));
  const seen = /** @type {HTMLElement[]} */ ([...sections]).filter((section) => near.has(section));
  for (const section of seen) section.style.minHeight = ""; // it stretches the text
  const plans = seen.map(planOf);
  const moves = plans.some(({ section, text }) => texts.get(section) !== text || !section.closest("main.long"));
  if (moves) return arrange();
  const fresh = new Set([...blocks].map((number) => `g${number}`));
  if (WIDE.matches) fit(plans, (group) => fresh.has(group.id));
}

/**
 * Let the groups of some plans fit, and put all of them where they belong.
 * @param {Plan[]} plans
 * @param {(group: HTMLElement) => boolean} [asked] whether a group is to be fitted
 */
function fit(plans, asked = () => true) {
  for (const [group] of crowded(plans, asked)) group.classList.add("lean");
  const full = crowded(plans, asked).map(([group, room]) => ({ group, room, cards: statementsOf(group) }));
  const high = full.map(({ cards }) => cards.map((card) => card.offsetHeight));
  for (const { group, cards } of full) {
    group.classList.add("tight");
    for (const card of cards) card.classList.add("line");
  }
  const low = full.map(({ group, cards }) => ({ group: group.offsetHeight, cards: cards.map((card) => card.offsetHeight) }));
  full.forEach(({ room, cards }, n) => {
    let spare = room - (low[n]?.group ?? 0);
    cards.forEach((card, c) => {
      const needed = (high[n]?.[c] ?? 0) - (low[n]?.cards[c] ?? 0);
      if (needed > spare) return;
      spare -= needed;
      card.classList.remove("line");
    });
  });
  const heights = plans.map(({ groups }) => groups.map((group) => group.offsetHeight));
  plans.forEach(({ section, groups, wanted, top, text }, p) => {
    texts.set(section, text);
    let free = (section.previousElementSibling && beyond.get(section.previousElementSibling)) ?? 0;
    groups.forEach((group, n) => {
      const at = Math.max(free, /** @type {number} */ (wanted[n]));
      group.style.top = `${at}px`;
      free = at + /** @type {number} */ (heights[p]?.[n]) + GAP;
    });
    const next = section.nextElementSibling;
    const follows = next?.classList.contains("section") && !section.closest("main.long") ? next : null;
    beyond.set(section, follows ? Math.max(0, free - (follows.getBoundingClientRect().top - top)) : 0);
    if (!follows && free > text) section.style.minHeight = `${Math.ceil(free)}px`;
  });
}

let asked = 0;
/** The blocks whose cards are to be arranged in the next frame; null when all are. @type {Set<string> | null} */
let beside = new Set();

/**
 * Arrange the sections near the window anew, in the next frame.
 * @param {Iterable<string> | null} [blocks] the numbers of those that a change drew, if nothing else moved
 */
export function rearrange(blocks = null) {
  beside = blocks && beside && new Set([...beside, ...blocks]);
  cancelAnimationFrame(asked);
  asked = requestAnimationFrame(() => {
    if (beside) arrangeBeside(beside);
    else arrange();
    beside = new Set();
    document.dispatchEvent(new CustomEvent("postil:arranged"));
  });
}

/** Watch all sections, and arrange those that come near. */
export function watch() {
  for (const section of document.querySelectorAll("#reading .section")) {
    section.classList.toggle("arranged", WIDE.matches);
    seen.observe(section);
  }
  WIDE.addEventListener("change", () => {
    for (const section of document.querySelectorAll("#reading .section")) section.classList.toggle("arranged", WIDE.matches);
    rearrange();
  });
  // Whatever sets the text anew, a window, a font or a setting, changes the size of its first part.
  const first = document.querySelector("#reading .section .text");
  if (first) new ResizeObserver(() => rearrange()).observe(first);
  addEventListener("resize", () => rearrange());
}
