/**
 * A field with a list of choices that the server draws (the combobox pattern of ARIA): arrows go through
 * the list, Enter takes, Escape leaves. Keys do not wait for the list: what is pressed before it has
 * come counts when it does.
 */
import { politely, words } from "./announce.js";

/**
 * @typedef {object} Combobox
 * @property {() => void} renew ask for the list that fits what is in the field
 * @property {() => void} clear
 */

const PAUSE = 60;

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} list
 * @param {object} how
 * @param {(typed: string) => Promise<string | null>} how.ask the options as HTML, null when there is no answer
 * @param {(option: HTMLElement | null) => void} how.take what is to be done with the option taken; null: there is none
 * @param {(option: Promise<HTMLElement | null>) => void} [how.later] something was taken before the list came
 * @param {(option: HTMLElement | null) => void} [how.shown] an option became the current one
 * @param {boolean} [how.first] whether the first one is current from the beginning
 * @param {boolean} [how.digits] whether 1 to 9 take while nothing is typed
 * @param {AbortSignal} [how.signal] ends it
 * @returns {Combobox}
 */
export function combobox(input, list, { ask, take, later, shown = () => {}, first = false, digits = false, signal }) {
  const lowest = first ? 0 : -1;
  let asked = 0;
  let fresh = false;
  /** How far down arrows went while the list was under way. */
  let steps = 0;
  let current = -1;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** What is being asked for. @type {{ typed: string, html: Promise<string | null> } | null} */
  let under = null;

  const options = () => optionsIn(list);

  /** @param {number} at */
  function go(at) {
    const all = options();
    current = all.length ? Math.max(lowest, Math.min(at, all.length - 1)) : -1;
    all.forEach((option, n) => option.setAttribute("aria-selected", String(n === current)));
    const option = all[current] ?? null;
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
    shown(option);
  }

  /** @param {string} typed @returns {Promise<string | null>} */
  function request(typed) {
    if (under?.typed !== typed) under = { typed, html: ask(typed) };
    return under.html;
  }

  async function renew() {
    clearTimeout(timer);
    fresh = false;
    asked += 1;
    const mine = asked;
    const typed = input.value.trim();
    const html = await request(typed);
    if (mine !== asked) return;
    under = null;
    list.replaceChildren(...drawn(html, list.id));
    list.hidden = false;
    list.dataset["typed"] = typed;
    input.setAttribute("aria-expanded", "true");
    fresh = true;
    go(lowest + steps);
    steps = 0;
    // While nothing is typed, what was said when the field got the focus is not talked over.
    if (html === null) politely(words("noList"));
    else if (typed) politely(words("choices", options().length));
  }

  function clear() {
    clearTimeout(timer);
    asked += 1;
    under = null;
    fresh = false;
    steps = 0;
    current = -1;
    list.replaceChildren();
    list.hidden = true;
    delete list.dataset["typed"];
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  /** Take the nth choice, of the list as it will be if it is not there yet. @param {number} nth */
  function takeNth(nth) {
    if (fresh) return take(options()[nth] ?? null);
    if (later) later(request(input.value.trim()).then((html) => optionsIn(wrapped(html))[nth] ?? null));
  }

  input.addEventListener(
    "input",
    () => {
      fresh = false;
      asked += 1; // the list under way no longer fits what is typed
      steps = 0;
      clearTimeout(timer);
      timer = setTimeout(() => void renew(), PAUSE);
    },
    { signal },
  );
  input.addEventListener(
    "keydown",
    (event) => {
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      const down = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      const nth = digits && input.value === "" && /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
      if (down && fresh) go(current + down);
      else if (down && list.hidden && !first) void renew();
      else if (down) steps = Math.max(0, steps + down);
      else if (event.key === "Enter" && fresh && current >= 0) takeNth(current);
      else if (event.key === "Enter" && first) takeNth(fresh ? 0 : steps);
      else if (nth) takeNth(nth - 1);
      else return;
      event.preventDefault();
    },
    { signal },
  );

  /** @param {Event} event @returns {HTMLElement | null} */
  function optionUnder(event) {
    const option = event.target instanceof Element ? event.target.closest("[role=option]:not([aria-disabled])") : null;
    return option instanceof HTMLElement ? option : null;
  }
  list.addEventListener("pointerdown", (event) => event.preventDefault(), { signal }); // the field keeps the focus
  list.addEventListener(
    "click",
    (event) => {
      const option = optionUnder(event);
      if (option) take(option);
    },
    { signal },
  );
  list.addEventListener(
    "pointermove",
    (event) => {
      const option = optionUnder(event);
      if (option && option.getAttribute("aria-selected") !== "true") go(options().indexOf(option));
    },
    { signal },
  );
  return { renew: () => void renew(), clear };
}

/** @param {Element} list @returns {HTMLElement[]} */
function optionsIn(list) {
  return [...list.querySelectorAll("[role=option]:not([aria-disabled])")].filter((option) => option instanceof HTMLElement);
}

/** @param {string | null} html drawn and escaped by the server @returns {HTMLElement} */
function wrapped(html) {
  return new DOMParser().parseFromString(html ?? "", "text/html").body;
}

/** @param {string | null} html @param {string} id of the list, which makes those of the options its own @returns {Node[]} */
function drawn(html, id) {
  const body = wrapped(html);
  for (const option of body.querySelectorAll("[role=option]")) if (option.id) option.id = `${id}-${option.id}`;
  return [...body.childNodes];
}
