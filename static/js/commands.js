/** What a key or a button can ask for, by name; and going from mark to mark. */
import { aimBy } from "./aim.js";
import { closeProblem, politely, words } from "./announce.js";
import { labelButtons, leave } from "./bar.js";
import { step, stepUnsent } from "./borders.js";
import { choose, leaveChooser } from "./choose.js";
import { close, open, openCard, openKey, sendForm } from "./editor.js";
import { cardOf, keysOf, light, piecesOf } from "./lighting.js";
import { keyMap, keyWritten, remap, resetKeys, showKeys, STANDARD } from "./keys.js";
import { isMaking, lastMark } from "./making.js";
import { deleteUnsent, pendingCount, retryNow } from "./outbox.js";
import { offsetAt } from "./places.js";
import { kindOfKey } from "./relations.js";
import { addFragment, removeFragment } from "./fragments.js";
import { nameHere } from "./naming.js";
import { closePicker } from "./picker.js";
import { tellUnsent } from "./unsent.js";
import { toggleUnsure } from "./unsure.js";

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const reading = /** @type {HTMLElement} */ (document.getElementById("reading"));
const index = /** @type {HTMLElement} */ (document.getElementById("index"));
const COMES_BACK = "postil.focus";
const help = /** @type {HTMLDialogElement} */ (document.getElementById("help"));

/** @returns {HTMLElement | null} the mark that has the focus */
export function focusedMark() {
  const mark = document.activeElement?.closest("mark");
  return mark instanceof HTMLElement ? mark : null;
}

/** The annotation where the reader was last: the one made, opened or gone to. @type {string | null} */
let last = null;
/** Whether the reader stands behind that annotation, having just made it, rather than on it. */
let behind = false;

/**
 * @param {string | null} key
 * @param {{ standsBehind?: boolean }} [how]
 */
export function remember(key, { standsBehind = false } = {}) {
  meant = null;
  last = key;
  behind = standsBehind;
}

/** The mark where the reader stands, while it is being made. @type {Promise<string | null> | null} */
let meant = null;

/** A mark was sent: from now on the reader stands behind it, also before it is kept. */
export function rememberMaking() {
  const making = lastMark();
  meant = making;
  void making.then((key) => {
    // One that was refused is no place to act on, and the one before it was not meant.
    if (meant === making) remember(key, { standsBehind: true });
  });
}

aimBy({ focusedMark, lastKey: () => last });

/** @returns {HTMLElement | null} the mark that has the focus, else the one where the reader was last */
export function markHere() {
  const key = openKey() ?? last;
  return focusedMark() ?? (key ? (piecesOf(key, cardOf(key))[0] ?? null) : null);
}

/** @returns {string | null} the key of the annotation that has the focus, is open, or was gone to last */
export function keyHere() {
  const mark = focusedMark();
  if (!mark) return openKey() ?? last;
  const keys = keysOf(mark);
  return last && keys.includes(last) ? last : (keys.at(-1) ?? null);
}

/** @returns {number | null} the offset of the mark that has the focus or was gone to last, if it is near */
export function standsAt() {
  const mark = markHere();
  const box = mark?.getBoundingClientRect();
  if (!mark || !box || box.bottom < 0 || box.top > innerHeight) return null;
  return offsetAt(mark, 0);
}

/** @param {1 | -1} direction */
function goTo(direction) {
  const marks = /** @type {HTMLCollectionOf<HTMLElement>} */ (reading.getElementsByTagName("mark"));
  if (marks.length === 0) return politely(words("noMarks"));
  const from = markHere();
  let at = from ? [...marks].indexOf(from) : direction > 0 ? -1 : marks.length;
  if (from && direction < 0 && behind && !focusedMark()) at += 1;
  do at += direction;
  while (marks[at] && !marks[at]?.dataset["l"]);
  const mark = marks[at];
  if (!mark) return politely(words("noMarks"));
  mark.tabIndex = -1;
  mark.focus({ preventScroll: true });
  mark.scrollIntoView({ block: "nearest" });
  light(keysOf(mark));
  remember(keysOf(mark).at(-1) ?? null);
}

/**
 * The link to everything in the block of a mark, if not all of it is drawn; its cards may be folded.
 * @param {HTMLElement} mark
 */
function linkToAll(mark) {
  const block = mark.closest(".b");
  for (const key of keysOf(mark)) cardOf(key);
  return document.querySelector(`#g${block?.id.slice(1)} .crowd a`);
}

/**
 * Open what lies at a mark: the card, or the list where there are several.
 * @param {HTMLElement} mark
 */
export function openAt(mark) {
  const keys = keysOf(mark);
  if (keys.length === 1) void open(/** @type {string} */ (keys[0]));
  else choose(keys, mark.getBoundingClientRect(), (key) => void open(key), linkToAll(mark));
}

/** Keys follow each other faster than cards open: each waits for those before it. */
let ready = Promise.resolve();
let inTurn = 0;

/**
 * Do something once what was asked for before is done, and the mark that is meant is kept.
 * @param {(making: string | null) => void | Promise<void>} then told the key of a mark that was being made
 */
function afterwards(then) {
  const making = meant && isMaking() ? meant : null;
  inTurn += 1;
  ready = ready.then(async () => {
    try {
      const key = await making;
      if (!making || key) await then(key);
    } finally {
      inTurn -= 1;
    }
  });
}

/** @param {() => void} then */
function nowOrAfterwards(then) {
  if (inTurn > 0 || (meant && isMaking())) afterwards(then);
  else then();
}

/**
 * Do something with the annotation whose card is open, or with the one that has the focus; with the mark
 * that was being made when the key was pressed, if one was.
 * @param {() => void} then
 */
function withCard(then) {
  afterwards(async (making) => {
    if (making) {
      if (openKey() !== making) await open(making, { focus: false });
      if (openKey() === making) then();
      return;
    }
    const mark = focusedMark() ?? (openCard() ? null : markHere());
    const keys = mark ? keysOf(mark) : [];
    if (keys.length > 0 && !keys.includes(openKey() ?? "")) {
      const key = /** @type {string} */ (last && keys.includes(last) ? last : keys.at(-1));
      await open(key, { focus: false });
    }
    if (openCard()) then();
  });
}

/**
 * Move a border of the annotation here; of the mark just made also while the server is away.
 * @param {import("./borders.js").Step} how
 */
function border(how) {
  const unsent = !focusedMark() && !openCard() && stepUnsent(how, main.dataset["annotations"] ?? "");
  if (!unsent) withCard(() => void step(how));
}

/** @param {boolean} [wanted] */
function toggleIndex(wanted = !index.classList.contains("shown")) {
  index.classList.toggle("shown", wanted);
  document.getElementById("index-button")?.setAttribute("aria-expanded", String(wanted));
  if (wanted) {
    document.dispatchEvent(new CustomEvent("postil:index"));
    index.focus({ preventScroll: true });
  } else if (index.contains(document.activeElement) || document.activeElement === document.body) {
    document.getElementById("index-button")?.focus({ preventScroll: true });
  }
}

/**
 * The annotation that begins before another: where the reader stands once that one is deleted.
 * @param {string | null} key
 */
function neighbour(key) {
  const marks = [...reading.getElementsByTagName("mark")];
  const at = marks.findIndex((mark) => key !== null && keysOf(mark).includes(key));
  return marks.slice(0, Math.max(0, at)).flatMap(keysOf).findLast((other) => other !== key) ?? null;
}

function deleteOpen() {
  const form = openCard()?.querySelector("form[data-write=delete]");
  if (!(form instanceof HTMLFormElement)) return;
  const after = neighbour(openKey());
  void sendForm(form).then(() => {
    remember(after, { standsBehind: true });
    if (document.activeElement === document.body) reading.focus({ preventScroll: true });
  });
}

/** @type {Promise<typeof import("./suggestions.js")> | null} */
let suggestions = null;

/**
 * Do something with the module of suggestions, in the order in which it is asked for: of several imports
 * that wait for one module, the browser may answer any first.
 * @param {(module: typeof import("./suggestions.js")) => void} then
 */
function withSuggestions(then) {
  suggestions ??= import("./suggestions.js");
  void suggestions.then(then);
}

/** @type {Record<string, () => void>} */
export const COMMANDS = {
  next: () => nowOrAfterwards(() => goTo(1)),
  previous: () => nowOrAfterwards(() => goTo(-1)),
  open: () => {
    if (!focusedMark() && tellUnsent()) return;
    nowOrAfterwards(() => {
      const mark = focusedMark();
      if (mark) openAt(mark);
      else if (last && cardOf(last)) void open(last);
      else politely(words("noMarks"));
    });
  },
  delete: () => {
    const unsent = !focusedMark() && !openCard() && deleteUnsent(main.dataset["annotations"] ?? "");
    if (unsent) politely(words("deletedLater"));
    else withCard(deleteOpen);
  },
  endLater: () => border({ side: "end", by: "word", direction: 1 }),
  endEarlier: () => border({ side: "end", by: "word", direction: -1 }),
  startEarlier: () => border({ side: "start", by: "word", direction: -1 }),
  startLater: () => border({ side: "start", by: "word", direction: 1 }),
  endLaterCharacter: () => border({ side: "end", by: "character", direction: 1 }),
  endEarlierCharacter: () => border({ side: "end", by: "character", direction: -1 }),
  startEarlierCharacter: () => border({ side: "start", by: "character", direction: -1 }),
  startLaterCharacter: () => border({ side: "start", by: "character", direction: 1 }),
  unsure: () => void toggleUnsure(),
  name: nameHere,
  addFragment,
  removeFragment,
  guide: () => void import("./guide.js").then((it) => it.toggleGuide(!isReadingHere())),
  index: () => toggleIndex(),
  marks: () => {
    returnToReading();
    document.getElementById("marks-toggle")?.click();
  },
  nextDocument: () => void import("./desk.js").then((desk) => desk.go("next")),
  previousDocument: () => void import("./desk.js").then((desk) => desk.go("previous")),
  done: () => void import("./desk.js").then((desk) => desk.toggleDone()),
  find: () => void import("./find.js").then(({ openFind }) => openFind()),
  batch: () => void import("./batch.js").then(({ toggleBatching }) => toggleBatching()),
  help: () => help.showModal(),
  "close-help": () => help.close(),
  "close-editor": close,
  retry: retryNow,
  "reset-keys": () => {
    resetKeys();
    showKeysAgain();
  },
  same: () => void import("./again.js").then(({ sameAgain }) => sameAgain()),
  nextSuggestion: () => withSuggestions(({ step }) => step(1)),
  previousSuggestion: () => withSuggestions(({ step }) => step(-1)),
  accept: () => withSuggestions(({ decide }) => decide("accept")),
  reject: () => withSuggestions(({ decide }) => decide("reject")),
  suggestions: () => withSuggestions(({ togglePanel }) => togglePanel()),
  undo: () => turn("undo"),
  redo: () => turn("redo"),
};

/** Whether the focus is in the text or its bar, where marking goes on. */
function isReadingHere() {
  return document.activeElement?.closest("#reading, #bar, #cursor, #tools") != null || document.activeElement === document.body;
}

/** @param {"undo" | "redo"} way */
function turn(way) {
  const form = document.querySelector(`form[data-write=${way}]`);
  const idle = form?.querySelector("button")?.disabled && pendingCount() === 0;
  if (idle) politely(words(way === "undo" ? "noUndo" : "noRedo"));
  else if (form instanceof HTMLFormElement) void sendForm(form);
}

/** The page that comes next shall begin with the focus in its text, so that the next key works. */
export function returnToReading() {
  try {
    sessionStorage.setItem(COMES_BACK, "reading");
  } catch {
    // storage is forbidden here: the focus begins at the top
  }
}

/** After the page that a key asked for has come: the focus is in the text again, so the next key works. */
export function comeBack() {
  try {
    if (sessionStorage.getItem(COMES_BACK)) reading.focus({ preventScroll: true });
    sessionStorage.removeItem(COMES_BACK);
  } catch {
    // storage is forbidden here: Tab leads back
  }
}

/** What else can be left, with the focus outside cards and index; each tells whether it was there. @type {(() => boolean)[]} */
export const leavers = [];

/** Escape: leave the innermost thing that can be left. @returns {boolean} */
export function leaveSomething() {
  if (help.open) return false; // the dialog closes itself
  if (leaveChooser()) return true;
  if (closePicker()) return true;
  // What is loaded only when asked for leaves by itself.
  if (!document.dispatchEvent(new CustomEvent("postil:leave", { cancelable: true }))) return true;
  if (document.activeElement?.closest("#problem") && closeProblem()) {
    reading.focus({ preventScroll: true });
    return true;
  }
  if (!document.activeElement?.closest("#editor") && leave()) return true;
  if (!document.activeElement?.closest("#editor, #index") && leavers.some((leaver) => leaver())) return true;
  if (!document.activeElement?.closest("#editor, #index") && document.getElementById("guide")?.hidden === false) {
    void import("./guide.js").then((it) => it.closeGuide());
    return true;
  }
  const layers = [
    { open: index.classList.contains("shown"), leave: () => toggleIndex(false) },
    { open: openCard() !== null, leave: close },
  ];
  if (document.activeElement?.closest("#editor")) layers.reverse();
  const innermost = layers.find((layer) => layer.open);
  innermost?.leave();
  return innermost !== undefined;
}

/** No button of the dialogue waits for a key any more, or tells something: each shows its own. */
function showKeysAgain() {
  for (const button of help.querySelectorAll(".waiting, .told")) button.classList.remove("waiting", "told");
  showKeys();
}

/** Wire the dialogue of keys: a click, then the new key. */
export function wireHelp() {
  document.addEventListener("postil:setting", (event) => {
    const { name, value } = /** @type {CustomEvent} */ (event).detail;
    for (const box of document.querySelectorAll(`input[type=checkbox][data-setting="${name}"]`)) {
      /** @type {HTMLInputElement} */ (box).checked = value === "on";
    }
    if (name === "keys") politely(words(value === "on" ? "keysOn" : "keysOff"));
  });
  help.addEventListener("keydown", (event) => {
    const button = event.target instanceof HTMLElement ? event.target : null;
    const command = button?.dataset["remap"];
    if (!command || !button?.classList.contains("waiting")) return;
    if (["Shift", "Control", "Alt", "Meta", "Tab"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    button.classList.remove("waiting");
    if (event.key === "Escape") return showKeys();
    const key = event.key === "Backspace" ? "" : keyWritten(event);
    const holder = Object.entries(keyMap()).find(([name, held]) => held === key && key && name !== command)?.[0];
    const label = labelButtons().find((candidate) => candidate.dataset["key"] === key);
    const kind = kindOfKey(key)?.name;
    if (holder || label || kind) {
      const what = kind ?? (holder ? help.querySelector(`[data-remap="${holder}"]`)?.getAttribute("aria-label") : label?.querySelector("bdi")?.textContent);
      politely(words("taken", what ?? key));
      button.textContent = words("taken", what ?? key);
      button.classList.add("told");
      return;
    }
    remap(command, key);
    showKeys();
  });
  help.addEventListener("close", showKeysAgain);
  help.addEventListener("click", (event) => {
    const button = event.target instanceof HTMLElement ? event.target.closest("[data-remap]") : null;
    if (!(button instanceof HTMLElement) || !((button.dataset["remap"] ?? "") in STANDARD)) return;
    showKeysAgain();
    button.classList.add("waiting");
    button.textContent = "…";
  });
}
