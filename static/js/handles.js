/** Two handles at the borders of the open annotation: drag them, and the border follows. */
import { paint } from "./lighting.js";
import { offsetUnder, rangeOf } from "./places.js";

const overlay = /** @type {HTMLElement} */ (document.getElementById("overlay"));
const [first, last] = /** @type {HTMLElement[]} */ ([...overlay.querySelectorAll(".handle")]);
let borders = { start: 0, end: 0 };

/**
 * @param {number} start
 * @param {number} end
 */
export function placeHandles(start, end) {
  borders = { start, end };
  const boxes = rangeOf(start, end)?.getClientRects();
  if (!boxes?.length || !first || !last) return hideHandles();
  const home = overlay.getBoundingClientRect();
  const begins = /** @type {DOMRect} */ (boxes[0]);
  const ends = /** @type {DOMRect} */ (boxes[boxes.length - 1]);
  const rightToLeft = getComputedStyle(/** @type {HTMLElement} */ (document.getElementById("reading"))).direction === "rtl";
  put(first, (rightToLeft ? begins.right : begins.left) - home.left, begins.top - home.top, begins.height);
  put(last, (rightToLeft ? ends.left : ends.right) - home.left, ends.top - home.top, ends.height);
}

/**
 * @param {HTMLElement} handle
 * @param {number} left
 * @param {number} top
 * @param {number} height
 */
function put(handle, left, top, height) {
  handle.hidden = false;
  handle.style.left = `${left}px`;
  handle.style.top = `${top}px`;
  handle.style.height = `${height}px`;
}

export function hideHandles() {
  if (first) first.hidden = true;
  if (last) last.hidden = true;
}

/** @param {(start: number, end: number) => void} moved called when a handle is let go */
export function wireHandles(moved) {
  for (const handle of [first, last]) {
    if (!handle) continue;
    const side = /** @type {"start" | "end"} */ (handle.dataset["side"]);
    let aim = borders;
    handle.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      handle.setPointerCapture(event.pointerId);
      handle.classList.add("dragging");
      aim = { ...borders };
    });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      // Through the handle: what is under the pointer is the handle itself.
      overlay.classList.add("through");
      const place = offsetUnder(event.clientX, event.clientY);
      overlay.classList.remove("through");
      if (place === null) return;
      aim = { ...borders, [side]: place };
      if (aim.start < aim.end) paint("aim", [aim]);
    });
    handle.addEventListener("pointerup", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      handle.releasePointerCapture(event.pointerId);
      handle.classList.remove("dragging");
      paint("aim", []);
      if (aim.start < aim.end) moved(aim.start, aim.end);
    });
    handle.addEventListener("pointercancel", () => {
      handle.classList.remove("dragging");
      paint("aim", []);
    });
  }
}
