/**
 * Every change goes out through here: in order, one at a time, each with its operation id, so that a
 * send whose answer was lost can be repeated without doing it twice.
 *
 * A letter is kept in this browser (letters.js) from the moment it is written until the server has said
 * that it is done, or a person has settled what the server refused. All tabs share one queue; whichever has
 * the turn (turns.js) sends what is there, also what another tab or an earlier visit left behind.
 *
 * Keeping and sending begin together. A letter could only be lost if the page ended before it was kept and
 * before it was sent, and waiting for the one before the other would not make that less likely. It can be
 * sent twice, when the page ends between the answer and the forgetting: the operation id makes that once.
 * What goes out is never altered afterwards except for what it must have seen (`saw`), which the server
 * does not count as part of the request.
 *
 * Nothing is drawn here. Whoever draws listens to
 *   postil:pending  the queue is another
 *   postil:kept     { letter, response, html }: done; before `send` resolves
 *   postil:refused  { letter, response, html }: not done, and the letter waits for a person
 *   postil:away     { letter, response, html, pause }: no answer, or a broken one; tried again after the pause
 *   postil:stopped  { letter, html }: somebody else sits here now
 *   postil:calm     nothing waits any more
 */
import { canKeep, change, forget, keep, kept } from "./letters.js";
import { inTurn } from "./turns.js";

/** @typedef {import("./letters.js").Letter} Letter */

const PATIENCE = 10_000;
const WAITS = [500, 1000, 2000, 4000, 8000, 15_000];
/** When a tab sends what another one wrote, if that one does not: it may have been closed. */
const LATER = 3000;
const AGAIN = new Set([0, 403, 408, 425, 429, 500, 502, 503, 504]);

const here = location.pathname;
const me = headers()["X-Postil-Person"] ?? "";

/** The id of this tab, which it keeps from page to page. */
const tab = tabId();

/** All letters of this browser, in order; those that are not kept yet at the end. @type {Letter[]} */
let queue = [];
/** What was answered or dropped: a late look into the store must not bring it back. @type {Set<string>} */
const settled = new Set();
/** Those being put into the store. @type {Map<string, Promise<void>>} */
const storing = new Map();
/** @type {Map<string, (answer: Response | null) => void>} */
const waiting = new Map();
let sending = false;
let failures = 0;
/** Somebody else sits here now: nothing goes out until that is settled. */
let stopped = false;
/** Whether a letter could not be kept: then it lives as long as the page. */
let fleeting = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

const tabs = new BroadcastChannel("postil");

/** A fresh id, also where `crypto.randomUUID` is missing (plain HTTP on a local network). */
export function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (/** @type {number} */ (bytes[6]) & 0x0f) | 0x40;
  bytes[8] = (/** @type {number} */ (bytes[8]) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** @returns {Record<string, string>} what every request carries */
function headers() {
  return JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
}

// --- what is there

/** @param {Letter} letter */
function isMine(letter) {
  return letter.person === me;
}

/** The letters of this page that wait to go out. */
function pending() {
  return queue.filter((letter) => letter.page === here && letter.state !== "refused" && isMine(letter));
}

/** The places that are painted because their marks are not kept yet. */
export function pendingPlaces() {
  const deleted = deletedLater();
  return pending().flatMap((letter) => {
    if (!letter.place || deleted.has(field(letter, "id"))) return [];
    const moved = letter.kind === "create" ? pendingBorders(field(letter, "id")) : null;
    return [moved ? { start: Number(moved.start), end: Number(moved.end) } : letter.place];
  });
}

/** The annotations that will be deleted. */
function deletedLater() {
  return new Set(pending().filter(({ kind }) => kind === "delete").map(({ about }) => about));
}

/**
 * The mark that was made last, while the server has not heard of it yet: it has no card that could be opened,
 * but an id and a place. What is done to it waits behind the making. Null while the server answers.
 * @returns {{ id: string, start: number, end: number } | null}
 */
export function unsentMark() {
  const deleted = deletedLater();
  const last = pending().findLast((letter) => letter.kind === "create" && !deleted.has(field(letter, "id")));
  if (!isAway() || !last) return null;
  const id = field(last, "id");
  const { start, end } = pendingBorders(id) ?? { start: field(last, "start"), end: field(last, "end") };
  return { id, start: Number(start), end: Number(end) };
}

/**
 * Delete the mark that is not sent yet.
 * @param {string} annotations the address below which annotations lie
 * @returns {boolean} whether there was one
 */
export function deleteUnsent(annotations) {
  const last = unsentMark();
  if (!last) return false;
  const { id } = last;
  void send(`${annotations}${encodeURIComponent(id)}/delete`, [], { kind: "delete", about: id });
  return true;
}

/** @returns {number} how many letters of this person wait to go out, from any page */
export function pendingCount() {
  return queue.filter((letter) => letter.state === "waits" && isMine(letter)).length;
}

/** What waits on this page, in order. @returns {Letter[]} */
export function pendingLetters() {
  return [...pending()];
}

/** What was refused and waits for a person, in order. @returns {Letter[]} */
export function refusedLetters() {
  return queue.filter((letter) => letter.state === "refused" && isMine(letter));
}

/**
 * What waits because it builds on a refused letter.
 * @param {Letter} refused
 * @returns {Letter[]}
 */
export function heldBy(refused) {
  return queue.filter((letter) => letter.state === "held" && letter.under === refused.op);
}

/** What somebody else wrote in this browser and what has not gone out. @returns {Letter[]} */
export function othersLetters() {
  return queue.filter((letter) => !isMine(letter));
}

/** Whether what waits would be lost with the page. */
export function isFleeting() {
  return fleeting;
}

/** Whether the server does not answer. */
export function isAway() {
  return failures > 0;
}

/**
 * Where the borders of an annotation will be once everything is kept; null when none is being moved.
 * @param {string} annotation
 * @returns {{ start: string, end: string } | null}
 */
export function pendingBorders(annotation) {
  const moves = pending().filter((letter) => letter.about === annotation).map(({ fields }) => new Map(fields));
  const { start, end } = Object.fromEntries(moves.findLast((fields) => fields.has("start")) ?? []);
  return start && end ? { start, end } : null;
}

/**
 * What the fields of an annotation will hold once everything is kept, where they were changed.
 * @param {string} annotation
 * @returns {Map<string, string[]>} the values last sent of each field, by its name
 */
export function pendingFields(annotation) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  for (const letter of pending()) {
    if (letter.about !== annotation || letter.kind !== "edit") continue;
    for (const [name] of letter.fields) found.set(name, letter.fields.filter(([other]) => other === name).map(([, value]) => value));
  }
  return found;
}

// --- writing

/**
 * Send a change. Resolves with the answer when it was kept, with null when it was refused.
 * @param {string} url
 * @param {[string, string][]} fields
 * @param {{ kind: string, place?: { start: number, end: number } | null, about?: string }} how
 * @returns {Promise<Response | null>}
 */
export function send(url, fields, { kind, place = null, about = "" }) {
  /** @type {Letter} */
  const letter = {
    op: freshId(),
    url,
    fields: fields.filter(([name]) => name !== "op" && name !== "csrf_token"),
    kind,
    place,
    about,
    page: here,
    tab,
    view: location.search,
    title: document.title.replace(/ · Postil$/, ""),
    person: me,
    name: document.getElementById("mail")?.dataset["name"] ?? "",
    revision: document.getElementById("main")?.dataset["revision"] ?? "",
    made: new Date().toISOString(),
    state: "waits",
    under: "",
    html: "",
    now: "",
  };
  queue.push(letter);
  storing.set(letter.op, put(letter));
  changed();
  const answer = new Promise((resolve) => waiting.set(letter.op, resolve));
  void deliver();
  return /** @type {Promise<Response | null>} */ (answer);
}

/** @param {Letter} letter */
async function put(letter) {
  try {
    const n = await keep(letter);
    if (n === null) fleeting = true;
    else letter.n = n;
    if (n !== null && !settled.has(letter.op)) tell({ is: "letter", letter });
  } catch {
    fleeting = true; // no room left: it lives as long as the page, which warns when it is left
  } finally {
    storing.delete(letter.op);
    if (fleeting) changed();
  }
}

/** Put what was altered of a letter into the store, and tell the other tabs. @param {Letter} letter */
async function alter(letter) {
  await storing.get(letter.op);
  await change(letter).catch(() => (fleeting = true));
  tell({ is: "letter", letter });
}

/** @param {Letter} letter */
async function remove(letter) {
  settled.add(letter.op);
  queue = queue.filter(({ op }) => op !== letter.op);
  await storing.get(letter.op);
  // Kept for longer than needed does no harm: what is sent again is done once.
  await forget(letter).catch(() => undefined);
  tell({ is: "gone", letter });
}

/** Look into the store: what other tabs wrote, sent or settled meanwhile. */
async function look() {
  await Promise.all(storing.values());
  const found = await kept().catch(() => /** @type {null} */ (null));
  if (!found) {
    fleeting = true; // the store has failed: what this page knows still goes out
    return;
  }
  const mine = new Map(queue.map((letter) => [letter.op, letter]));
  const stored = found.filter(({ op }) => !settled.has(op)).map((letter) => Object.assign(mine.get(letter.op) ?? letter, letter));
  const known = new Set(stored.map(({ op }) => op));
  queue = [...stored, ...queue.filter((letter) => !known.has(letter.op) && letter.n === undefined)];
  changed();
}

// --- sending

/** Try again now, rather than when the wait is over. */
export function retryNow() {
  clearTimeout(timer);
  timer = undefined;
  stopped = false;
  void deliver();
}

/** The letter that goes out next. */
function next() {
  return queue.find((letter) => letter.state === "waits" && isMine(letter));
}

function changed() {
  document.dispatchEvent(new CustomEvent("postil:pending"));
}

/**
 * @param {string} name
 * @param {object} [detail]
 */
function say(name, detail = {}) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

async function deliver() {
  if (sending || stopped) return;
  sending = true;
  clearTimeout(timer);
  timer = undefined;
  // Of a letter that was just written and has nothing before it, nobody else can know more.
  const fresh = queue.length === 1 && queue[0]?.n === undefined;
  try {
    await inTurn(async (turn) => {
      if (!fresh || !turn.alone) await look();
      for (let letter = next(); letter && (await turn.lasts()); letter = next()) {
        if (!(await sendOne(letter))) return;
      }
    });
  } finally {
    sending = false;
  }
  if (timer || stopped) return;
  if (next()) void deliver();
  else calm();
}

function calm() {
  failures = 0;
  clearTimeout(timer);
  timer = undefined;
  say("postil:calm");
}

/**
 * @param {Letter} letter
 * @returns {Promise<boolean>} whether the next one may go out
 */
async function sendOne(letter) {
  const { response, html } = await post(letter);
  if (settled.has(letter.op)) return true; // another tab was quicker
  if (response === null || AGAIN.has(response.status)) {
    wait(letter, response, html);
    return false;
  }
  failures = 0;
  if (response.headers.get("X-Postil-Problem") === "person") {
    stopped = true;
    say("postil:stopped", { letter, html });
    return false;
  }
  const told = { is: "answer", letter, ok: response.ok, status: response.status, headers: [...response.headers], html };
  if (response.ok) {
    const corrected = follow(response, letter);
    const settledBy = queue.filter((earlier) => isSettledBy(earlier, letter));
    queue = queue.filter(({ op }) => op !== letter.op);
    finish(letter, response, html);
    tell(told);
    await Promise.all(corrected.map(alter));
    await remove(letter);
    for (const earlier of settledBy) await drop(earlier);
  } else {
    if (isTurn(letter)) queue = queue.filter(({ op }) => op !== letter.op);
    else await refuse(letter, response, html);
    finish(letter, response, html);
    tell(told);
    if (isTurn(letter)) await remove(letter);
  }
  return true;
}

/**
 * Whether a person has settled a refused edit by writing the same fields again, having seen how they stand.
 * @param {Letter} refused
 * @param {Letter} letter
 */
function isSettledBy(refused, letter) {
  if (refused.state !== "refused" || refused.kind !== "edit" || letter.kind !== "edit" || refused.about !== letter.about) return false;
  const written = new Set(letter.fields.map(([name]) => name));
  return refused.page === letter.page && refused.fields.every(([name]) => written.has(name));
}

/** Whether a letter takes back or brings back: refused, there is nothing of it to lose. @param {Letter} letter */
function isTurn(letter) {
  return letter.kind === "undo" || letter.kind === "redo";
}

/**
 * @param {Letter} letter
 * @returns {Promise<{ response: Response | null, html: string }>}
 */
async function post(letter) {
  const body = new URLSearchParams([...letter.fields, ["op", letter.op], ["view", letter.view]]);
  const patience = new AbortController();
  const over = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const response = await fetch(letter.url, {
      method: "POST",
      body,
      headers: { "HX-Request": "true", ...headers(), "X-Postil-Person": letter.person, "X-Postil-Revision": letter.revision },
      signal: patience.signal,
    });
    return { response, html: await response.text() };
  } catch {
    return { response: null, html: "" }; // no answer, or none in time: the same letter goes out again
  } finally {
    clearTimeout(over);
  }
}

/** @returns {string} */
function tabId() {
  const fresh = freshId();
  try {
    const known = sessionStorage.getItem("postil-tab");
    if (!known) sessionStorage.setItem("postil-tab", fresh);
    return known ?? fresh;
  } catch {
    return fresh; // storage is forbidden here: each page counts as a tab of its own
  }
}

/**
 * What I did before in this tab is no change by somebody else: the letters that wait saw it coming. They
 * have not been sent yet, so they may still be corrected. What another tab wrote meanwhile was written
 * without having seen this, and stays so: the server shows both sides.
 * @param {Response} response
 * @param {Letter} done
 * @returns {Letter[]} those that were corrected
 */
function follow(response, done) {
  const version = Number(response.headers.get("X-Postil-Seq"));
  const touched = new Set((response.headers.get("X-Postil-Changed") ?? "").split(" "));
  return queue.filter((letter) => {
    const saw = letter.fields.find(([name]) => name === "saw");
    if (letter.op === done.op || letter.state === "refused" || letter.page !== done.page) return false;
    if (letter.tab !== done.tab) return false; // written without having seen that one
    if (!saw || !letter.about || !touched.has(letter.about) || Number(saw[1]) >= version) return false;
    saw[1] = String(version);
    return true;
  });
}

/**
 * @param {Letter} letter
 * @param {Response | null} response
 * @param {string} html
 */
function wait(letter, response, html) {
  const pause = /** @type {number} */ (WAITS[Math.min(failures, WAITS.length - 1)]);
  failures += 1;
  timer = setTimeout(() => void deliver(), pause);
  say("postil:away", { letter, response, html, pause, first: failures === 1 });
  tell({ is: "away", pause });
}

/**
 * What the server refused waits for a person, and what builds on it waits with it; the rest goes on.
 * @param {Letter} letter
 * @param {Response} response
 * @param {string} html
 */
async function refuse(letter, response, html) {
  letter.state = "refused";
  letter.html = html;
  letter.now = response.headers.get("X-Postil-Now") ?? "";
  const held = buildingOn(letter);
  for (const each of held) {
    each.state = "held";
    each.under = letter.op;
  }
  await Promise.all([letter, ...held].map(alter));
}

/**
 * The letters that make no sense without an earlier one: about the same annotation, leading to the one it
 * would have made, or taking back what it did.
 * @param {Letter} first
 * @returns {Letter[]}
 */
function buildingOn(first) {
  const ids = new Set([first.about, first.kind === "create" ? field(first, "id") : ""].filter(Boolean));
  const later = queue.slice(queue.indexOf(first) + 1);
  return later.filter((letter) => {
    if (letter.page !== first.page || letter.state !== "waits" || !isMine(letter)) return false;
    const named = [letter.about, ...letter.fields.map(([, value]) => value), ...letter.url.split("/")];
    return isTurn(letter) || named.some((id) => ids.has(id));
  });
}

/**
 * @param {Letter} letter
 * @param {string} name
 */
function field(letter, name) {
  return letter.fields.find(([found]) => found === name)?.[1] ?? "";
}

/**
 * @param {Letter} letter
 * @param {Response} response
 * @param {string} html
 */
function finish(letter, response, html) {
  say(response.ok ? "postil:kept" : "postil:refused", { letter, response, html });
  changed();
  waiting.get(letter.op)?.(response.ok ? response : null);
  waiting.delete(letter.op);
  if (letter.page === here) say("postil:answer", { letter, response });
}

// --- settling what was refused

/**
 * Send a refused letter again, with some of its fields put otherwise, or without some of them.
 * @param {Letter} refused
 * @param {Record<string, string | null>} [fields] null: leave it out
 */
export async function sendAgain(refused, fields = {}) {
  const letter = queue.find(({ op }) => op === refused.op);
  if (!letter) return;
  const held = heldBy(letter);
  settled.add(letter.op);
  tell({ is: "gone", letter: { ...letter } });
  letter.op = freshId();
  letter.fields = letter.fields.filter(([name]) => fields[name] !== null).map(([name, value]) => [name, fields[name] ?? value]);
  Object.assign(letter, { state: "waits", html: "", now: "" });
  const freed = held.map(free);
  changed(); // it is told that they wait, before they have been put back
  await Promise.all([letter, ...freed].map(alter));
  changed();
  retryNow();
}

/**
 * Give up a refused letter, and with it what cannot be without it; the rest of what waited goes on.
 * @param {Letter} refused
 */
export async function drop(refused) {
  const letter = queue.find(({ op }) => op === refused.op);
  if (!letter) return;
  const held = heldBy(letter);
  const lost = held.filter((each) => letter.kind === "create" || isTurn(each));
  for (const each of [letter, ...lost]) {
    waiting.get(each.op)?.(null);
    waiting.delete(each.op);
  }
  await Promise.all([letter, ...lost].map(remove));
  await Promise.all(held.filter((each) => !lost.includes(each)).map(free).map(alter));
  changed();
  retryNow();
}

/** @param {Letter} letter */
function free(letter) {
  letter.state = "waits";
  letter.under = "";
  return letter;
}

/**
 * Throw away what somebody else wrote in this browser.
 * @param {string} person
 */
export async function dropAllOf(person) {
  await Promise.all(queue.filter((letter) => letter.person === person).map(remove));
  changed();
}

// --- the other tabs

/** @param {object} message */
function tell(message) {
  tabs.postMessage(message);
}

tabs.addEventListener("message", ({ data }) => {
  const { is, letter } = data;
  if (is === "away") despair(data.pause);
  else if (is === "letter") take(letter);
  else if (is === "gone") vanish(letter);
  else if (is === "answer" && queue.some(({ op }) => op === letter.op)) {
    const response = new Response(null, { status: data.status, headers: data.headers });
    failures = 0;
    if (response.ok || isTurn(letter)) vanish(letter, true);
    else take(letter);
    finish(letter, response, data.html);
    if (!next() && !sending) calm();
  }
});

/** Another tab got no answer. It tries again; so does this one, a little later, for that one may be closed. @param {number} pause */
function despair(pause) {
  if (sending || stopped || !next()) return;
  const first = failures === 0;
  failures += 1;
  clearTimeout(timer);
  timer = setTimeout(() => void deliver(), pause + LATER);
  say("postil:away", { letter: next(), response: null, html: "", pause, first });
}

/** @param {Letter} letter as another tab keeps it now */
function take(letter) {
  if (settled.has(letter.op)) return;
  const place = queue.findIndex(({ op }) => op === letter.op);
  if (place >= 0) Object.assign(/** @type {Letter} */ (queue[place]), letter);
  else queue.push(letter);
  if (!sending && !stopped && next()) timer ??= setTimeout(() => void deliver(), LATER);
  const order = (/** @type {Letter} */ one) => one.n ?? Infinity;
  queue = queue.map((one, at) => ({ one, at })).sort((a, b) => order(a.one) - order(b.one) || a.at - b.at).map(({ one }) => one);
  changed();
}

/**
 * @param {Letter} letter that another tab sent or settled
 * @param {boolean} [answered] whether its answer is being told
 */
function vanish(letter, answered = false) {
  settled.add(letter.op);
  const were = queue.length;
  queue = queue.filter(({ op }) => op !== letter.op);
  if (queue.length === were || answered) return;
  waiting.get(letter.op)?.(null);
  waiting.delete(letter.op);
  changed();
  if (!next() && !sending) calm();
}

addEventListener("online", retryNow);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && (failures > 0 || stopped)) retryNow();
});
addEventListener("beforeunload", (event) => {
  if (pending().length > 0 || (fleeting && queue.length > 0)) event.preventDefault();
});

/** Send what an earlier page left behind, of this tab or of any other. */
export async function resume() {
  await look();
  if (!(await canKeep())) fleeting = true;
  if (next()) void deliver();
}
