/**
 * What others change shows without a reload: an open article swaps the blocks and cards in, a list renews
 * itself around what is being typed. A small address is asked while the page is seen; mostly it answers
 * that there is nothing.
 */
import { politely, words } from "./announce.js";

const main = document.getElementById("main");
const STEPS = [5000, 5000, 5000, 10_000, 10_000, 20_000, 30_000];
/** Said aloud no more often than this. */
const QUIET = 30_000;

let known = Number(main?.dataset["version"] ?? 0);
let idle = 0;
let asking = false;
let held = false;
/** Whether a look waits until what is on its way has arrived. */
let later = false;
let said = -Infinity;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * @typedef {object} Source
 * @property {() => string} address what to ask
 * @property {(response: Response, html: string) => Promise<boolean> | boolean} take whether anything was done with it
 * @property {() => boolean} [busy] whether changes of one's own are on their way, which an answer would show as another's
 */

/** @type {Source | null} */
let source = null;

/**
 * A change of one's own: when nothing happened between what the page shows and it, the page knows all.
 * @param {Response} response
 */
export function learn(response) {
  const seq = Number(response.headers.get("X-Postil-Seq"));
  const before = Number(response.headers.get("X-Postil-Before"));
  if (seq && before <= known) known = Math.max(known, seq);
}

/** The number of the newest change that the page shows. */
export function shownVersion() {
  return known;
}

/** @param {string} text */
export function sayQuietly(text) {
  if (performance.now() - said < QUIET) return;
  said = performance.now();
  politely(text);
}

/** Ask now. */
export async function look() {
  clearTimeout(timer);
  if (!source || asking || document.visibilityState === "hidden") return;
  if (source.busy?.()) {
    later = true;
    return;
  }
  asking = true;
  const asked = known;
  try {
    const response = await fetch(source.address(), { headers: { "HX-Request": "true", "If-None-Match": `"${asked}"` }, cache: "no-store" });
    const html = response.status === 200 ? await response.text() : "";
    const version = Number((response.headers.get("ETag") ?? "").replace(/\D/g, ""));
    if (html) await released();
    if (source.busy?.() || known !== asked) later = true; // it may tell of what was changed here meanwhile
    else if (response.status === 200 && (await source.take(response, html))) {
      known = Math.max(known, version);
      idle = 0;
    }
  } catch {
    // The server is away: what waits to be saved says so; here the next look does.
  } finally {
    asking = false;
    timer = setTimeout(() => void look(), STEPS[Math.min(idle, STEPS.length - 1)]);
    idle += 1;
    lookAfterAll();
  }
}

function lookAfterAll() {
  if (!later || source?.busy?.()) return;
  later = false;
  void look();
}

/** When no button of a pointer is held down: what is swapped under one would swallow its click. */
async function released() {
  while (held) await new Promise((resolve) => document.addEventListener("postil:released", resolve, { once: true }));
}

/** @param {boolean} now */
function hold(now) {
  held = now;
  // The click itself comes after the release.
  if (!now) setTimeout(() => document.dispatchEvent(new CustomEvent("postil:released")));
}

function wake() {
  idle = 0;
  if (document.visibilityState === "visible") void look();
}

/**
 * Watch a source from now on.
 * @param {Source} what
 */
export function watchSource(what) {
  source = what;
  timer = setTimeout(() => void look(), STEPS[0]);
  document.addEventListener("visibilitychange", wake);
  document.addEventListener("postil:look", wake);
  document.addEventListener("postil:pending", lookAfterAll);
  addEventListener("focus", wake);
  addEventListener("pointerdown", () => hold(true), { passive: true, capture: true });
  for (const name of ["pointerup", "pointercancel", "dragend", "blur"]) addEventListener(name, () => hold(false), { passive: true, capture: true });
  for (const name of ["keydown", "pointerdown"]) addEventListener(name, () => (idle = Math.min(idle, 2)), { passive: true });
}

/**
 * Say that the page is older than what is stored, where it cannot be renewed in place, and offer the newer.
 */
export function offerReload() {
  if (document.getElementById("renewed") || !main) return;
  const bar = document.createElement("p");
  bar.id = "renewed";
  bar.className = "ui notice no-print";
  bar.setAttribute("role", "status");
  const link = document.createElement("a");
  link.href = location.href.split("#")[0] ?? "";
  link.className = "btn";
  link.textContent = words("renew");
  main.before(bar);
  bar.append(`${words("older")} `, link);
}
