/**
 * Swapping what an answer brought without moving anything: the focus, the selection and the scroll stay
 * where they are, and what is being typed is not touched.
 */
import { fill } from "./fields.js";
import { graft } from "./graft.js";
import { cardOf, keysOf, piecesOf } from "./lighting.js";
import { pendingFields } from "./outbox.js";
import { offsetAt, positionOf } from "./places.js";

/** @param {() => void} swap */
export function inPlace(swap) {
  const focused = document.activeElement;
  const mark = focused?.closest("#reading mark") ?? null;
  const key = mark ? (keysOf(mark).at(-1) ?? null) : null;
  const nth = mark && key ? piecesOf(key, mark).indexOf(/** @type {HTMLElement} */ (mark)) : 0;
  const card = focused?.closest(".card")?.id ?? null;
  const reselect = selection();
  const top = scrollY;
  swap();
  if (scrollY !== top) scrollTo({ top, behavior: "instant" });
  reselect();
  if (focused?.isConnected) return;
  if (card) return document.getElementById(card)?.querySelector("a")?.focus({ preventScroll: true });
  if (!key) return;
  const pieces = piecesOf(key, cardOf(key));
  const again = pieces[Math.min(nth, pieces.length - 1)];
  if (again) again.tabIndex = -1;
  (again ?? document.getElementById("reading"))?.focus({ preventScroll: true });
}

/**
 * Remember what is selected in the text, as offsets.
 * @returns {() => void} selects it again, if its nodes are gone
 */
function selection() {
  const now = getSelection();
  if (!now?.anchorNode || !now.focusNode) return () => {};
  const { anchorNode, focusNode } = now;
  if (!inText(anchorNode) || !inText(focusNode)) return () => {};
  const anchor = offsetAt(anchorNode, now.anchorOffset);
  const focus = offsetAt(focusNode, now.focusOffset);
  if (anchor === null || focus === null) return () => {};
  return () => {
    if (anchorNode.isConnected && focusNode.isConnected) return;
    const from = positionOf(anchor, anchor > focus);
    const to = positionOf(focus, focus > anchor);
    if (from && to) getSelection()?.setBaseAndExtent(...from, ...to);
  };
}

/** @param {Node} node */
function inText(node) {
  return (node instanceof Element ? node : node.parentElement)?.closest("#reading .text") !== null;
}

/** Wire the swaps of the open card: only its own answer reaches it, around the field that has the focus. */
export function wireSwaps() {
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = /** @type {CustomEvent} */ (event).detail;
    if (!(target instanceof HTMLElement) || target.id !== "card-editor") return;
    const fresh = /** @type {DocumentFragment} */ (fragment).querySelector("#card-editor");
    const other = !(fresh instanceof HTMLElement) || fresh.dataset["key"] !== target.dataset["key"];
    if (fresh instanceof HTMLElement) fill(fresh, pendingFields(fresh.dataset["id"] ?? ""));
    const focused = document.activeElement;
    if (other || (focused && target.contains(focused) && graft(target, fresh, focused))) {
      /** @type {CustomEvent} */ (event).detail.shouldSwap = false;
    }
  });
}
