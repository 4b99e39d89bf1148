/**
 * The cards of a long article come folded: each section's in a `noscript`, which is one piece of text to a
 * browser with scripts and plain cards to one without. Fifty thousand cards then cost what is near. They
 * are unfolded when their section comes near, when somebody asks for one of them, and all for paper.
 */

const reading = /** @type {HTMLElement} */ (document.getElementById("reading"));

/**
 * @param {Element | null | undefined} section
 * @returns {Element | null}
 */
function foldOf(section) {
  const fold = section?.lastElementChild?.firstElementChild;
  return fold?.localName === "noscript" ? fold : null;
}

/**
 * Make elements of a section's cards, unless they are.
 * @param {Element | null | undefined} section
 */
export function unfold(section) {
  const fold = foldOf(section);
  if (fold?.parentElement) fold.parentElement.innerHTML = fold.textContent ?? "";
}

/**
 * Unfold the section of a card, wherever that is.
 * @param {string} id of the card's element
 */
export function unfoldCard(id) {
  for (const section of reading.children) {
    if (foldOf(section)?.textContent?.includes(` id="${id}" `)) return unfold(section);
  }
}

/**
 * Unfold the sections of blocks, before an answer that changes their cards is swapped in.
 * @param {Iterable<string>} blocks their numbers
 */
export function unfoldBeside(blocks) {
  for (const number of blocks) unfold(document.getElementById(`b${number}`)?.closest(".section"));
}

/** For paper, and for whoever wants the whole text in the tree of a screen reader. */
export function unfoldAll() {
  for (const section of reading.children) unfold(section);
}
