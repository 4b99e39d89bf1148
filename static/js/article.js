/** The article page. This module alone wires events; the others do one thing each. */
import { assertively, politely, words } from "./announce.js";
import { rearrange, watch } from "./arrange.js";
import { labelButtons, mark, wireBar } from "./bar.js";
import { moveTo } from "./borders.js";
import { wireChooser, choose } from "./choose.js";
import { COMMANDS, comeBack, focusedMark, leaveSomething, openAt, remember, rememberMaking, wireHelp } from "./commands.js";
import { cursorKey, cursorTap, isChosenFirst, wireCursorDoor } from "./door.js";
import { open, openKey, show, wireEditor } from "./editor.js";
import { unfoldAll } from "./folds.js";
import { wireHandles } from "./handles.js";
import { wireSwaps } from "./inplace.js";
import { commandOf, isChord, keysMeant, meantBy, showKeys } from "./keys.js";
import { cardOf, keysOf, light, paint } from "./lighting.js";
import { pendingPlaces, resume } from "./outbox.js";
import { selected } from "./places.js";
import { wireFragments } from "./fragments.js";
import { wireNaming } from "./naming.js";
import { wirePicker } from "./picker.js";
import { isLinking, joinWith, kindOfKey, relate, wireRelations } from "./relations.js";
import "./seen.js";
import { setting, wireSettings } from "./settings.js";
import { fetchPart, wireSwapping } from "./swapping.js";
import { blocksOf, wireStanding } from "./standing.js";
import { tellUnder } from "./unsent.js";
import { wireUnsettled } from "./unsettled.js";

const reading = /** @type {HTMLElement} */ (document.getElementById("reading"));
const main = /** @type {HTMLElement} */ (document.getElementById("main"));

function paintPending() {
  paint("pending", pendingPlaces());
}

/** @param {Event} event */
function element(event) {
  return event.target instanceof Element ? event.target : null;
}

// --- several marks at once

/** The module of batches while it is on its way, the first time. @type {Promise<void> | null} */
let choosing = null;

/**
 * Whether a click is one that chooses marks: with Ctrl, with Shift at a card, or while one is choosing.
 * @param {MouseEvent} event
 * @param {Element} target
 */
function choosesSeveral(event, target) {
  const held = event.ctrlKey || event.metaKey || (event.shiftKey && target.closest(".card") !== null);
  const choosing = document.documentElement.classList.contains("batching");
  if (!(held || choosing) || !target.closest(".card, mark")) return false;
  event.preventDefault();
  chooseMark(target, { stretch: event.shiftKey });
  return true;
}

/**
 * Choose a mark, or no longer; keys that are pressed before it is done wait for it.
 * @param {Element} target
 * @param {{ stretch?: boolean }} [how]
 */
function chooseMark(target, how) {
  const under = import("./batch.js").then(({ pick }) => {
    pick(target, how);
    if (choosing === under) choosing = null;
  });
  choosing = under;
}
reading.addEventListener("mousedown", (event) => {
  if (event.shiftKey && element(event)?.closest(".card")) event.preventDefault(); // no stretch of text
});

// --- pointer

reading.addEventListener("click", (event) => {
  const target = element(event);
  if (target && choosesSeveral(event, target)) return;
  if (!target || !getSelection()?.isCollapsed || cursorTap(event)) return;
  const card = target.closest(".card");
  if (card instanceof HTMLElement) {
    event.preventDefault();
    const key = card.id.slice(1);
    if (isLinking()) void joinWith(key);
    else void open(key);
    return;
  }
  const found = target.closest("mark");
  if (!(found instanceof HTMLElement)) return tellUnder(event);
  if (target.closest("a") && !isLinking()) return;
  const keys = keysOf(found);
  if (!isLinking()) openAt(found);
  else if (keys.length === 1) void joinWith(/** @type {string} */ (keys[0]));
  else choose(keys, found.getBoundingClientRect(), (key) => void joinWith(key));
});

/** @param {Event} event */
function lightUnder(event) {
  const target = element(event);
  const card = target?.closest(".card");
  const found = target?.closest("mark");
  if (card) light([card.id.slice(1)]);
  else light(found ? keysOf(found) : []);
}
reading.addEventListener("pointerover", lightUnder);
reading.addEventListener("pointerleave", () => light([]));
reading.addEventListener("focusin", lightUnder);

// --- links to one annotation: in the index, in a card, in the address

document.addEventListener("click", (event) => {
  const link = element(event)?.closest("a[data-key]");
  if (!(link instanceof HTMLElement) || event.ctrlKey || event.metaKey) return;
  const key = link.dataset["key"] ?? "";
  if (!cardOf(key)) return;
  event.preventDefault();
  void open(key, { scroll: true });
});

document.addEventListener("click", (event) => {
  const asker = element(event)?.closest("[data-command]");
  if (!(asker instanceof HTMLElement)) return;
  if (asker instanceof HTMLAnchorElement && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
  const name = asker.dataset["command"] ?? "";
  if (name === "link") {
    event.preventDefault();
    history.replaceState(null, "", `#c${openKey()}`);
    void navigator.clipboard?.writeText(location.href).then(() => politely(words("copied")));
    return;
  }
  if (name === "marks") return; // a link of its own
  event.preventDefault();
  COMMANDS[name]?.();
});

function showFromAddress() {
  const key = /^#c(\d+)$/.exec(location.hash)?.[1];
  if (key && cardOf(key)) {
    show(key);
    void open(key, { scroll: true });
  }
}
addEventListener("hashchange", showFromAddress);

/** @param {string} label */
function markAs(label) {
  if (isChosenFirst(label)) return;
  if (mark(label)) rememberMaking();
}

// --- keys

/** @param {KeyboardEvent} event */
function isTyping(event) {
  const target = element(event);
  return target !== null && target.matches("textarea, select, input:not([type=checkbox], [type=radio])");
}

/** Whether the reading area has the focus: the text itself, a mark in it, or the bar at a selection. */
function isReading() {
  const active = document.activeElement;
  if (active === reading || focusedMark()) return true;
  if (active?.closest("#bar, #offer, #cursor, #tools")) return true;
  return (active === document.body || active === main) && selected(false) !== null;
}

/** What keys do even while nothing has the focus, as on a page just opened: they go and show, and change nothing. */
const GOING = new Set(["help", "next", "previous", "find"]);

/** With Ctrl. @type {Record<string, string>} */
const TURNS = { z: "undo", y: "redo" };

/**
 * What a key does in the text: a label, a relation, or a command.
 * @param {string} key
 * @returns {(() => void) | null}
 */
function actionOf(key) {
  const button = labelButtons().find((candidate) => candidate.dataset["key"] === key);
  if (button) return () => markAs(button.dataset["label"] ?? "");
  const kind = kindOfKey(key);
  if (kind) return () => relate(kind.name);
  return COMMANDS[commandOf(key) ?? ""] ?? null;
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  const chord = event.ctrlKey || event.metaKey;
  if (document.querySelector("dialog[open]")) return;
  const turned = chord && !event.altKey && !isTyping(event) && meantBy(event, (key) => TURNS[key.toLowerCase()]);
  if (turned) {
    event.preventDefault();
    COMMANDS[event.shiftKey ? "redo" : turned]?.();
    return;
  }
  if (event.key === "Escape") {
    if (!document.querySelector("details.menu[open]")) leaveSomething();
    return;
  }
  if (chord && event.key === " " && element(event)?.closest("#reading :is(mark, .card)")) {
    event.preventDefault();
    chooseMark(/** @type {Element} */ (element(event)));
    return;
  }
  if (!isTyping(event) && cursorKey(event, isReading())) {
    event.preventDefault();
    return;
  }
  if (isChord(event) || isTyping(event)) return;
  if (!isReading()) {
    const command = document.activeElement === document.body && setting("keys") !== "off" && meantBy(event, commandOf);
    if (!command || !GOING.has(command)) return;
    event.preventDefault();
    COMMANDS[command]?.();
    return;
  }
  if (event.key === "Enter") {
    if (element(event)?.closest("a, button, .card")) return; // these do what they say
    event.preventDefault();
    COMMANDS["open"]?.();
    return;
  }
  if (setting("keys") === "off") return;
  if (choosing) {
    const keys = keysMeant(event); // pressed for the marks chosen, before the module that knows them had come
    event.preventDefault();
    void choosing.then(() => import("./batch.js")).then(({ actOn }) => keys.some(actOn));
    return;
  }
  const action = meantBy(event, actionOf);
  if (!action) return;
  event.preventDefault();
  action();
});

// --- what follows a change

/** The page comes without its index, which is fetched when somebody wants to see it. */
let indexIsOld = true;
async function refreshIndex() {
  if (!indexIsOld || !document.getElementById("index")?.classList.contains("shown")) return;
  indexIsOld = false;
  try {
    await fetchPart(`${main.dataset["index"]}${location.search}`, { target: "#index-body", swap: "innerHTML" });
  } catch {
    indexIsOld = true; // the server is away: opening it again asks again
    assertively(words("noCard"));
  }
}
document.addEventListener("postil:index", () => void refreshIndex());
document.addEventListener("postil:answer", (event) => {
  paintPending();
  rearrange(blocksOf(/** @type {CustomEvent} */ (event).detail.response));
  indexIsOld = true;
  void refreshIndex();
});
document.addEventListener("postil:pending", paintPending);
document.addEventListener("postil:renewed", (event) => {
  rearrange(/** @type {CustomEvent} */ (event).detail.blocks);
  indexIsOld = true;
  void refreshIndex();
});
document.addEventListener("postil:closed", (event) => remember(/** @type {CustomEvent} */ (event).detail.key));

/** The notes are numbered in the order of their places; swaps leave gaps that only paper shows. */
addEventListener("beforeprint", () => {
  unfoldAll();
  [...reading.getElementsByClassName("card")].forEach((card, n) => {
    if (card instanceof HTMLElement) card.dataset["no"] = String(n + 1);
  });
  for (const piece of reading.querySelectorAll("mark[data-l]")) {
    if (!(piece instanceof HTMLElement)) continue;
    const begun = keysOf(piece).slice(-[.../** @type {string} */ (piece.dataset["l"]).replaceAll("…", "")].length);
    piece.dataset["no"] = begun.map((key) => cardOf(key)?.dataset["no"] ?? "").join(",");
  }
});

document.getElementById("whole")?.addEventListener("click", (event) => {
  unfoldAll();
  main.classList.remove("long");
  /** @type {HTMLElement} */ (event.currentTarget).closest("p")?.remove();
  reading.focus({ preventScroll: true });
});

wireSwapping();
wireSettings(document);
wireBar(markAs);
wireCursorDoor(markAs);
wireChooser();
wireEditor();
wireSwaps();
wireHandles((start, end) => void moveTo(start, end));
wireRelations();
wirePicker();
if (document.getElementById("document-labels")) void import("./wholes.js").then(({ wireWholes }) => wireWholes());
wireNaming();
wireFragments();
wireHelp();
showKeys();
watch();
wireStanding();
wireUnsettled();
void resume().then(() => Promise.all([import("./mail.js"), import("./livearticle.js")]));
comeBack();
showFromAddress();
if (location.search.includes("find=")) void import("./find.js").then(({ findFromAddress }) => findFromAddress());
document.documentElement.classList.add("ready");
void import("./desk.js").then((desk) => desk.begin());
