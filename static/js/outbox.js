/**
 * Every change goes out through here: in order, one at a time, each with its operation id, so that a
 * send whose answer was lost can be repeated without doing it twice. What has no answer yet survives a
 * reload of the page.
 */
import { assertively, closeProblem, showProblem, showState, words } from "./announce.js";
import { unfoldBeside } from "./folds.js";
import { inPlace } from "./inplace.js";

/**
 * @typedef {object} Letter
 * @property {string} op
 * @property {string} url
 * @property {[string, string][]} fields
 * @property {string} kind
 * @property {{ start: number, end: number } | null} place what to paint while it is under way
 * @property {string} about the annotation that it changes; empty for others
 */

const KEPT = `postil.outbox:${location.pathname}`;
const PATIENCE = 10_000;
const WAITS = [500, 1000, 2000, 4000, 8000, 15_000];
const AGAIN = new Set([0, 403, 408, 425, 429, 500, 502, 503, 504]);

/** @type {Letter[]} */
let queue = read();
let sending = false;
let failures = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** @type {Map<string, (answer: Response | null) => void>} */
const waiting = new Map();

/** @returns {Letter[]} */
function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
  } catch {
    return []; // storage is forbidden or was tampered with: begin empty
  }
}

function write() {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(queue));
  } catch {
    // what is pending then lives as long as the page; leaving it warns
  }
}

/** A fresh id, also where `crypto.randomUUID` is missing (plain HTTP on a local network). */
export function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (/** @type {number} */ (bytes[6]) & 0x0f) | 0x40;
  bytes[8] = (/** @type {number} */ (bytes[8]) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** The places that are painted because their marks are not kept yet. */
export function pendingPlaces() {
  return queue.flatMap((letter) => (letter.place ? [letter.place] : []));
}

/** @returns {number} */
export function pendingCount() {
  return queue.length;
}

/**
 * Where the borders of an annotation will be once everything is kept; null when none is being moved.
 * @param {string} annotation
 * @returns {{ start: string, end: string } | null}
 */
export function pendingBorders(annotation) {
  const moves = queue.filter((letter) => letter.about === annotation).map(({ fields }) => new Map(fields));
  const { start, end } = Object.fromEntries(moves.findLast((fields) => fields.has("start")) ?? []);
  return start && end ? { start, end } : null;
}

/**
 * Send a change. Resolves with the answer when it was kept, with null when it was refused.
 * @param {string} url
 * @param {[string, string][]} fields
 * @param {{ kind: string, place?: { start: number, end: number } | null, about?: string }} how
 * @returns {Promise<Response | null>}
 */
export function send(url, fields, { kind, place = null, about = "" }) {
  const op = freshId();
  queue.push({ op, url, fields: fields.filter(([name]) => name !== "op" && name !== "csrf_token"), kind, place, about });
  write();
  showState("saving", words("saving"));
  changed();
  const answer = new Promise((resolve) => waiting.set(op, resolve));
  void deliver();
  return /** @type {Promise<Response | null>} */ (answer);
}

/** Try again now, rather than when the wait is over. */
export function retryNow() {
  clearTimeout(timer);
  void deliver();
}

function changed() {
  document.dispatchEvent(new CustomEvent("postil:pending"));
}

async function deliver() {
  if (sending) return;
  sending = true;
  clearTimeout(timer);
  try {
    while (queue.length > 0) {
      const letter = /** @type {Letter} */ (queue[0]);
      const answer = await post(letter);
      if (answer.response === null || AGAIN.has(answer.response.status)) {
        wait(letter, answer.response, answer.html);
        return;
      }
      failures = 0;
      queue.shift();
      follow(answer.response);
      write();
      finish(letter, answer.response, answer.html);
    }
  } finally {
    sending = false;
  }
  if (document.getElementById("state")?.dataset["state"] !== "refused") showState("saved", words("saved"));
}

/**
 * @param {Letter} letter
 * @returns {Promise<{ response: Response | null, html: string }>}
 */
async function post(letter) {
  const body = new URLSearchParams([...letter.fields, ["op", letter.op], ["view", location.search]]);
  const patience = new AbortController();
  const over = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const response = await fetch(letter.url, {
      method: "POST",
      body,
      headers: { "HX-Request": "true", ...token() },
      signal: patience.signal,
    });
    return { response, html: await response.text() };
  } catch {
    return { response: null, html: "" }; // no answer, or none in time: the same letter goes out again
  } finally {
    clearTimeout(over);
  }
}

/**
 * What I did before is no change by somebody else: the letters that wait saw it coming. They have not
 * been sent yet, so they may still be corrected.
 * @param {Response} response
 */
function follow(response) {
  const version = Number(response.headers.get("X-Postil-Seq"));
  const changed = new Set((response.headers.get("X-Postil-Changed") ?? "").split(" "));
  for (const letter of queue.filter(({ about }) => about && changed.has(about))) {
    const saw = letter.fields.find(([name]) => name === "saw");
    if (saw) saw[1] = String(Math.max(Number(saw[1]), version));
  }
}

/** @returns {Record<string, string>} */
function token() {
  return JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
}

/**
 * @param {Letter} letter
 * @param {Response | null} response
 * @param {string} html
 */
function wait(letter, response, html) {
  const pause = WAITS[Math.min(failures, WAITS.length - 1)];
  failures += 1;
  const text = words("waiting", queue.length);
  showState("waiting", text);
  if (failures === 1) assertively(text);
  if (response?.status === 403 && failures === 1) {
    showProblem(html, letter.url);
    assertively(words("kept"));
  }
  timer = setTimeout(() => void deliver(), pause);
}

/**
 * How things stand after a change: how many marks each label has, and what can be undone.
 * @param {Response} response
 */
function stand(response) {
  for (const told of (response.headers.get("X-Postil-Counts") ?? "").split(" ")) {
    const [label, count] = told.split("=");
    const place = document.querySelector(`[data-count-of="${CSS.escape(label ?? "")}"]`);
    if (place) place.textContent = count ?? "";
  }
  const ways = (response.headers.get("X-Postil-Ways") ?? "").split(" ");
  const focused = document.activeElement;
  const buttons = /** @type {HTMLButtonElement[]} */ ([...document.querySelectorAll("#undo button")]);
  for (const button of buttons) button.disabled = !ways.includes(button.id.replace("-button", ""));
  // A button that can do nothing more hands the focus to the one beside it.
  if (focused instanceof HTMLButtonElement && buttons.includes(focused) && focused.disabled) {
    (buttons.find((button) => !button.disabled) ?? document.getElementById("reading"))?.focus({ preventScroll: true });
  }
}

/**
 * The numbers of the blocks that a change drew anew.
 * @param {Response | null} response
 * @returns {string[]}
 */
export function blocksOf(response) {
  return (response?.headers.get("X-Postil-Blocks") ?? "").split(" ").filter(Boolean);
}

/**
 * Swap in what an answer brought: first text and cards, then the message and whatever else there is. The
 * first hold nothing that htmx has to know of, and it would look for each id among fifty thousand marks.
 * @param {string} html
 */
function swap(html) {
  const end = html.indexOf("<div hx-swap-oob=");
  const brought = document.createElement("template");
  brought.innerHTML = html.slice(0, Math.max(0, end));
  // A cell comes in a template of its own, because a parser drops it outside a table.
  const drawn = [...brought.content.children].map((part) => (part instanceof HTMLTemplateElement ? part.content.firstElementChild : part));
  const places = drawn.map((part) => (part?.matches(".b, .cards") ? document.getElementById(part.id) : null));
  const all = !places.includes(null);
  if (all) {
    drawn.forEach((part, n) => {
      part?.removeAttribute("hx-swap-oob");
      places[n]?.replaceWith(/** @type {Element} */ (part));
    });
  }
  htmx.swap(document.body, all ? html.slice(Math.max(0, end)) : html, { swapStyle: "none" });
}

/**
 * @param {Letter} letter
 * @param {Response} response
 * @param {string} html
 */
function finish(letter, response, html) {
  if (response.ok) {
    closeProblem(letter.url);
    unfoldBeside(blocksOf(response));
    inPlace(() => swap(html));
    stand(response);
    showState(queue.length ? "saving" : "saved", words(queue.length ? "saving" : "saved"));
  } else {
    showState("refused", words("refused"));
    showProblem(html, letter.url);
  }
  changed();
  waiting.get(letter.op)?.(response.ok ? response : null);
  waiting.delete(letter.op);
  document.dispatchEvent(new CustomEvent("postil:answer", { detail: { letter, response } }));
}

addEventListener("online", retryNow);
addEventListener("beforeunload", (event) => {
  if (queue.length > 0) event.preventDefault();
});

/** Send what an earlier page left behind. */
export function resume() {
  if (queue.length > 0) void deliver();
}
