/**
 * Cards beside their passages: each block's cards begin where the block does, or below those above.
 * Where there is no room, cards give up their notes ("lean"), then all but a line ("tight"), except as
 * many statements as still fit. Only sections near the window are arranged; cards that reach beyond
 * their section push those of the next one down.
 */

import { unfold } from "./folds.js";

const WIDE = matchMedia("(min-width: 60rem)");
const GAP = 6;
/** @typedef {{ section: HTMLElement, groups: HTMLElement[], wanted: number[], top: number, text: number }} Plan */

/** @type {Set<HTMLElement>} */
const near = new Set();
/** How far the cards of a section reach into the next one. @type {WeakMap<Element, number>} */
const beyond = new WeakMap();
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
 * @returns {[HTMLElement, number][]}
 */
function crowded(plans) {
  return plans.flatMap(({ groups, wanted, text }) =>
    groups.flatMap((group, n) => {
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
  if (!WIDE.matches) return;
  const plans = sections.map(planOf);
  for (const [group] of crowded(plans)) group.classList.add("lean");
  const full = crowded(plans).map(([group, room]) => ({ group, room, cards: statementsOf(group) }));
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

/** Arrange the sections near the window anew, in the next frame. */
let asked = 0;
export function rearrange() {
  cancelAnimationFrame(asked);
  asked = requestAnimationFrame(() => {
    arrange();
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
  if (first) new ResizeObserver(rearrange).observe(first);
  addEventListener("resize", rearrange);
}
