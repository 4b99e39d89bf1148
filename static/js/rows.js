/**
 * Lists of rows that one goes through by keys: up and down, choosing with a key, a click or a stretch of
 * clicks, and acting on what is chosen. Without scripts they are links and checkboxes in a form.
 */

import { keysMeant } from "./keys.js";

/** @typedef {{ row: HTMLElement, link: HTMLElement, box: HTMLInputElement | null }} Row */

/** @param {Element | null} place @returns {HTMLElement | null} */
function listOf(place) {
  return /** @type {HTMLElement | null} */ (place?.closest("[data-rows]") ?? null);
}

/** @param {HTMLElement} list @returns {Row[]} */
function rowsOf(list) {
  return /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[data-row]")]).map(partsOf);
}

/** @param {HTMLElement} row @returns {Row} */
function partsOf(row) {
  const box = row.querySelector("input[type=checkbox]");
  return {
    row,
    link: /** @type {HTMLElement} */ (row.querySelector("[data-row-link]")),
    box: box instanceof HTMLInputElement ? box : null,
  };
}

/** @param {Row | undefined} to */
function goTo(to) {
  to?.link.focus({ preventScroll: true });
  to?.row.scrollIntoView({ block: "nearest" });
}

/** Say how many rows are chosen, and let the buttons act only when there is something to act on. @param {HTMLElement} list */
function count(list) {
  const boxes = rowsOf(list).flatMap(({ box }) => (box ? [box] : []));
  const chosen = boxes.filter((box) => box.checked).length;
  counted.add(list);
  const place = list.querySelector("[data-chosen]");
  if (place) place.textContent = chosen ? String(chosen) : "";
  const all = list.querySelector("[data-all]");
  if (all instanceof HTMLInputElement) {
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
}

/** @param {Row} row @param {boolean} [wanted] */
function choose({ row, box }, wanted) {
  if (!box) return;
  box.checked = wanted ?? !box.checked;
  const list = listOf(row);
  if (list) count(list);
}

/**
 * Press a button of the list for what is chosen, or else for the row that one is on.
 * @param {HTMLElement} list
 * @param {HTMLButtonElement} button
 * @param {Row | undefined} here
 */
function act(list, button, here) {
  const chosen = rowsOf(list).some(({ box }) => box?.checked);
  if (!chosen && !here?.box) return;
  if (!chosen && here) choose(here, true);
  button.click();
}

/** @param {KeyboardEvent} event */
function isTyping(event) {
  return event.target instanceof Element && event.target.matches("textarea, select, input:not([type=checkbox], [type=radio])");
}

/** Lists that are counted: not drawn anew since. @type {WeakSet<HTMLElement>} */
const counted = new WeakSet();
/** The row where a stretch of clicks begins. @type {HTMLElement | null} */
let anchor = null;
/** Where the focus goes when the list has been drawn anew: the number of the row. */
let again = -1;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const keys = keysMeant(event);
  if ((event.ctrlKey || event.metaKey) && keys.some((key) => /^z$/i.test(key)) && !isTyping(event)) {
    const turn = document.getElementById(event.shiftKey ? "lately-redo" : "lately-undo");
    if (turn) {
      event.preventDefault();
      turn.click();
    }
    return;
  }
  if (isTyping(event)) return;
  if (keys.includes("/") && !event.ctrlKey && !event.metaKey) {
    const field = document.querySelector("[data-find-field]");
    if (field instanceof HTMLInputElement) {
      event.preventDefault();
      field.focus();
      field.select();
    }
    return;
  }
  const target = event.target instanceof Element ? event.target : null;
  const row = /** @type {HTMLElement | null} */ (target?.closest("[data-row]") ?? null);
  const list = listOf(row) ?? (target === document.body ? document.querySelector("[data-rows]") : null);
  if (!(list instanceof HTMLElement) || (target?.closest("button, summary, [data-cell]") && !row)) return;
  if (target?.closest("[data-cell]")) return;
  const rows = rowsOf(list);
  const at = rows.findIndex((each) => each.row === row);
  const here = rows[at];
  const chord = event.ctrlKey || event.metaKey;
  if (chord && event.key !== " ") return;
  const button = [...list.querySelectorAll("button[data-key]")].find((each) => keys.includes(/** @type {HTMLElement} */ (each).dataset["key"] ?? ""));
  if (keys.includes("j") || event.key === "ArrowDown") goTo(rows[Math.min(at + 1, rows.length - 1)]);
  else if (keys.includes("k") || event.key === "ArrowUp") goTo(rows[Math.max(at - 1, 0)]);
  else if (event.key === "Home") goTo(rows[0]);
  else if (event.key === "End") goTo(rows.at(-1));
  else if (here && (keys.includes("x") || (event.key === " " && target?.matches("a")))) {
    choose(here);
    anchor = here.row;
  } else if (button instanceof HTMLButtonElement) {
    again = at;
    act(list, button, here);
  } else if (keys.includes("b")) {
    const change = list.querySelector("button[data-act]:not([data-key])");
    if (change instanceof HTMLButtonElement) act(list, change, here);
    else return;
  } else return;
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const box = event.target;
  if (!(box instanceof HTMLInputElement) || box.type !== "checkbox") return;
  const list = listOf(box);
  if (!list) return;
  if (box.matches("[data-all]")) {
    const wanted = box.checked; // counting below sets the box itself
    for (const row of rowsOf(list)) choose(row, wanted);
    return;
  }
  const row = /** @type {HTMLElement | null} */ (box.closest("[data-row]"));
  const rows = rowsOf(list);
  const [from, to] = [rows.findIndex((each) => each.row === anchor), rows.findIndex((each) => each.row === row)];
  if (event.shiftKey && from >= 0) {
    for (const each of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) choose(each, box.checked);
  }
  anchor = row;
  count(list);
});

document.addEventListener("submit", (event) => {
  const list = event.target instanceof HTMLElement && event.target.matches("[data-rows]") ? event.target : null;
  if (list && again < 0) again = rowsOf(list).findIndex(({ row }) => row.contains(document.activeElement));
}, true);

document.body.addEventListener("htmx:afterSwap", () => {
  const list = document.querySelector("[data-rows]");
  if (!(list instanceof HTMLElement) || counted.has(list)) return; // something else was swapped
  count(list);
  if (again >= 0) goTo(rowsOf(list)[again]);
  again = -1;
});

/** A refusal is shown above the list, which stays as it is. */
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, isError, requestConfig } = /** @type {CustomEvent} */ (event).detail;
  const list = listOf(requestConfig?.elt);
  if (!list) return;
  list.parentElement?.querySelector(":scope > .problem")?.remove();
  if (!isError) return;
  /** @type {CustomEvent} */ (event).detail.shouldSwap = false;
  const drawn = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector(".problem");
  if (!drawn) return;
  list.before(document.adoptNode(drawn));
  document.getElementById("assertive")?.replaceChildren(drawn.textContent?.replace(/\s+/g, " ").trim() ?? "");
});

for (const list of document.querySelectorAll("[data-rows]")) count(/** @type {HTMLElement} */ (list));

export {}; // a module: its names are its own
