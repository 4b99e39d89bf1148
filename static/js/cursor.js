/**
 * The cursor: a stretch of words that keys, buttons and taps move, and that a label's key marks. It lives
 * beside the text, not in it, so that screen readers, switches and fingers need no text selection. Each
 * step costs as much as the block it stands in, however long the document is.
 *
 * The focus is in `#cursor`, an application to screen readers, so that keys arrive here; it lies where
 * the cursor stands, so that magnifiers follow. Escape gives the focus back to the text.
 */
import { politely, words } from "./announce.js";
import { aimWith, labelWithShift } from "./bar.js";
import { focusedMark, leavers, openAt } from "./commands.js";
import { close, openCard } from "./editor.js";
import { askForLabel, leaveLabel, pin, pinned, wasAskedFor } from "./labelfirst.js";
import { meantBy } from "./keys.js";
import { drawLetters, hideLetters, isTaken, takeBack, typed } from "./hints.js";
import { paint } from "./lighting.js";
import { lastLabel } from "./making.js";
import { entering, firstOf, isOneWord, lastOf, MOVES } from "./moves.js";
import { block, offsetAt, offsetUnder, positionOf, quoteOf, rangeOf, selected, startOf } from "./places.js";
import { setting } from "./settings.js";
import { charactersOf, fetchSentences, placeOf, source, spotAt } from "./source.js";
import { balanced } from "./words.js";

/**
 * @typedef {import("./moves.js").Spot} Spot
 * @typedef {import("./moves.js").Stretch} Stretch
 * @typedef {import("./places.js").Place} Place
 */

const reading = /** @type {HTMLElement} */ (document.getElementById("reading"));
const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const overlay = /** @type {HTMLElement} */ (document.getElementById("overlay"));
const box = /** @type {HTMLElement} */ (document.getElementById("cursor"));
const where = /** @type {HTMLElement} */ (document.getElementById("cursor-where"));
const tools = /** @type {HTMLElement} */ (document.getElementById("tools"));

/** Arrows and their like, by key and modifiers; the single keys are in keys.js. @type {Record<string, string>} */
export const CHORDS = {
  ArrowRight: "wordNext",
  ArrowLeft: "wordPrevious",
  ArrowDown: "sentenceNext",
  ArrowUp: "sentencePrevious",
  Home: "sentenceStart",
  End: "sentenceEnd",
  "Shift ArrowRight": "extendNext",
  "Shift ArrowLeft": "extendPrevious",
  "Shift ArrowDown": "extendSentence",
  "Shift ArrowUp": "extendSentenceBack",
  "Shift Home": "extendToSentenceStart",
  "Shift End": "extendToSentenceEnd",
  "Ctrl ArrowRight": "clauseNext",
  "Ctrl ArrowLeft": "clausePrevious",
  "Ctrl ArrowDown": "paragraphNext",
  "Ctrl ArrowUp": "paragraphPrevious",
  "Ctrl Home": "textStart",
  "Ctrl End": "textEnd",
  "Ctrl Shift ArrowRight": "extendClause",
  "Ctrl Shift ArrowLeft": "extendClauseBack",
  "Ctrl Shift ArrowDown": "extendParagraph",
  "Ctrl Shift ArrowUp": "extendParagraphBack",
  "Ctrl Shift Home": "extendToTextStart",
  "Ctrl Shift End": "extendToTextEnd",
};
/** What a move becomes once a start was set: the end goes there, the start stays. @type {Record<string, string>} */
const HOLDING = {
  wordNext: "extendNext",
  wordPrevious: "extendPrevious",
  sentenceNext: "extendSentence",
  sentencePrevious: "extendSentenceBack",
  sentenceStart: "extendToSentenceStart",
  sentenceEnd: "extendToSentenceEnd",
  clauseNext: "extendClause",
  clausePrevious: "extendClauseBack",
  paragraphNext: "extendParagraph",
  paragraphPrevious: "extendParagraphBack",
  textStart: "extendToTextStart",
  textEnd: "extendToTextEnd",
};
const BY_SENTENCE = new Set(["sentenceNext", "sentencePrevious", "paragraphNext", "paragraphPrevious"]);

/** Where the cursor is; null when there is none. @type {Stretch | null} */
let at = null;
/** Where it was when it was left. @type {Stretch | null} */
let before = null;
/** Where it was when it was begun, and where it was put last, as long as nothing was pressed or pointed at since. @type {Stretch | null} */
let begun = null;
/** @type {Stretch | null} */
let settled = null;
/** The stretches that were widened, to come back to. @type {Stretch[]} */
let narrower = [];
/** Whether a start was set that moves leave where it is. */
let holding = false;
/** Whether letters lie over the words. */
let lettered = false;
/** What the next letter or tap says: where the stretch begins, or where it ends. @type {"first" | "last"} */
let expects = "first";
let byTouch = false;
/** @type {(label: string) => void} */
let mark = () => {};

/**
 * Wire the cursor. Called once, when it is first needed.
 * @param {(label: string) => void} marker marks what is selected or, if nothing is, the cursor's stretch
 */
export function wireCursor(marker) {
  mark = marker;
  aimWith({ place: stretchPlace, marked });
  leavers.push(leave);
  tools.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays where it is
  tools.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const label = button?.dataset["label"];
    if (label && !wasAskedFor(label)) mark(label);
  });
  document.addEventListener("postil:label-first", () => {
    expects = "first";
    showTools();
  });
  document.addEventListener("postil:answer", draw); // its text nodes may be new
  for (const moved of ["postil:answer", "postil:arranged"]) document.addEventListener(moved, () => requestAnimationFrame(redraw));
  addEventListener("resize", redraw);
  addEventListener("scrollend", scrolled);
  for (const act of ["keydown", "pointerdown", "wheel", "touchmove"]) {
    addEventListener(act, () => (settled = null), { capture: true, passive: true });
  }
  // What comes and goes above the text moves it: a hint, an offer, fonts.
  const moves = new ResizeObserver(redraw);
  for (const part of [document.body, main, reading, ...main.children, ...reading.querySelectorAll(":scope > :not(.section)")]) moves.observe(part);
  document.addEventListener("mouseup", markSelection);
  void fetchSentences().then((found) => {
    box.dataset["sentences"] = found ? "server" : "browser";
    if (found) redraw();
  });
}

// --- where it is

/** The cursor as the bench and tests see it. */
export function stretch() {
  return at;
}

/**
 * What a stretch of words covers, with the brackets and quotation marks that belong to it.
 * @param {Stretch | null} [of]
 * @returns {Place | null}
 */
export function stretchPlace(of = at) {
  if (!of) return null;
  const [first, last] = [firstOf(of), lastOf(of)];
  let { start } = placeOf(first);
  let { end } = placeOf(last);
  const [top, bottom] = [block(first.block), block(last.block)];
  const alone = first.block === last.block;
  if (top && bottom) {
    const [begins, ends] = [charactersOf(first.block), charactersOf(last.block)];
    const [from, until] = [startOf(top), startOf(bottom)];
    const [a] = balanced(begins, start - from, alone ? end - from : begins.length);
    const [, b] = balanced(ends, alone ? start - from : 0, end - until);
    [start, end] = [from + a, until + b];
  }
  return { start, end, quote: quoteOf(start, end) };
}

/** The first word that is seen in the window. @returns {Spot | null} */
function firstSeen() {
  const text = reading.querySelector(".text")?.getBoundingClientRect();
  const top = document.querySelector("header.top")?.getBoundingClientRect().bottom ?? 0;
  for (let y = Math.max(top, 0) + 8; text && y < innerHeight; y += 16) {
    const place = offsetUnder(text.left + text.width / 2, y);
    if (place === null) continue;
    const spot = spotAt(place);
    if (spot) return { block: spot.block, word: source.sentence(spot)[0] };
  }
  return entering(source, 0, 1);
}

/** @param {Spot} spot */
function isSeen(spot) {
  const { start, end } = placeOf(spot);
  const seen = rangeOf(start, end)?.getBoundingClientRect();
  return seen !== undefined && seen.bottom > 0 && seen.top < innerHeight;
}

/** @returns {Stretch | null} where to begin: at the mark with the focus, where one clicked, where one was, at the top */
function beginning() {
  const piece = focusedMark();
  const caret = getSelection();
  const node = piece ?? (caret?.isCollapsed && caret.anchorNode && reading.contains(caret.anchorNode) ? caret.anchorNode : null);
  const inText = node && (node instanceof Element ? node : node.parentElement)?.closest(".b");
  const place = node && inText ? offsetAt(node, piece ? 0 : (caret?.anchorOffset ?? 0)) : null;
  const spot = place === null ? null : spotAt(place);
  if (spot && (piece || isSeen(spot))) return { anchor: spot, head: spot };
  if (before && isSeen(before.head)) return before;
  const first = firstSeen();
  return first && { anchor: first, head: first };
}

/** @returns {boolean} false when there is no word in the document */
function begin() {
  if (at) return true;
  at = beginning();
  if (!at) return false;
  byTouch = false;
  expects = "first";
  begun = at;
  settle();
  say(words("cursorOn", told("begin")));
  return true;
}

/**
 * A scroll has ended. One that was under way when the cursor was put where it is, as after Page Down, takes
 * the text away from under it: a cursor that was only begun begins again, any other comes into view again.
 */
function scrolled() {
  if (!at || at !== settled) return;
  if (at !== begun) return scroll();
  if (isSeen(at.head)) return;
  at = null;
  begin();
}

/** @returns {boolean} whether the reader went to a mark meanwhile, so that the cursor has to come there */
function catchUp() {
  const there = at && focusedMark() ? beginning() : null;
  if (there) go(there, "begin");
  return there !== null;
}

/** @returns {boolean} whether there was a cursor */
function stop() {
  if (!at) return false;
  const inside = box.contains(document.activeElement) || tools.contains(document.activeElement);
  before = at;
  at = null;
  narrower = [];
  holding = lettered = false;
  hideLetters();
  draw();
  showTools();
  where.replaceChildren();
  if (inside || document.activeElement === document.body) reading.focus({ preventScroll: true });
  return true;
}

/** Escape: one thing at a time, the innermost first. @returns {boolean} whether there was something to leave */
function leave() {
  if (takeBack()) return true;
  if (lettered) {
    showLetters(false);
    return true;
  }
  if (holding) {
    hold(false);
    return true;
  }
  if (leaveLabel()) return true;
  const was = stop();
  if (was) politely(words("cursorOff"));
  return was;
}

// --- moving

/**
 * @param {Stretch | null} next
 * @param {string} how the move's name
 */
function go(next, how) {
  if (!next) return say(words(how.startsWith("name") ? "noName" : "cursorEnd"));
  at = next;
  expects = "first";
  takeBack();
  settle();
  say(told(how));
}

/** Draw the cursor where it is, give it the focus, and bring it into view. */
function settle() {
  draw();
  showTools();
  if (!box.hidden && document.activeElement !== box && !tools.contains(document.activeElement)) box.focus({ preventScroll: true });
  scroll();
  settled = at;
  if (lettered && at) drawLetters(at.head);
}

/** @param {string} name */
function move(name) {
  if (!at) return;
  narrower = name === "widen" ? [...narrower, at] : [];
  const held = holding ? HOLDING[name] : undefined;
  const next = /** @type {import("./moves.js").Move} */ (MOVES[held ?? name])(source, at);
  if (name === "widen" && !next) narrower.pop();
  go(holding && !held && next ? { anchor: at.anchor, head: next.head } : next, name);
}

/** What the buttons and single keys ask for, beside moves. @type {Record<string, () => void>} */
const OTHERS = {
  cursor: () => settle(),
  leaveCursor: () => {
    leaveLabel();
    stop();
  },
  narrow: () => go(narrower.at(-1) ?? null, "narrow"),
  here: () => hold(!holding),
  letters: () => showLetters(!lettered),
  again: () => {
    const label = lastLabel();
    if (label) mark(label);
    else politely(words("noLabelYet"));
  },
};

/**
 * A command by its name.
 * @param {string} name
 */
export function run(name) {
  if (name === "labelFirst") return askForLabel();
  if (name === "leaveCursor") return OTHERS["leaveCursor"]?.();
  const fresh = at === null;
  if (!begin()) return politely(words("noText"));
  // The first of these only shows the cursor: nobody has seen yet where it would move from.
  if ((fresh || catchUp()) && /^(word|sentence|cursor)/.test(name)) return;
  if (MOVES[name]) return move(name);
  const back = narrower.slice(0, -1);
  OTHERS[name]?.();
  narrower = name === "narrow" ? back : narrower;
}

/** @param {boolean} wanted */
function hold(wanted) {
  holding = wanted;
  tools.querySelector("[data-command=here]")?.setAttribute("aria-pressed", String(wanted));
  const place = stretchPlace();
  if (place) say(words(wanted ? "startHere" : "endHere", short(place.quote)));
}

/** @param {boolean} wanted */
function showLetters(wanted) {
  lettered = wanted;
  expects = "first";
  tools.querySelector("[data-command=letters]")?.setAttribute("aria-pressed", String(wanted));
  if (wanted && at) drawLetters(at.head);
  else hideLetters();
  politely(words(wanted ? "lettersOn" : "lettersOff"));
}

/**
 * A word was named by its letters, or tapped: where the stretch begins, then where it ends.
 * @param {Spot} spot
 */
function point(spot) {
  const ends = expects === "last" && at !== null;
  narrower = [];
  go(ends && at ? { anchor: at.anchor, head: spot } : { anchor: spot, head: spot }, "point");
  expects = ends ? "first" : "last";
  if (ends && byTouch && pinned()) mark(pinned());
}

/** @param {Place} place a mark was made there */
function marked(place) {
  const mine = stretchPlace();
  if (!mine || mine.start !== place.start || mine.end !== place.end) return;
  if (openCard() && !document.getElementById("editor")?.contains(document.activeElement)) close();
  hold(false);
  narrower = [];
  expects = "first";
  if (!byTouch) return settle();
  stop();
}

// --- keys

/**
 * A key was pressed while the text, or the cursor, has the focus.
 * @param {KeyboardEvent} event
 * @returns {boolean} whether it was for the cursor
 */
export function key(event) {
  const { key: name, shiftKey, altKey } = event;
  const chord = event.ctrlKey || event.metaKey;
  const onButton = event.target instanceof Element && event.target.closest("button, a, summary") !== null;
  if (!chord && !altKey && !onButton && (name === "Enter" || name === " ")) return answer(name);
  if (!chord && !altKey && shiftKey) {
    const label = labelWithShift(event);
    if (label) {
      pin(label);
      return true;
    }
  }
  if (altKey || !at) return false;
  const letter = lettered && !chord && !shiftKey && setting("keys") !== "off" && meantBy(event, (each) => (/^[a-z]$/.test(each) ? each : null));
  if (letter) {
    if (isTaken(letter)) return false;
    const found = typed(letter);
    if (found && found !== "more") point(found);
    else if (!found) say(words("noLetter", letter));
    return true;
  }
  const move_ = CHORDS[`${chord ? "Ctrl " : ""}${shiftKey ? "Shift " : ""}${mirrored(name)}`];
  if (!move_ || onButton) return false;
  byTouch = false;
  if (!catchUp() || chord || shiftKey) move(move_);
  return true;
}

/**
 * Enter and Space: mark, label first; else open what is marked here, or go to the labels.
 * @param {string} name
 * @returns {boolean}
 */
function answer(name) {
  if (pinned() && (at || selected(false))) {
    mark(pinned());
    return true;
  }
  if (!at) return false;
  if (name === " ") {
    tools.querySelector("button")?.focus();
    return true;
  }
  const piece = pieceAt(at.head);
  if (!piece) return false;
  openAt(piece);
  return true;
}

/**
 * Where the text runs from right to left, the left arrow leads on.
 * @param {string} name
 */
function mirrored(name) {
  const other = name === "ArrowLeft" ? "ArrowRight" : name === "ArrowRight" ? "ArrowLeft" : null;
  const holder = other && at ? block(at.head.block) : null;
  return other && holder && getComputedStyle(holder).direction === "rtl" ? other : name;
}

// --- taps, clicks and label first

/**
 * A click or tap in the text.
 * @param {{ clientX: number, clientY: number, pointerType: string, target: EventTarget | null }} event
 * @returns {boolean} whether it was for the cursor
 */
export function tap({ clientX, clientY, pointerType, target }) {
  const touched = pointerType === "touch" || pointerType === "pen";
  const onMark = target instanceof Element && target.closest("mark") !== null;
  if (!at && !(touched && (!onMark || pinned()))) return false;
  if (onMark && !touched) return false;
  const spot = spotUnder(clientX, clientY);
  if (!spot) return touched && stop();
  byTouch = touched;
  if (!touched) expects = "first";
  point(spot);
  return true;
}

/**
 * The word under a point of the window, or a finger's breadth beside it.
 * @param {number} x
 * @param {number} y
 * @returns {Spot | null}
 */
function spotUnder(x, y) {
  const place = offsetUnder(x, y);
  const spot = place === null ? null : spotAt(place);
  if (!spot) return null;
  const near = [spot, { block: spot.block, word: spot.word - 1 }].filter(({ word }) => word >= 0);
  const far = near.map((candidate) => {
    const { start, end } = placeOf(candidate);
    const boxes = [...(rangeOf(start, end)?.getClientRects() ?? [])];
    return Math.min(...boxes.map((b) => Math.max(b.left - x, x - b.right, 0) + Math.max(b.top - y, y - b.bottom, 0)));
  });
  const nearest = Math.min(...far);
  return nearest <= 24 ? (near[far.indexOf(nearest)] ?? null) : null;
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let soon;

/** @param {MouseEvent} event the button of a mouse goes up: label first, what it selected is marked */
function markSelection(event) {
  clearTimeout(soon);
  const label = pinned();
  if (!label || !(event.target instanceof Node) || !reading.contains(event.target)) return;
  // A second click selects the word; whether a third one will select the paragraph is not known yet.
  soon = setTimeout(() => selected(setting("snap") === "on") && pinned() === label && mark(label), event.detail > 1 ? 500 : 0);
}

/**
 * A label was chosen, by key or button.
 * @param {string} label
 * @returns {boolean} whether it was asked for, to be kept
 */
export function choose(label) {
  return wasAskedFor(label);
}

// --- shown and said

/** @param {Spot} spot @returns {HTMLElement | null} the piece of a mark that a word lies in */
function pieceAt(spot) {
  const node = positionOf(placeOf(spot).start)?.[0];
  return /** @type {HTMLElement | null} */ (node?.parentElement?.closest("mark") ?? null);
}

/**
 * The labels of the marks that a word lies in.
 * @param {Spot} spot
 * @returns {string[]}
 */
function labelsAt(spot) {
  const numbers = [...(pieceAt(spot)?.classList ?? [])].filter((name) => /^l\d+$/.test(name));
  const names = numbers.map((name) => tools.querySelector(`[data-n="${name.slice(1)}"]`)?.getAttribute("data-label") ?? "");
  return names.filter(Boolean);
}

/** @param {string} quote */
function short(quote) {
  const folded = quote.replace(/\s+/g, " ");
  return folded.length <= 240 ? folded : `${folded.slice(0, 110)} … ${folded.slice(-110)}`;
}

/**
 * What is said of where the cursor is: a word, a stretch, or after such a move the whole sentence; and
 * the labels that lie there.
 * @param {string} how
 * @returns {string}
 */
function told(how) {
  const place = stretchPlace();
  if (!at || !place) return "";
  let said = short(place.quote);
  if (!isOneWord(at)) said = words("stretch", said.split(" ").length, said);
  else if (BY_SENTENCE.has(how)) {
    const [first, last] = source.sentence(at.head);
    const sentence = { anchor: { ...at.head, word: first }, head: { ...at.head, word: last } };
    said = stretchPlace(sentence)?.quote.replace(/\s+/g, " ") ?? said;
  }
  const labels = labelsAt(at.head);
  return labels.length ? words("lies", said, labels.join(", ")) : said;
}

/** @param {string} text */
function say(text) {
  where.replaceChildren(text);
}

function showTools() {
  const wanted = at !== null || document.documentElement.matches(".label-first, .picking");
  tools.hidden = !wanted;
  const docked = byTouch || matchMedia("(pointer: coarse), (max-width: 40rem)").matches;
  const foot = document.querySelector(".foot")?.getBoundingClientRect().height ?? 0;
  tools.classList.toggle("docked", docked);
  tools.style.bottom = docked ? "" : `${foot + 8}px`;
  document.documentElement.classList.toggle("cursor-on", at !== null);
  for (const part of tools.querySelectorAll(".moving")) if (part instanceof HTMLElement) part.hidden = at === null;
}

function draw() {
  for (const old of overlay.querySelectorAll(".cursor-box")) old.remove();
  const place = stretchPlace();
  paint("cursor", place ? [place] : []);
  const head = at ? placeOf(at.head) : null;
  const seen = head ? rangeOf(head.start, head.end)?.getClientRects()[0] : undefined;
  box.hidden = at === null;
  if (!seen || !place) return;
  put(box, seen, document.documentElement.getBoundingClientRect());
  if ("highlights" in CSS) return;
  // Without the highlight of the browser: a box for each line.
  const boxes = [...(rangeOf(place.start, place.end)?.getClientRects() ?? [])].slice(0, 200);
  overlay.append(
    ...boxes.map((line) => {
      const drawn = document.createElement("span");
      drawn.className = "cursor-box";
      put(drawn, line, main.getBoundingClientRect());
      return drawn;
    }),
  );
}

/**
 * @param {HTMLElement} element
 * @param {DOMRect} rect
 * @param {DOMRect} home
 */
function put(element, rect, home) {
  element.style.left = `${rect.left - home.left}px`;
  element.style.top = `${rect.top - home.top}px`;
  element.style.width = `${rect.width}px`;
  element.style.height = `${rect.height}px`;
}

/** What moved under the cursor is found again. */
function redraw() {
  if (!at) return;
  draw();
  if (lettered) drawLetters(at.head);
}

/** Bring the end that moves into view, clear of what is docked above and below. */
function scroll() {
  if (!at) return;
  const head = placeOf(at.head);
  const seen = rangeOf(head.start, head.end)?.getBoundingClientRect();
  if (!seen) return;
  const top = (document.querySelector("header.top")?.getBoundingClientRect().bottom ?? 0) + 24;
  const bottom = Math.min(innerHeight, tools.getBoundingClientRect().top || innerHeight) - 24;
  const by = seen.top < Math.max(top, 24) ? seen.top - Math.max(top, 24) - 40 : seen.bottom > bottom ? seen.bottom - bottom + 80 : 0;
  if (by) scrollBy({ top: by, behavior: "instant" });
  if (by) draw();
}

