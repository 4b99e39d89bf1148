/**
 * The way to the cursor: its modules come when it is first asked for. What is typed until they are here
 * is kept, and happens then, in order.
 */
import { politely, takeWords, words } from "./announce.js";
import { COMMANDS } from "./commands.js";
import { labelWithShift } from "./bar.js";
import { CURSOR, showKeys } from "./keys.js";
import { isLinking } from "./relations.js";

/** @type {typeof import("./cursor.js") | null} */
let cursor = null;
/** What waits for the modules. @type {(() => void)[] | null} */
let waiting = null;
/** @type {(label: string) => void} */
let marker = () => {};

/** @returns {Promise<void>} once the cursor's style sheet is there, or cannot be had */
function styles() {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL("../css/cursor.css", import.meta.url).href;
  document.head.append(link);
  return new Promise((resolve) => ["load", "error"].forEach((end) => link.addEventListener(end, () => resolve())));
}

/** The cursor's own part of the page, put behind the text and before all other tools. */
async function parts() {
  if (document.getElementById("cursor-parts")) return;
  const annotations = new URL(document.getElementById("main")?.dataset["annotations"] ?? "", location.href);
  const answer = await fetch(new URL("../cursor", annotations));
  if (!answer.ok) throw new Error(`${answer.status}`);
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("cursor-parts");
  if (!drawn) throw new Error("no cursor");
  takeWords(drawn);
  document.getElementById("bar")?.after(drawn);
  const [pin, keys] = drawn.getElementsByTagName("template");
  if (pin) document.getElementById("bar")?.append(pin.content);
  if (keys) document.querySelector("#key-list tr:nth-last-child(2)")?.before(keys.content);
  showKeys();
}

/** @type {Promise<typeof import("./cursor.js")> | null} */
let coming = null;

/** @returns {Promise<typeof import("./cursor.js")>} asked for once; again when it could not be had */
function fetched() {
  coming ??= Promise.all([parts(), styles(), import("./moves.js"), import("./source.js")]).then(() => import("./cursor.js"));
  coming.catch(() => (coming = null));
  return coming;
}

/** @param {(now: typeof import("./cursor.js")) => void} then */
function withCursor(then) {
  if (cursor) return then(cursor);
  const later = () => then(/** @type {typeof import("./cursor.js")} */ (cursor));
  if (waiting) return void waiting.push(later);
  waiting = [later];
  void fetched().then(
    (module) => {
      if (!cursor) module.wireCursor(marker);
      cursor = module;
      const kept = waiting ?? [];
      waiting = null;
      for (const act of kept) act();
    },
    () => {
      waiting = null; // the next key asks again
      politely(words("noCard"));
    },
  );
}

/**
 * Whether its button was pressed, and it is on its way: what is typed now is meant for it, not for the button.
 * @param {KeyboardEvent} event
 */
function isMeantForIt({ key }) {
  const active = document.activeElement;
  return waiting !== null && (active === document.body || (active?.matches("[data-command=cursor]") && key !== "Enter" && key !== " "));
}

/**
 * @param {KeyboardEvent} event
 * @param {boolean} inText whether the text, or the cursor, has the focus
 * @returns {boolean} whether the key was for the cursor
 */
export function cursorKey(event, inText) {
  if (!(inText || isMeantForIt(event)) || ["Shift", "Control", "Alt", "Meta", "Tab", "Escape"].includes(event.key)) return false;
  if (cursor?.key(event)) return true;
  if (waiting) {
    const { key, code, shiftKey, ctrlKey, metaKey, altKey } = event;
    const modifierAltGraph = event.getModifierState("AltGraph");
    waiting.push(() => {
      const again = new KeyboardEvent("keydown", { key, code, shiftKey, ctrlKey, metaKey, altKey, modifierAltGraph, bubbles: true, cancelable: true });
      (document.activeElement ?? document.body).dispatchEvent(again);
    });
    return true;
  }
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (plain && !event.shiftKey && /^Arrow(Left|Right)$/.test(event.key) && !document.activeElement?.closest("#bar")) {
    withCursor((now) => now.run("cursor"));
    return true;
  }
  if (plain && !cursor && labelWithShift(event)) {
    withCursor((now) => void now.key(event));
    return true;
  }
  return false;
}

/**
 * A click or tap in the text.
 * @param {MouseEvent} event
 * @returns {boolean} whether it was for the cursor
 */
export function cursorTap(event) {
  const target = event.target instanceof Element ? event.target : null;
  if (!(event instanceof PointerEvent) || isLinking() || !target?.closest(".text") || target.closest("a, .card")) return false;
  if (cursor) return cursor.tap(event);
  if (event.pointerType !== "touch" || target.closest("mark")) return false;
  const { clientX, clientY, pointerType } = event;
  withCursor((now) => void now.tap({ clientX, clientY, pointerType, target }));
  return true;
}

/**
 * A label was chosen.
 * @param {string} label
 * @returns {boolean} whether it was asked for to be kept, rather than to mark now
 */
export function isChosenFirst(label) {
  return cursor?.choose(label) ?? false;
}

/** @param {(label: string) => void} mark marks what is selected or, if nothing is, the cursor's stretch */
export function wireCursorDoor(mark) {
  marker = mark;
  // Whoever touches the page may soon want it, and the server may be away then.
  for (const sign of ["keydown", "pointerdown", "selectionchange"]) {
    document.addEventListener(sign, () => void fetched().catch(() => null), { once: true });
  }
  for (const name of CURSOR) COMMANDS[name] = () => withCursor((now) => now.run(name));
}
