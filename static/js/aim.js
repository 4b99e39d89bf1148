/** The annotation that a key is meant for: where the reader is, or the one that is just being made. */
import { openCard, openKey } from "./editor.js";
import { cardOf, keysOf, piecesOf } from "./lighting.js";
import { pendingLetters } from "./outbox.js";
import { rangeOf } from "./places.js";

/**
 * @typedef {object} Aim
 * @property {string} id what the server knows it by
 * @property {string | null} key null while it is on its way
 * @property {number} label the number of its label in the codebook; -1 when unknown
 * @property {{ start: string, end: string, label: string } | null} draft what it will be, while it is on its way
 */

/** Where the reader is, as commands.js knows it. @type {{ focusedMark: () => HTMLElement | null, lastKey: () => string | null }} */
let reader = { focusedMark: () => null, lastKey: () => null };

/** @param {typeof reader} known */
export function aimBy(known) {
  reader = known;
}

/** @returns {HTMLElement | null} the mark that has the focus */
export function focusedMark() {
  return reader.focusedMark();
}

/** @returns {string | null} the annotation where the reader was last */
export function lastKey() {
  return reader.lastKey();
}

/** @param {string} key @returns {number} */
function labelOf(key) {
  const found = /(?:^| )l(\d+)(?: |$)/.exec(cardOf(key)?.className ?? "");
  return found ? Number(found[1]) : -1;
}

/** @param {string | null} key @returns {Aim | null} */
export function aimAt(key) {
  const id = key ? cardOf(key)?.dataset["id"] : undefined;
  return key && id ? { id, key, label: labelOf(key), draft: null } : null;
}

/** @returns {Aim | null} */
function inTheMaking() {
  const letter = pendingLetters().findLast((one) => one.kind === "create");
  const { id, label, start, end } = Object.fromEntries(letter?.fields ?? []);
  if (!id || !label || !start || !end) return null;
  const at = document.querySelector(`#bar [data-label="${CSS.escape(label)}"]`);
  const number = at instanceof HTMLElement ? Number(at.dataset["at"]) : -1;
  return { id, key: null, label: number, draft: { start, end, label } };
}

/**
 * The annotation here: of the mark that has the focus, of the open card if that has it, the one being
 * made, or the one where the reader was last. Of several at one place the one that `fits`, else the
 * innermost.
 * @param {(aim: Aim) => boolean} [fits]
 * @returns {Aim | null}
 */
export function aim(fits = () => true) {
  const focused = focusedMark();
  if (focused) {
    const keys = keysOf(focused);
    const last = lastKey();
    const order = [...(last && keys.includes(last) ? [last] : []), ...keys.reverse()];
    const found = order.map(aimAt).filter((one) => one !== null);
    return found.find(fits) ?? found[0] ?? null;
  }
  const inCard = document.activeElement?.closest("#editor") ? aimAt(openCard()?.dataset["key"] ?? null) : null;
  return inCard ?? inTheMaking() ?? aimAt(lastKey()) ?? aimAt(openKey());
}

/**
 * Where an annotation begins in the window, or would, for something to be shown beside it.
 * @param {Aim} at
 * @returns {DOMRect | null}
 */
export function boxOf(at) {
  const piece = at.key ? piecesOf(at.key, cardOf(at.key))[0] : undefined;
  const range = at.draft ? rangeOf(Number(at.draft.start), Number(at.draft.end)) : null;
  return (piece ?? range)?.getClientRects()[0] ?? null;
}
