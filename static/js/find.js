/**
 * Finding in the article: a bar with the words, every hit painted, and keys from hit to hit. Leaving it
 * selects the hit, so that a label's key marks it. The server says where the hits are, by the same rule
 * as everywhere else; the browser only paints those near the window.
 */
import { learnWords, politely, words } from "./announce.js";
import { withStyle } from "./styles.js";
import { block, blockAt, offsetAt, rangeOf, startOf } from "./places.js";

const highlights = "highlights" in CSS ? CSS.highlights : null;
const reading = /** @type {HTMLElement} */ (document.getElementById("reading"));
const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const PAINTED = 300;
const PAUSE = 150;

/** @type {[number, number][]} */
let hits = [];
let at = -1;
let cut = false;
/** The words that the hits are of; empty when there are none. */
let sought = "";
/** What is asked for is not answered yet: the number of the newest question. */
let asked = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** @type {HTMLElement | null} */
let cameFrom = null;

await learnWords();
const bar = document.createElement("form");
bar.id = "find-bar";
bar.className = "ui no-print";
bar.setAttribute("role", "search");
bar.setAttribute("aria-label", words("findTitle"));
bar.hidden = true;
const field = document.createElement("input");
field.type = "search";
field.id = "find-field";
field.dir = "auto";
field.autocomplete = "off";
field.spellcheck = false;
field.maxLength = 500;
field.setAttribute("aria-label", words("findTitle"));
field.placeholder = words("findTitle");
const told = document.createElement("output");
told.id = "find-told";
bar.append(field, told, button("find-previous", "↑", words("findPrevious"), () => void step(-1)), button("find-next", "↓", words("findNext"), () => void step(1)), button("find-close", "✕", words("close"), leaveFind));
document.body.append(bar);
const styled = withStyle("find");

/**
 * @param {string} id
 * @param {string} sign
 * @param {string} name
 * @param {() => void} act
 */
function button(id, sign, name, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.id = id;
  made.className = "quiet";
  made.textContent = sign;
  made.setAttribute("aria-label", name);
  made.title = name;
  made.addEventListener("click", act);
  return made;
}

/** Open the bar, with the words of the selection in it if they are few. */
export async function openFind() {
  await styled;
  if (bar.hidden) cameFrom = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  const selection = getSelection()?.toString().trim() ?? "";
  if (selection && selection.length < 80 && !selection.includes("\n")) field.value = `"${selection.replaceAll('"', " ")}"`;
  bar.hidden = false;
  field.focus();
  field.select();
  if (field.value && field.value !== sought) void look(true);
}

/** Close the bar; the focus goes to the text, where the hit is selected. @returns {boolean} */
export function leaveFind() {
  if (bar.hidden) return false;
  bar.hidden = true;
  clearTimeout(timer);
  asked += 1;
  unpaint();
  const hit = hits[at];
  const range = hit ? rangeOf(...hit) : null;
  if (range) {
    reading.focus({ preventScroll: true });
    getSelection()?.setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset);
  } else (cameFrom?.isConnected && cameFrom !== document.body ? cameFrom : reading).focus({ preventScroll: true });
  return true;
}

/**
 * Ask where the words are.
 * @param {boolean} live whether they are still being typed
 * @param {number | null} [from] the offset whose hit is to be shown, instead of one near the window
 */
async function look(live, from = null) {
  const typed = field.value.trim();
  const question = (asked += 1);
  if (!typed) {
    [hits, at, sought, cut] = [[], -1, "", false];
    unpaint();
    return tell("");
  }
  const address = new URL(`${location.pathname}/hits`, location.href);
  address.searchParams.set("q", typed);
  address.searchParams.set("revision", main.dataset["revision"] ?? "");
  if (live) address.searchParams.set("live", "1");
  let found;
  try {
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    if (!answer.ok) throw new Error(String(answer.status));
    found = await answer.json();
  } catch {
    if (question === asked) tell(words("findAway"));
    return;
  }
  if (question !== asked) return; // something else was typed meanwhile
  [hits, cut, sought] = [found.hits, found.cut, field.value];
  at = hits.length ? nearest(from ?? inWindow()) : -1;
  if (found.problem) tell(found.problem);
  else if (at < 0) tell(words("findNothing"));
  else show();
  paint();
}

/** The number of the first hit that ends behind an offset, or the first of all. @param {number} offset */
function nearest(offset) {
  let [low, high] = [0, hits.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {[number, number]} */ (hits[middle])[1] <= offset) low = middle + 1;
    else high = middle;
  }
  return low < hits.length ? low : 0;
}

/** The offset from which one would look on: the last hit shown, the selection, or the top of the window. */
function inWindow() {
  const selection = getSelection();
  if (selection?.anchorNode && reading.contains(selection.anchorNode)) {
    const offset = offsetAt(selection.anchorNode, selection.anchorOffset);
    const box = selection.getRangeAt(0).getBoundingClientRect();
    if (offset !== null && box.bottom > 0 && box.top < innerHeight) return offset;
  }
  return topOffset();
}

/** The offset at the top of the window: by halving, so that a long article is not laid out for it. */
function topOffset() {
  const count = document.getElementsByClassName("b").length;
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    const box = block(middle)?.getBoundingClientRect();
    if (box && box.bottom < 60) low = middle + 1;
    else high = middle;
  }
  const first = block(Math.min(low, count - 1));
  return first ? startOf(first) : 0;
}

/** @param {1 | -1} direction */
async function step(direction) {
  if (field.value !== sought) {
    clearTimeout(timer);
    await look(true);
    return;
  }
  if (!hits.length) return tell(field.value ? words("findNothing") : "");
  at = (at + direction + hits.length) % hits.length;
  show();
  paint();
}

/** Bring the hit into the window and say which one it is. */
function show() {
  const hit = hits[at];
  if (!hit) return;
  const holder = block(blockAt(hit[0]));
  const box = rangeOf(...hit)?.getBoundingClientRect();
  if (!box || box.height === 0 || box.top < 80 || box.bottom > innerHeight - 110) {
    // The block first: what lies outside the window may not be laid out, and then has no place yet.
    holder?.scrollIntoView({ block: "center", behavior: "instant" });
    const again = rangeOf(...hit)?.getBoundingClientRect();
    if (again && (again.top < 80 || again.bottom > innerHeight - 110)) {
      scrollBy({ top: again.top - innerHeight / 2, behavior: "instant" });
    }
  }
  tell(words(cut ? "findCountMore" : "findCount", at + 1, hits.length));
}

/** @param {string} text */
function tell(text) {
  told.textContent = text;
  if (text) politely(text);
}

/** Paint the hits around the one shown, and those in the window. */
function paint() {
  if (!highlights || bar.hidden) return;
  const near = new Set();
  const add = (/** @type {number} */ middle) => {
    for (let n = Math.max(0, middle - PAINTED / 2); n < Math.min(hits.length, middle + PAINTED / 2); n += 1) near.add(n);
  };
  if (at >= 0) {
    add(at);
    add(nearest(topOffset()));
  }
  const ranges = [...near].flatMap((n) => (n === at ? [] : (rangeOf(.../** @type {[number, number]} */ (hits[n])) ?? [])));
  const now = hits[at] ? rangeOf(.../** @type {[number, number]} */ (hits[at])) : null;
  highlights.set("found", new Highlight(...ranges));
  highlights.set("found-now", new Highlight(...(now ? [now] : [])));
  if (now) /** @type {Highlight} */ (highlights.get("found-now")).priority = 2;
}

function unpaint() {
  highlights?.delete("found");
  highlights?.delete("found-now");
}

bar.addEventListener("submit", (event) => {
  event.preventDefault();
  void step(1);
});
bar.addEventListener("keydown", (event) => {
  if (event.key === "Escape") leaveFind();
  else if (event.key === "Enter" && event.target === field) void step(event.shiftKey ? -1 : 1);
  else if (event.key === "ArrowDown" && event.target === field) void step(1);
  else if (event.key === "ArrowUp" && event.target === field) void step(-1);
  else return;
  event.preventDefault();
  event.stopPropagation();
});
field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => void look(true), PAUSE);
});

/** F3 goes on also after the bar was left: then the next hit is selected, ready to be marked. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "F3" || event.ctrlKey || event.altKey || event.metaKey || !sought) return;
  event.preventDefault();
  const closed = bar.hidden;
  void step(event.shiftKey ? -1 : 1).then(() => {
    const range = closed && hits[at] ? rangeOf(.../** @type {[number, number]} */ (hits[at])) : null;
    if (!range) return;
    reading.focus({ preventScroll: true });
    getSelection()?.setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset);
  });
});

let waiting = false;
addEventListener("scroll", () => {
  if (bar.hidden || waiting || hits.length <= PAINTED / 2) return;
  waiting = true;
  setTimeout(() => {
    waiting = false;
    paint();
  }, PAUSE);
}, { passive: true });
document.addEventListener("postil:leave", (event) => {
  if (leaveFind()) event.preventDefault();
});
document.addEventListener("postil:answer", paint); // a swap takes the nodes that the paint lay on

/** The words that the address asks for, as a link from a list of hits has them. */
export async function findFromAddress() {
  await styled;
  const asks = new URLSearchParams(location.search);
  const wanted = asks.get("find");
  if (!wanted) return;
  field.value = wanted.slice(0, 500);
  bar.hidden = false;
  const place = asks.get("at");
  const block = /^#b(\d+)$/.exec(location.hash) ? document.getElementById(location.hash.slice(1)) : null;
  const from = place ? Number(place) : block ? startOf(block) : null;
  const card = /^#c\d+$/.test(location.hash);
  void look(false, from).then(() => {
    if (!card) reading.focus({ preventScroll: true });
  });
}
