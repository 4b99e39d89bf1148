/**
 * The queue: going to the next article and the one before, saying that one is done, and coming back to
 * where one left off. What comes next is fetched ahead, so that it is there when it is asked for.
 */
import { politely, words } from "./announce.js";
import { COMMANDS, markHere, remember, returnToReading } from "./commands.js";
import { close } from "./editor.js";
import { commandOf, isChord, meantBy, showKeys } from "./keys.js";
import { keysOf } from "./lighting.js";
import { drop, pendingCount, refusedLetters } from "./outbox.js";
import { block, blockAt, offsetAt, positionOf, rangeOf, startOf, textOf } from "./places.js";
import { setting } from "./settings.js";
import { fetchPart, htmxHere } from "./swapping.js";
import { toCodePoints } from "./offsets.js";

const reading = /** @type {HTMLElement} */ (document.getElementById("reading"));
const REST = 1500;
const PATIENCE = 4000;

/** @returns {HTMLElement} drawn anew after each change of the state */
function desk() {
  return /** @type {HTMLElement} */ (document.getElementById("desk"));
}

// --- going

/** @param {"next" | "previous"} which */
export function go(which) {
  const link = document.getElementById(`${which}-document`);
  if (link instanceof HTMLAnchorElement) void leaveFor(link.href);
  else politely(words(which === "next" ? "noNextDocument" : "noPreviousDocument"));
}

/**
 * Leave this page once everything on it is kept.
 * @param {string} address
 */
async function leaveFor(address) {
  close();
  if (pendingCount() > 0) {
    politely(words("savingFirst"));
    refused = false;
    if (!(await settled())) return politely(words("notYet"));
    if (refused) return;
  }
  returnToReading();
  location.assign(address);
}

/** @returns {Promise<boolean>} whether everything is kept, once it is or the patience is over */
function settled() {
  return new Promise((resolve) => {
    const over = setTimeout(() => finish(false), PATIENCE);
    const look = () => {
      if (pendingCount() === 0) finish(true);
    };
    /** @param {boolean} kept */
    function finish(kept) {
      clearTimeout(over);
      document.removeEventListener("postil:answer", look);
      resolve(kept);
    }
    document.addEventListener("postil:answer", look);
  });
}

// --- the state

/** Whether a state was refused since this was last looked at: then the page is not left. */
let refused = false;

/**
 * Done, or open again. What is typed in an open card is sent first. The focus goes ahead of the answer,
 * so that Enter may follow at once.
 */
export function toggleDone() {
  close();
  const button = document.getElementById("done-button");
  if (!(button instanceof HTMLButtonElement)) return;
  const done = button.value === "done";
  button.form?.requestSubmit(button);
  if (done) document.getElementById("next-document")?.focus({ preventScroll: true });
}

/** Draw the foot anew: the state follows from the marks, and undo changes it too. */
async function refresh() {
  try {
    await fetchPart(desk().dataset["address"] ?? "", { target: "#desk", swap: "outerHTML" });
  } catch {
    // The server is away: the foot says so, and is drawn anew once something is kept again.
    document.addEventListener("postil:kept", () => void refresh(), { once: true });
    return;
  }
  drawnAnew();
}

function drawnAnew() {
  if (desk().dataset["state"] !== "new") document.getElementById("near")?.replaceChildren();
  showKeys();
  void fetchAhead();
}

/**
 * After an answer: what of the foot may be another by now.
 * @param {{ kind: string, url: string }} letter
 * @param {Response} response
 */
function follow(letter, response) {
  if (letter.kind === "state" && !response.ok) {
    refused = true;
    const listed = document.querySelector("#problem .unfinished a");
    /** @type {HTMLElement} */ (listed ?? reading).focus({ preventScroll: true });
  }
  if (!response.ok) return;
  if (letter.kind === "state") {
    // What was refused before is settled by this.
    for (const old of refusedLetters()) if (old.kind === "state" && old.url === letter.url) void drop(old);
    drawnAnew();
    const next = document.getElementById("next-document");
    const settled = ["done", "skipped", "flagged"].includes(desk().dataset["state"] ?? "");
    /** @type {HTMLElement} */ (settled && next ? next : reading).focus({ preventScroll: true });
    return;
  }
  const state = desk().dataset["state"];
  const begins = state === "new" || letter.kind === "undo" || letter.kind === "redo";
  const late = state === "done" && !("changed" in desk().dataset);
  if (begins || late || (state === "in progress" && letter.kind === "delete")) void refresh();
}

// --- what comes next

let fetched = "";

/**
 * Fetch the next article into the browser's cache, and let the server draw it. A long one is only drawn:
 * it weighs too much to be fetched for nothing.
 */
async function fetchAhead() {
  const link = document.getElementById("next-document");
  if (!(link instanceof HTMLAnchorElement) || link.href === fetched) return;
  fetched = link.href;
  const method = "long" in link.dataset ? "HEAD" : "GET";
  const answer = await fetch(link.href, { method, priority: "low" }).catch(() => null);
  await answer?.arrayBuffer().catch(() => null); // read to its end, else it is not kept
}

// --- where one left off

/** @typedef {{ top: number, cursor: number | null }} Place code points */

/** Where the text begins to be seen: below what covers the top of the window. */
function line() {
  const header = document.querySelector("header.top");
  const covers = header && getComputedStyle(header).position === "sticky";
  return covers ? Math.max(0, header.getBoundingClientRect().bottom) : 0;
}

/**
 * The first of some numbers for which something holds, which from then on holds for all.
 * @param {number} from
 * @param {number} to
 * @param {(n: number) => boolean} holds
 */
function first(from, to, holds) {
  while (from < to) {
    const middle = (from + to) >> 1;
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** @returns {number | null} the first character of the text that is seen, as an offset */
function topPlace() {
  const edge = line() + 1;
  const count = reading.getElementsByClassName("b").length;
  const number = first(0, count, (n) => /** @type {HTMLElement} */ (block(n)).getBoundingClientRect().bottom > edge);
  const found = block(number);
  if (!found) return null;
  const from = startOf(found);
  const length = toCodePoints(textOf(found));
  return from + first(0, Math.max(0, length - 1), (n) => (rangeOf(from + n, from + n + 1)?.getBoundingClientRect().bottom ?? 0) > edge);
}

/** @returns {number | null} where the reader works: the selection, else the mark gone to last */
function cursorPlace() {
  const selection = getSelection();
  if (selection?.focusNode && selection.rangeCount > 0 && reading.contains(selection.focusNode)) {
    const at = offsetAt(selection.focusNode, selection.focusOffset);
    if (at !== null) return at;
  }
  const mark = markHere();
  return mark ? offsetAt(mark, 0) : null;
}

/** @type {Place | null} */
let sent = null;
/** Whether the reader has moved here at all: a page only looked at tells nothing. */
let moved = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let resting;

function slot() {
  return `postil.place:${desk().dataset["person"]}:${location.pathname}`;
}

/** Tell the server where the reader is, if that is news; and this window, which comes back sooner. */
function tell() {
  clearTimeout(resting);
  const top = moved ? topPlace() : null;
  if (top === null) return;
  const place = { top, cursor: cursorPlace() };
  if (sent && sent.top === place.top && sent.cursor === place.cursor) return;
  sent = place;
  try {
    sessionStorage.setItem(slot(), JSON.stringify(place));
  } catch {
    // storage is forbidden here: the server knows
  }
  const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";
  const form = new URLSearchParams({ csrf_token: token, top: String(top) });
  if (place.cursor !== null) form.set("cursor", String(place.cursor));
  navigator.sendBeacon(desk().dataset["place"] ?? "", form);
}

function soon() {
  moved = true;
  clearTimeout(resting);
  resting = setTimeout(tell, REST);
}

/** A finished article that this one is nearly the same as: offered once the page is there. */
async function offerNear() {
  if (desk().dataset["state"] !== "new") return;
  const answer = await fetch(desk().dataset["near"] ?? "", { headers: { "HX-Request": "true" } }).catch(() => null);
  const html = answer?.status === 200 ? await answer.text() : "";
  if (!html || desk().dataset["state"] !== "new") return;
  await htmxHere();
  htmx.swap(/** @type {HTMLElement} */ (document.getElementById("near")), html, { swapStyle: "innerHTML" });
  politely(document.querySelector("#near p")?.textContent ?? "");
}

/** @returns {Promise<Place | null>} */
async function leftOff() {
  try {
    const known = sessionStorage.getItem(slot());
    if (known) return JSON.parse(known);
  } catch {
    // storage is forbidden or was tampered with: the server knows
  }
  const answer = await fetch(desk().dataset["place"] ?? "").catch(() => null);
  const told = answer?.ok ? await answer.json().catch(() => ({})) : {};
  return typeof told.top === "number" ? told : null;
}

/**
 * Whether the page came by a link or an address that names no place of its own: the browser itself
 * brings back where one was after a reload and on going back.
 */
function isFresh() {
  const [way] = performance.getEntriesByType("navigation");
  return location.hash === "" && (!(way instanceof PerformanceNavigationTiming) || way.type === "navigate");
}

async function comeBack() {
  if (!isFresh() || desk().dataset["state"] === "done") return;
  const place = await leftOff();
  if (!place || moved || scrollY > 0) return;
  sent = place;
  if (place.top <= 0) return;
  bring(place.top);
  if (scrollY <= 0) return; // all of it fits the window
  const mark = place.cursor === null ? null : markAt(place.cursor);
  if (mark) remember(keysOf(mark).at(-1) ?? null);
  politely(words("leftOff"));
  document.dispatchEvent(new CustomEvent("postil:leftoff", { detail: place }));
}

/**
 * The mark at an offset.
 * @param {number} offset
 * @returns {HTMLElement | null}
 */
function markAt(offset) {
  const node = positionOf(offset)?.[0];
  return node?.parentElement?.closest("mark") ?? null;
}

/**
 * Scroll until a character is the first that is seen. Sections that come near change their height, so
 * it is looked again.
 * @param {number} offset
 */
function bring(offset) {
  block(blockAt(offset))?.scrollIntoView({ block: "start", behavior: "instant" });
  for (let turn = 0; turn < 4; turn += 1) {
    const box = rangeOf(offset, offset + 1)?.getBoundingClientRect();
    const away = box ? box.top - line() : 0;
    if (Math.abs(away) < 1) return;
    scrollBy({ top: away, behavior: "instant" });
  }
}

// --- wiring

export function begin() {
  // Without the detour of loading this module, so that keys that follow each other find their place.
  Object.assign(COMMANDS, { done: toggleDone, nextDocument: () => go("next"), previousDocument: () => go("previous") });
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest("#from-the-top")) {
      document.getElementById("state-menu")?.removeAttribute("open");
      scrollTo({ top: 0, behavior: "instant" });
      reading.focus({ preventScroll: true });
    }
  });
  // In the foot the three keys of the queue go on working: after “done” the focus is there.
  document.addEventListener("keydown", (event) => {
    const at = event.target instanceof HTMLElement ? event.target.closest("#desk") : null;
    if (!at || event.target instanceof HTMLTextAreaElement || setting("keys") === "off") return;
    if (isChord(event)) return;
    const command = meantBy(event, commandOf);
    if (command === "nextDocument") go("next");
    else if (command === "previousDocument") go("previous");
    else if (command === "done") toggleDone();
    else return;
    event.preventDefault();
  });
  document.addEventListener("postil:answer", (event) => {
    const { letter, response } = /** @type {CustomEvent} */ (event).detail;
    follow(letter, response);
    soon();
  });
  addEventListener("scroll", soon, { passive: true });
  reading.addEventListener("keydown", soon);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") tell();
  });
  addEventListener("pagehide", tell);
  showKeys();
  void comeBack();
  const idle = window.requestIdleCallback ?? setTimeout;
  idle(() => void fetchAhead());
  idle(() => void offerNear());
}
