/**
 * The small list that opens beside a mark, or above the bottom edge on narrow screens: one field, the
 * choices below it. It is the same for where a relation leads and for the name of an actor or concept.
 */
import { boxOf } from "./aim.js";
import { words } from "./announce.js";
import { combobox } from "./combobox.js";
import { cardOf, light } from "./lighting.js";
import { isAway, pendingLetters } from "./outbox.js";

/**
 * @typedef {object} Asked
 * @property {string} title what is chosen
 * @property {import("./aim.js").Aim} at the annotation that it is chosen for
 * @property {HTMLElement | null} button what asked for it, if not a key
 * @property {string} address where the list comes from; `q` says what is typed
 * @property {(option: HTMLElement | null) => void} taken
 * @property {() => void} closed
 */

const [picker, title, close, field, list] = made();

/** Its elements, put into the page. @returns {[HTMLElement, HTMLElement, HTMLElement, HTMLInputElement, HTMLElement]} */
function made() {
  const box = put("div", document.body, { id: "picker", class: "ui", role: "dialog", "aria-labelledby": "picker-title" });
  box.hidden = true;
  const head = put("p", box, {});
  const label = put("label", head, { id: "picker-title", for: "picker-field" });
  const button = put("button", head, { type: "button", class: "quiet", "aria-label": words("close") });
  button.textContent = "✕";
  const input = /** @type {HTMLInputElement} */ (
    put("input", box, {
      type: "text",
      id: "picker-field",
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": "picker-list",
      autocomplete: "off",
      spellcheck: "false",
      dir: "auto",
    })
  );
  const choices = put("ul", box, { id: "picker-list", class: "choices", role: "listbox", "aria-labelledby": "picker-title" });
  choices.hidden = true;
  const known = put("ul", document.body, { id: "known-names", class: "choices ui", role: "listbox", "aria-label": words("names") });
  known.hidden = true;
  return [box, label, button, input, choices];
}

/**
 * @param {string} tag
 * @param {HTMLElement} into
 * @param {Record<string, string>} attributes
 */
function put(tag, into, attributes) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  into.append(element);
  return element;
}

const EVENTS = ["postil:pending", "postil:kept", "postil:refused", "postil:away"];

/** @type {Asked | null} */
let open = null;
/** @type {HTMLElement | null} */
let cameFrom = null;

export function isPicking() {
  return open !== null && !picker.hidden;
}

/**
 * Resolves when everything that waits now has its answer, or when the server cannot be reached.
 * @returns {Promise<void>}
 */
async function keptSoFar() {
  const last = pendingLetters().at(-1)?.op;
  if (last === undefined) return;
  await new Promise((resolve) => {
    const look = () => {
      if (!isAway() && pendingLetters().some(({ op }) => op === last)) return;
      for (const event of EVENTS) document.removeEventListener(event, look);
      resolve(undefined);
    };
    for (const event of EVENTS) document.addEventListener(event, look);
    look();
  });
}

/**
 * The options for what is typed. What was marked just before is kept first, so that it is among them.
 * @param {string} from the address of the list
 * @param {string} typed
 * @returns {Promise<string | null>}
 */
export async function fetchChoices(from, typed) {
  const address = new URL(from, location.href);
  address.searchParams.set("q", typed);
  await keptSoFar();
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  return answer?.ok ? answer.text().catch(() => null) : null;
}

const choices = combobox(field, list, {
  ask: async (typed) => (open ? fetchChoices(open.address, typed) : null),
  take: (option) => {
    const asked = open;
    closePicker();
    asked?.taken(option);
  },
  later: (option) => {
    const asked = open;
    closePicker();
    void option.then((one) => asked?.taken(one));
  },
  shown: (option) => {
    const key = option?.dataset["key"];
    if (isPicking()) light(key && cardOf(key) ? [key] : []);
  },
  first: true,
  digits: true,
});

/** @param {Asked} asked */
export function pick(asked) {
  closePicker();
  open = asked;
  const active = document.activeElement;
  cameFrom = asked.button ?? (active instanceof HTMLElement && active !== document.body ? active : null);
  title.textContent = asked.title;
  field.value = "";
  choices.clear();
  picker.hidden = false;
  place(asked.button?.getBoundingClientRect() ?? boxOf(asked.at));
  field.focus({ preventScroll: true });
  choices.renew();
}

/** @param {DOMRect | null} beside */
function place(beside) {
  picker.style.left = picker.style.top = "";
  const docked = matchMedia("(max-width: 40rem)").matches || !beside;
  picker.classList.toggle("docked", docked);
  if (docked || !beside) return;
  const { width } = picker.getBoundingClientRect();
  const height = 340; // as high as it may grow
  const above = beside.bottom + height > innerHeight && beside.top > innerHeight - beside.bottom;
  picker.style.left = `${Math.max(8, Math.min(beside.left, innerWidth - width - 8))}px`;
  picker.style.top = above ? "auto" : `${Math.max(8, beside.bottom + 6)}px`;
  picker.style.bottom = above ? `${innerHeight - beside.top + 6}px` : "auto";
}

/** Take it out of sight, with the focus back where it was. */
function hide() {
  const inside = picker.contains(document.activeElement) || document.activeElement === document.body;
  picker.hidden = true;
  light([]);
  if (!inside) return;
  const back = cameFrom?.isConnected ? cameFrom : document.getElementById("reading");
  back?.focus({ preventScroll: true });
}

/** Close it. @returns {boolean} whether it was open */
export function closePicker() {
  if (!open) return false;
  const was = open;
  hide();
  open = null;
  choices.clear();
  was.closed();
  return true;
}

export function wirePicker() {
  picker.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      closePicker();
    } else if (event.key === "Tab") closePicker();
  });
  close.addEventListener("click", () => closePicker());
}
