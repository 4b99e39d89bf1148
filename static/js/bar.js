/** The bar at the selection, with the labels and their keys; docked at the bottom edge on touch. */
import { keysMeant } from "./keys.js";
import { words, politely } from "./announce.js";
import { begun } from "./making.js";
import { freshId, send } from "./outbox.js";
import { rangeOf, selected } from "./places.js";
import { setting } from "./settings.js";

const bar = /** @type {HTMLElement} */ (document.getElementById("bar"));
const main = /** @type {HTMLElement} */ (document.getElementById("main"));

/** @returns {HTMLButtonElement[]} */
export function labelButtons() {
  return /** @type {HTMLButtonElement[]} */ ([...bar.querySelectorAll("button[data-label]")]);
}

/**
 * The label whose key was pressed with Shift, which chooses it for all that is selected from then on.
 * @param {KeyboardEvent} event
 * @returns {string | null}
 */
export function labelWithShift(event) {
  const keys = keysMeant(event);
  const buttons = labelButtons();
  // AZERTY writes digits with Shift: there they are the keys of their labels.
  if (!event.shiftKey || buttons.some(({ dataset: { key = "" } }) => keys.includes(key))) return null;
  const found = buttons.find(({ dataset: { key = "" } }) => {
    if (/^\d$/.test(key)) return event.code === `Digit${key}` || event.code === `Numpad${key}`;
    return key !== key.toUpperCase() && keys.includes(key.toUpperCase());
  });
  return found?.dataset["label"] ?? null;
}

/** @typedef {import("./places.js").Place} Place */

/**
 * Where a label goes when no text is selected, and what is told of each mark. The cursor sets this.
 * @type {{ place: () => Place | null, marked: (place: Place) => void } | null}
 */
let aim = null;

/** @param {NonNullable<typeof aim>} at */
export function aimWith(at) {
  aim = at;
}

/** Where the cursor stands, as a place to act on; null when there is none. @returns {Place | null} */
export function pointedAt() {
  return aim?.place() ?? null;
}

/** Whether a button of the mouse is held: a bar under the pointer would catch the end of the selection. */
let drawing = false;

/** Show the bar at the selection, or hide it when nothing is selected. */
export function follow() {
  if (drawing || document.documentElement.classList.contains("label-first")) {
    bar.hidden = true;
    return;
  }
  const place = selected(setting("snap") === "on");
  if (!place) {
    if (!bar.contains(document.activeElement)) bar.hidden = true;
    return;
  }
  bar.hidden = false;
  if (matchMedia("(pointer: coarse), (max-width: 40rem)").matches) {
    bar.classList.add("docked");
    bar.style.left = bar.style.top = "";
    return;
  }
  bar.classList.remove("docked");
  const boxes = rangeOf(place.start, place.end)?.getClientRects();
  const last = boxes?.[boxes.length - 1];
  if (!last) return;
  const { width, height } = bar.getBoundingClientRect();
  const left = Math.min(Math.max(8, last.right - width / 2), innerWidth - width - 8);
  const below = last.bottom + 10;
  const top = below + height > innerHeight ? last.top - height - 10 : below;
  bar.style.left = `${left}px`;
  bar.style.top = `${Math.max(8, top)}px`;
}

/**
 * Hide the bar and forget the selection; the focus goes back into the text.
 * @returns {boolean} whether there was a selection to leave
 */
export function leave() {
  const was = !bar.hidden || selected(false) !== null;
  const inside = bar.contains(document.activeElement);
  bar.hidden = true;
  if (was) getSelection()?.removeAllRanges();
  if (inside || (was && document.activeElement === document.body)) {
    document.getElementById("reading")?.focus({ preventScroll: true });
  }
  return was;
}

/**
 * Mark what is selected or, if nothing is, where the cursor stands. The place is taken at once, so that
 * keys which come faster than answers each mark what was meant.
 * @param {string} label
 * @returns {Promise<string | null> | null} the key of the new annotation; null when there is no place for it
 */
export function mark(label) {
  const chosen = selected(setting("snap") === "on");
  const place = chosen ?? aim?.place() ?? null;
  if (!place) {
    politely(words("nothing"));
    return null;
  }
  if (chosen) leave();
  const kept = markAt(label, place);
  aim?.marked(place);
  return kept;
}

/**
 * Mark a place. Painted at once, kept when the server has answered; see making.js for acting on it before.
 * @param {string} label
 * @param {Place} place
 * @returns {Promise<string | null>} the key of the new annotation
 */
export function markAt(label, place) {
  /** @type {[string, string][]} */
  const fields = [
    ["id", freshId()],
    ["label", label],
    ["start", String(place.start)],
    ["end", String(place.end)],
    ["quote", place.quote],
    ["revision", main.dataset["revision"] ?? "1"],
  ];
  const sent = send(main.dataset["create"] ?? "", fields, { kind: "create", place });
  const kept = sent.then((answer) => answer?.headers.get("X-Postil-Key") ?? null);
  begun(label, kept);
  return kept;
}

/**
 * Wire the bar to the selection and to its buttons.
 * @param {(label: string) => void} chosen
 */
export function wireBar(chosen) {
  let frame = 0;
  document.addEventListener("selectionchange", () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(follow);
  });
  addEventListener("scroll", () => !bar.hidden && follow(), { passive: true });
  document.addEventListener("pointerdown", (event) => {
    drawing = event.pointerType === "mouse" && event.target instanceof Node && !bar.contains(event.target);
  });
  for (const end of ["pointerup", "pointercancel", "dragend"]) {
    document.addEventListener(end, () => {
      drawing = false;
      requestAnimationFrame(follow);
    });
  }
  // Pressing a button must not take the selection away before the click arrives.
  bar.addEventListener("pointerdown", (event) => event.preventDefault());
  bar.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button?.dataset["label"]) chosen(button.dataset["label"]);
  });
  bar.addEventListener("keydown", (event) => {
    const buttons = [...bar.querySelectorAll("button")];
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step && at >= 0) buttons[(at + step + buttons.length) % buttons.length]?.focus();
  });
}
