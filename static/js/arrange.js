/**
 * Cards beside their passages: each block's cards begin where the block does, or below those above.
 * Where there is no room, cards collapse to a line. Only sections near the window are arranged.
 */

const WIDE = matchMedia("(min-width: 60rem)");
/** @type {Set<Element>} */
const near = new Set();
const seen = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) {
        near.add(entry.target);
        arrange(entry.target);
      } else near.delete(entry.target);
    }
  },
  { rootMargin: "600px 0px" },
);

/** @param {Element} section */
function arrange(section) {
  const margin = section.querySelector(".margin");
  if (!(margin instanceof HTMLElement) || !(section instanceof HTMLElement)) return;
  const groups = [...margin.querySelectorAll(".cards")].filter((group) => group instanceof HTMLElement && group.childElementCount > 0);
  section.style.minHeight = "";
  for (const group of groups) /** @type {HTMLElement} */ (group).style.top = "";
  section.classList.toggle("arranged", WIDE.matches);
  if (!WIDE.matches) return;
  const top = section.getBoundingClientRect().top;
  const wanted = groups.map((group) => {
    const block = document.getElementById(`b${group.id.slice(1)}`);
    return block ? block.getBoundingClientRect().top - top : 0;
  });
  for (const group of groups) group.classList.remove("tight");
  const heights = groups.map((group) => group.getBoundingClientRect().height);
  const text = section.querySelector(".text")?.getBoundingClientRect().height ?? 0;
  groups.forEach((group, n) => {
    const room = (wanted[n + 1] ?? text) - /** @type {number} */ (wanted[n]);
    group.classList.toggle("tight", /** @type {number} */ (heights[n]) > room + 8);
  });
  const final = groups.map((group) => group.getBoundingClientRect().height);
  let free = 0;
  groups.forEach((group, n) => {
    const at = Math.max(free, /** @type {number} */ (wanted[n]));
    /** @type {HTMLElement} */ (group).style.top = `${at}px`;
    free = at + /** @type {number} */ (final[n]) + 6;
  });
  section.style.minHeight = free > text ? `${Math.ceil(free)}px` : "";
}

/** Arrange the sections near the window anew, in the next frame. */
let asked = 0;
export function rearrange() {
  cancelAnimationFrame(asked);
  asked = requestAnimationFrame(() => {
    for (const section of near) arrange(section);
  });
}

/** Watch all sections, and arrange those that come near. */
export function watch() {
  for (const section of document.querySelectorAll("#reading .section")) seen.observe(section);
  WIDE.addEventListener("change", rearrange);
  addEventListener("resize", rearrange);
  document.fonts.addEventListener("loadingdone", rearrange);
  document.addEventListener("postil:setting", rearrange);
}
