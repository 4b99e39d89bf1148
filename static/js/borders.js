/** Moving the borders of the open card's annotation: by steps, and to where a handle was let go. */
import { politely, words } from "./announce.js";
import { openCard, refresh, settle } from "./editor.js";
import { paint } from "./lighting.js";
import { stepped } from "./offsets.js";
import { pendingBorders, send, unsentMark } from "./outbox.js";
import { block, blockAt, quoteOf, startOf, textOf, tidied } from "./places.js";

/**
 * @typedef {{ side: "start" | "end", by: "word" | "character", direction: 1 | -1 }} Step
 */

/**
 * Where a border goes, in this block or in the next one that has room; null at the end of the text.
 * @param {number} place
 * @param {Step} step
 * @returns {number | null}
 */
function beyond(place, step) {
  const language = document.getElementById("reading")?.lang ?? "";
  let number = blockAt(step.side === "end" ? place - 1 : place);
  let holder = block(number);
  let edge = holder ? place - startOf(holder) : 0;
  for (; holder; holder = block(number)) {
    const moved = stepped(textOf(holder), edge, { ...step, language });
    if (moved !== edge) return startOf(holder) + moved;
    number += step.direction;
    edge = step.direction > 0 ? -1 : Infinity;
  }
  return null;
}

/**
 * Move a border of the open card's annotation.
 * @param {Step} step
 */
export async function step(step) {
  const card = openCard();
  if (!card) return;
  const start = Number(card.dataset["start"]);
  const end = Number(card.dataset["end"]);
  const moved = beyond(step.side === "start" ? start : end, step);
  if (moved === null) return politely(words("noFurther"));
  await moveTo(step.side === "start" ? moved : start, step.side === "end" ? moved : end);
}

/**
 * Move a border of the mark that was made last, while the server is away: it has no card yet.
 * @param {Step} step
 * @param {string} annotations the address below which annotations lie
 * @returns {boolean} whether there was one
 */
export function stepUnsent(step, annotations) {
  const mark = unsentMark();
  if (!mark) return false;
  const moved = beyond(mark[step.side], step);
  const start = step.side === "start" && moved !== null ? moved : mark.start;
  const end = step.side === "end" && moved !== null ? moved : mark.end;
  const place = moved !== null && start < end ? tidied(start, end, false) : null;
  if (!place) {
    politely(words("noFurther"));
    return true;
  }
  /** @type {[string, string][]} */
  const fields = [
    ["start", String(place.start)],
    ["end", String(place.end)],
    ["quote", place.quote],
  ];
  void send(`${annotations}${encodeURIComponent(mark.id)}`, fields, { kind: "edit", about: mark.id });
  politely(words("moved", quoteOf(place.start, place.end).split(/\s+/).slice(-3).join(" ")));
  return true;
}

/**
 * Set both borders.
 * @param {number} start
 * @param {number} end
 */
export async function moveTo(start, end) {
  const card = openCard();
  const form = /** @type {HTMLFormElement | null} */ (card?.querySelector("#edit-form") ?? null);
  const place = start < end ? tidied(start, end, false) : null;
  if (!card || !form) return;
  if (!place) return politely(words("noFurther"));
  if (String(place.start) === card.dataset["start"] && String(place.end) === card.dataset["end"]) {
    settle();
    return;
  }
  /** @type {[string, string][]} */
  const fields = [
    ["editor", "1"],
    ["start", String(place.start)],
    ["end", String(place.end)],
    ["quote", place.quote],
    ["saw", card.dataset["version"] ?? ""],
  ];
  const said = words("moved", quoteOf(place.start, place.end).split(/\s+/).slice(-3).join(" "));
  const sent = send(form.action, fields, { kind: "edit", about: card.dataset["id"] ?? "" });
  paint("aim", [place]);
  settle(); // the next step reckons with this one, even before the answer is there
  const kept = await sent;
  if (!pendingBorders(card.dataset["id"] ?? "")) paint("aim", []);
  if (kept) politely(said);
  else await refresh();
}
