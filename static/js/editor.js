/**
 * The open card: beside its passage on wide screens, a sheet at the bottom edge on narrow ones. Fields
 * save themselves when they are left; focus comes back to where it was.
 */
import { assertively, words } from "./announce.js";
import { changes, fill, flush } from "./fields.js";
import { graft } from "./graft.js";
import { cardOf, hold, holdAgain, piecesOf } from "./lighting.js";
import { placeHandles, hideHandles } from "./handles.js";
import { pendingBorders, pendingFields, send } from "./outbox.js";
import { htmxHere } from "./swapping.js";

const panel = /** @type {HTMLElement} */ (document.getElementById("editor"));
const main = /** @type {HTMLElement} */ (document.getElementById("main"));
/** @type {HTMLElement | null} */
let cameFrom = null;
/** How often a card was asked for: an answer that another one overtook is not shown. */
let asked = 0;

/** @returns {HTMLElement | null} */
export function openCard() {
  return panel.hidden ? null : /** @type {HTMLElement | null} */ (panel.querySelector("#card-editor"));
}

/** @returns {string | null} */
export function openKey() {
  return openCard()?.dataset["key"] ?? null;
}

/**
 * Draw a card into the panel.
 * @param {string} id
 * @returns {Promise<boolean>} false when it is gone, or another one was asked for meanwhile
 */
async function draw(id) {
  asked += 1;
  const mine = asked;
  const asking = fetch(`${main.dataset["annotations"]}${encodeURIComponent(id)}`, { headers: { "HX-Request": "true" } });
  const [answer] = await Promise.all([asking, htmxHere()]).catch(() => [null]);
  const html = (await answer?.text().catch(() => "")) ?? "";
  if (mine !== asked) return false;
  if (!answer?.ok) {
    assertively(words("noCard"));
    return false;
  }
  const fresh = /** @type {HTMLElement | null} */ (new DOMParser().parseFromString(html, "text/html").querySelector("#card-editor"));
  const now = openCard();
  const focused = document.activeElement;
  if (!fresh) return false;
  fill(fresh, pendingFields(id));
  if (now && focused && now.contains(focused) && now.dataset["key"] === fresh.dataset["key"] && graft(now, fresh, focused)) return true;
  flush(panel);
  htmx.swap(panel, html, { swapStyle: "innerHTML" });
  fill(panel, pendingFields(id)); // also what was flushed just now
  return true;
}

/**
 * Open the card of an annotation.
 * @param {string} key
 * @param {{ focus?: boolean, scroll?: boolean }} [how]
 */
export async function open(key, { focus = true, scroll = false } = {}) {
  const id = cardOf(key)?.dataset["id"];
  if (!id) return;
  const active = document.activeElement;
  if (active instanceof HTMLElement && active !== document.body && !panel.contains(active)) cameFrom = active;
  if (!(await draw(id))) return;
  panel.hidden = false;
  document.documentElement.classList.add("card-open");
  hold(key);
  if (scroll || isCovered(key)) show(key);
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
  if (first && isCovered(key)) scrollBy({ top: first.getBoundingClientRect().bottom - panel.getBoundingClientRect().top + 48, behavior: "instant" });
}

/**
 * Whether the sheet at the bottom edge lies over the passage.
 * @param {string} key
 */
function isCovered(key) {
  const first = piecesOf(key, cardOf(key))[0];
  const sheet = getComputedStyle(panel).position === "fixed";
  return sheet && first !== undefined && first.getBoundingClientRect().bottom > panel.getBoundingClientRect().top;
}

/** Put the panel beside its passage, and the handles at its borders, as they will be. */
export function settle() {
  const card = openCard();
  if (!card) return;
  const moved = pendingBorders(card.dataset["id"] ?? "");
  if (moved) Object.assign(card.dataset, moved);
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

/** Close the card, and give the focus back. What was typed in it is sent first. */
export function close() {
  asked += 1;
  if (panel.hidden) return;
  const key = openKey();
  const inside = panel.contains(document.activeElement) || document.activeElement === document.body;
  flush(panel);
  panel.hidden = true;
  panel.replaceChildren();
  hold(null);
  hideHandles();
  document.documentElement.classList.remove("card-open");
  document.dispatchEvent(new CustomEvent("postil:closed", { detail: { key } }));
  if (!inside) return;
  const back = cameFrom?.isConnected ? cameFrom : key ? focusable(key) : null;
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
export async function refresh() {
  const key = openKey();
  const id = openCard()?.dataset["id"];
  if (!key || !id) return;
  if (!cardOf(key) && piecesOf(key, null).length === 0) {
    close();
    return;
  }
  const focused = panel.contains(document.activeElement) ? document.activeElement?.id : null;
  if (!(await draw(id))) return;
  if (focused) (document.getElementById(focused) ?? panel.querySelector("h2"))?.focus({ preventScroll: true });
  settle();
}

/**
 * Send a form of the page through the outbox; of a card, the fields that were changed.
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} [submitter]
 */
export async function sendForm(form, submitter = null) {
  const kind = form.dataset["write"] ?? "edit";
  const whole = /** @type {[string, string][]} */ ([...new FormData(form, submitter)].map(([name, value]) => [name, String(value)]));
  const fields = kind === "edit" ? changes(form, whole) : whole;
  if (!fields) return;
  const about = kind === "edit" || kind === "delete" ? (openCard()?.dataset["id"] ?? "") : "";
  const kept = await send(form.action, fields, { kind, about });
  if (!kept && kind !== "relate") await refresh();
  if (!kept) return;
  if (kind === "delete") close();
  if (kind === "undo" || kind === "redo") await refresh();
  settle();
  if (kind === "unrelate" && document.activeElement === document.body) {
    /** @type {HTMLElement | null} */ (panel.querySelector(".kinds button") ?? panel.querySelector("h2"))?.focus({ preventScroll: true });
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
  document.addEventListener("postil:arranged", settle);
  addEventListener("resize", settle);
  addEventListener("beforeunload", () => flush(panel));
  document.body.addEventListener("htmx:responseError", () => assertively(words("refused")));
}
