/** What waits to be sent has no card yet; whoever wants to open it is told so, and what can be done. */
import { politely, showState, words } from "./announce.js";
import { isAway, pendingPlaces, unsentMark } from "./outbox.js";
import { offsetUnder } from "./places.js";

/** For the ear and for the eye, beside the button that tries again. */
function tell() {
  politely(words("notSentYet"));
  showState("waiting", words("notSentYet"));
}

/**
 * Tell somebody who clicked a mark that waits.
 * @param {MouseEvent} event
 */
export function tellUnder(event) {
  const places = isAway() ? pendingPlaces() : [];
  const at = places.length ? offsetUnder(event.clientX, event.clientY) : null;
  if (at !== null && places.some(({ start, end }) => start <= at && at <= end)) tell();
}

/** Tell somebody who wants to open the mark that was just made. @returns {boolean} whether it waits */
export function tellUnsent() {
  if (!unsentMark()) return false;
  tell();
  return true;
}
