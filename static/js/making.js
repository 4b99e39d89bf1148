/**
 * The mark that is being made. Keys come faster than answers: whoever acts on “the mark just made” asks
 * here, and gets that very one, whether it is kept already or still under way.
 */

/** @typedef {{ start: number, end: number }} Place in code points */

/** @type {Promise<string | null>} */
let newest = Promise.resolve(null);
let label = "";
let underWay = 0;

/**
 * A mark was sent.
 * @param {string} as its label
 * @param {Promise<string | null>} kept its key, once it is kept; null when it was refused
 */
export function begun(as, kept) {
  label = as;
  newest = kept;
  underWay += 1;
  void kept.finally(() => (underWay -= 1));
}

/**
 * The key of the mark that was made last, as soon as it is kept: null when that one was refused, or none
 * was made on this page. Take it when the person presses the key, await it then:
 *
 *     const meant = lastMark();
 *     …
 *     const key = await meant;
 * @returns {Promise<string | null>}
 */
export function lastMark() {
  return newest;
}

/** Whether a mark has been sent that is not kept yet. */
export function isMaking() {
  return underWay > 0;
}

/** The label that was given last on this page; empty when none was. */
export function lastLabel() {
  return label;
}
