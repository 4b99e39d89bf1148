/** Label first: one label is chosen, then each selection or tap marks, until it is left. */
import { politely, words } from "./announce.js";
import { follow } from "./bar.js";

const root = document.documentElement;
const tools = /** @type {HTMLElement} */ (document.getElementById("tools"));
const told = /** @type {HTMLElement} */ (document.getElementById("label-first"));

let label = "";
/** Whether the next label that is chosen is the one to keep. */
let picking = false;

/** @returns {string} empty when none is kept */
export function pinned() {
  return label;
}

/** Ask for the label; or leave it, when there is one. */
export function askForLabel() {
  if (leaveLabel()) return;
  picking = true;
  politely(words("pickLabel"));
  show();
}

/**
 * A label was chosen.
 * @param {string} chosen
 * @returns {boolean} whether it was chosen to be kept
 */
export function wasAskedFor(chosen) {
  if (!picking) return false;
  pin(chosen);
  return true;
}

/** @param {string} chosen */
export function pin(chosen) {
  picking = false;
  label = chosen;
  politely(words("labelFirst", nameOf(chosen)));
  show();
}

/** @returns {boolean} whether there was something to leave */
export function leaveLabel() {
  if (!label && !picking) return false;
  const was = label;
  label = "";
  picking = false;
  if (was) politely(words("labelFirstOff", nameOf(was)));
  show();
  return true;
}

/** @param {string} name */
function nameOf(name) {
  return buttonOf(name)?.querySelector("bdi")?.textContent ?? name;
}

/** @param {string} name @returns {HTMLElement | null} */
function buttonOf(name) {
  return tools.querySelector(`[data-label="${CSS.escape(name)}"]`);
}

function show() {
  root.classList.toggle("label-first", label !== "");
  root.classList.toggle("picking", picking);
  for (const button of tools.querySelectorAll("[data-label]")) {
    if (button instanceof HTMLElement) button.setAttribute("aria-pressed", String(button.dataset["label"] === label));
  }
  for (const button of document.querySelectorAll("[data-command=labelFirst]")) {
    button.setAttribute("aria-pressed", String(label !== "" || picking));
  }
  told.textContent = label ? words("labelFirstShort", nameOf(label)) : picking ? words("pickLabel") : "";
  told.className = [...(buttonOf(label)?.classList ?? [])].filter((name) => name.startsWith("k0-")).join(" ");
  follow();
  document.dispatchEvent(new CustomEvent("postil:label-first"));
}
