/**
 * The open card: beside its passage on wide screens, a sheet at the bottom edge on narrow ones. Fields
 * save themselves when they are left; borders move by a step; focus comes back to where it was.
 */
import { assertively, politely, words } from "./announce.js";
import { cardOf, hold, holdAgain, paint, piecesOf } from "./lighting.js";
import { placeHandles, hideHandles } from "./handles.js";
import { freshId, send } from "./outbox.js";
import { block, blockAt, quoteOf, startOf, textOf, tidied } from "./places.js";
import { toCodePoints, stepped } from "./offsets.js";

const panel = /** @type {HTMLElement} */ (document.getElementById("editor"));
const main = /** @type {HTMLElement} */ (document.getElementById("main"));
/** @type {HTMLElement | null} */
let cameFrom = null;

/** @returns {HTMLElement | null} */
export function openCard() {
  return panel.hidden ? null : /** @type {HTMLElement | null} */ (panel.querySelector("#card-editor"));
}

/** @returns {string | null} */
export function openKey() {
  return openCard()?.dataset["key"] ?? null;
}

/**
 * Open the card of an annotation.
 * @param {string} key
 * @param {{ focus?: boolean, scroll?: boolean }} [how]
 */
export async function open(key, { focus = true, scroll = false } = {}) {
  const card = cardOf(key);
  const id = card?.dataset["id"];
  if (!card || !id) return;
  const active = document.activeElement;
  if (active instanceof HTMLElement && !panel.contains(active)) cameFrom = active;
  await htmx.ajax("GET", `${main.dataset["annotations"]}${encodeURIComponent(id)}`, { target: panel, swap: "innerHTML" });
  if (!panel.querySelector("#card-editor")) return;
  panel.hidden = false;
  document.documentElement.classList.add("card-open");
  hold(key);
  if (scroll) show(key);
  settle();
  if (focus) panel.querySelector("h2")?.focus({ preventScroll: true });
}

/**
 * Bring the passage of an annotation into view, without smoothness: contained sections change height.
 * @param {string} key
 */
export function show(key) {
  const first = piecesOf(key, cardOf(key))[0] ?? cardOf(key);
  first?.scrollIntoView({ block: "center" });
}

/** Put the panel beside its passage, and the handles at its borders. */
export function settle() {
  const card = openCard();
  if (!card) return;
  const key = card.dataset["key"] ?? "";
  const first = piecesOf(key, cardOf(key))[0];
  const home = main.getBoundingClientRect().top;
  const beside = first ? first.getBoundingClientRect().top : home;
  // As high as the passage, but no lower than leaves the whole card in the window if it fits there.
  const lowest = Math.max(64, innerHeight - panel.getBoundingClientRect().height - 16);
  const seen = beside > 0 && beside < innerHeight;
  panel.style.setProperty("--at", `${Math.max(0, (seen ? Math.min(beside, lowest) : beside) - home)}px`);
  placeHandles(Number(card.dataset["start"]), Number(card.dataset["end"]));
}

/** Close the card, and give the focus back. */
export function close() {
  if (panel.hidden) return;
  const key = openKey();
  const inside = panel.contains(document.activeElement);
  panel.hidden = true;
  panel.replaceChildren();
  hold(null);
  hideHandles();
  document.documentElement.classList.remove("card-open", "linking");
  if (!inside) return;
  const back = cameFrom?.isConnected ? cameFrom : (key ? focusable(key) : null);
  (back ?? document.getElementById("reading"))?.focus({ preventScroll: true });
}

/**
 * The first piece of an annotation, made able to take the focus.
 * @param {string} key
 * @returns {HTMLElement | null}
 */
export function focusable(key) {
  const piece = piecesOf(key, cardOf(key))[0] ?? null;
  if (piece) piece.tabIndex = -1;
  return piece;
}

/** Fetch the open card anew; close it when its annotation is gone. */
async function refresh() {
  const key = openKey();
  if (!key) return;
  if (!cardOf(key) && piecesOf(key, null).length === 0) {
    close();
    return;
  }
  const id = openCard()?.dataset["id"] ?? "";
  const focused = document.activeElement?.id;
  await htmx.ajax("GET", `${main.dataset["annotations"]}${encodeURIComponent(id)}`, { target: panel, swap: "innerHTML" });
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  settle();
}

/**
 * Move a border of the open card's annotation, or of the mark that has the focus.
 * @param {"start" | "end"} side
 * @param {"word" | "character"} by
 * @param {1 | -1} direction
 */
export async function step(side, by, direction) {
  const card = openCard();
  if (!card) return;
  const start = Number(card.dataset["start"]);
  const end = Number(card.dataset["end"]);
  const place = side === "start" ? start : end;
  const number = blockAt(side === "end" ? place - 1 : place);
  const holder = block(number);
  if (!holder) return;
  const from = startOf(holder);
  const language = document.getElementById("reading")?.lang ?? "";
  let moved = from + stepped(textOf(holder), place - from, { side, by, direction, language });
  if (moved === place) {
    const next = block(number + direction);
    if (!next) return;
    const length = toCodePoints(textOf(next));
    const edge = direction > 0 ? 0 : length;
    moved = startOf(next) + stepped(textOf(next), edge, { side, by, direction, language });
  }
  await moveTo(side === "start" ? moved : start, side === "end" ? moved : end);
}

/**
 * Set both borders of the open card's annotation.
 * @param {number} start
 * @param {number} end
 */
export async function moveTo(start, end) {
  const card = openCard();
  const place = start < end ? tidied(start, end, false) : null;
  if (!card || !place) return;
  if (String(place.start) === card.dataset["start"] && String(place.end) === card.dataset["end"]) {
    settle();
    return;
  }
  // The next step reckons with this one, even before the answer is there.
  card.dataset["start"] = String(place.start);
  card.dataset["end"] = String(place.end);
  const form = /** @type {HTMLFormElement} */ (card.querySelector("#edit-form"));
  /** @type {[string, string][]} */
  const fields = [
    ["op", freshId()],
    ["editor", "1"],
    ["start", String(place.start)],
    ["end", String(place.end)],
    ["quote", place.quote],
    ["saw", card.dataset["version"] ?? ""],
  ];
  paint("aim", [place]);
  const said = words("moved", quoteOf(place.start, place.end).split(/\s+/).slice(-3).join(" "));
  const kept = await send(form.action, withVersion(fields), { kind: "edit" });
  paint("aim", []);
  if (kept) politely(said);
}

/**
 * Steps follow each other faster than answers: each is sent with the version it will find, which only
 * the answer before it tells. Until then, the version is left out and the order of the outbox decides.
 * @param {[string, string][]} fields
 * @returns {[string, string][]}
 */
function withVersion(fields) {
  return document.getElementById("state")?.dataset["state"] === "saving" ? fields.filter(([name]) => name !== "saw") : fields;
}

/**
 * Send a form of the page through the outbox.
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} [submitter]
 */
export async function sendForm(form, submitter = null) {
  const kind = form.dataset["write"] ?? "edit";
  const fields = /** @type {[string, string][]} */ (
    [...new FormData(form, submitter)].map(([name, value]) => [name, String(value)]).filter(([name]) => name !== "op")
  );
  fields.push(["op", freshId()]);
  const kept = await send(form.action, kind === "edit" ? withVersion(fields) : fields, { kind });
  if (!kept) {
    if (kind === "edit") await refresh();
    return;
  }
  if (kind === "delete") close();
  if (kind === "undo" || kind === "redo") await refresh();
  if (kind === "relate") document.documentElement.classList.remove("linking");
  settle();
  if (kind === "relate" || kind === "unrelate") {
    const focus = document.activeElement === document.body ? panel.querySelector(".kinds button, h2") : null;
    if (focus instanceof HTMLElement) focus.focus({ preventScroll: true });
  }
}

/** Wire the forms of the page, and the fields that save themselves. */
export function wireEditor() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.dataset["write"]) return;
    event.preventDefault();
    void sendForm(form, event.submitter instanceof HTMLElement ? event.submitter : null);
  });
  panel.addEventListener("change", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLElement)) return;
    const form = field.closest("form");
    if (form?.dataset["write"] === "edit") void sendForm(form);
  });
  document.addEventListener("postil:answer", () => {
    holdAgain();
    settle();
  });
  addEventListener("resize", settle);
  document.body.addEventListener("htmx:responseError", () => assertively(words("refused")));
}
