/**
 * The list of marks in doubt by keys: n and p go from one to the next, a says that a mark lies where it
 * belongs, m goes to move it, Delete deletes it. What is settled leaves the list, and the next has the focus.
 */
import { isChord, meantBy } from "./keys.js";
import "./plain.js";

const list = document.querySelector(".doubts");

/** @returns {HTMLElement[]} */
function items() {
  return list ? /** @type {HTMLElement[]} */ ([...list.children]) : [];
}

/** @returns {number} */
function current() {
  return items().findIndex((item) => item.contains(document.activeElement));
}

/** @param {number} number */
function goTo(number) {
  const all = items();
  const item = all[Math.min(Math.max(number, 0), all.length - 1)];
  item?.focus();
  item?.scrollIntoView({ block: "nearest" });
}

/** @param {string} what */
function act(what) {
  const button = items()[current()]?.querySelector(`[data-do="${what}"]`);
  if (button instanceof HTMLElement) button.click();
}

/** @type {Record<string, () => void>} */
const ACTIONS = {
  n: () => goTo(current() + 1),
  p: () => goTo(current() - 1),
  a: () => act("a"),
  m: () => act("m"),
  Delete: () => act("delete"),
};

document.addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (isChord(event) || target.closest("input, textarea, select")) return;
  const action = meantBy(event, (key) => ACTIONS[key.length === 1 ? key.toLowerCase() : key]);
  if (!action) return;
  event.preventDefault();
  action();
});

let place = 0;
document.addEventListener("htmx:beforeSwap", () => {
  place = Math.max(current(), 0);
});
document.addEventListener("htmx:afterSettle", () => {
  const left = items().length;
  if (left === 0) {
    document.getElementById("all")?.remove();
    const said = /** @type {HTMLElement | null} */ (document.getElementById("settled"));
    if (said) {
      said.hidden = false;
      said.querySelector("a")?.focus();
    }
  } else if (current() < 0) {
    goTo(place);
  }
});

goTo(0);
