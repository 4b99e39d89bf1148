/** What waits to be sent has no card yet; whoever wants to open it is told so, and what can be done. */
import { closeProblem, politely, showOne, words } from "./announce.js";
import { isAway, pendingPlaces, unsentMark } from "./outbox.js";
import { offsetUnder } from "./places.js";

const ABOUT = "unsent";

/** For the ear and for the eye, until it is closed or nothing waits any more. */
function tell() {
  const said = document.createElement("p");
  said.className = "problem";
  said.textContent = words("notSentYet");
  showOne(ABOUT, [said]);
  politely(words("notSentYet"));
  document.addEventListener("postil:calm", () => closeProblem(ABOUT), { once: true });
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
