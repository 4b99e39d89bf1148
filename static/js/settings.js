/** What a reader likes: kept in this browser, applied as data attributes of the page. */

const NAMES = ["theme", "size", "spacing", "snap", "keys"];
const DEFAULTS = { theme: "auto", size: "medium", spacing: "normal", snap: "off", keys: "on" };

/** @typedef {"theme" | "size" | "spacing" | "snap" | "keys"} Setting */

/**
 * @param {Setting} name
 * @returns {string}
 */
export function setting(name) {
  return document.documentElement.dataset[name] ?? stored(name) ?? DEFAULTS[name];
}

/**
 * Keep a setting and apply it at once.
 * @param {Setting} name
 * @param {string} value
 */
export function keep(name, value) {
  document.documentElement.dataset[name] = value;
  store(name, value);
  document.dispatchEvent(new CustomEvent("postil:setting", { detail: { name, value } }));
}

/**
 * @param {string} name
 * @returns {string | null}
 */
export function stored(name) {
  try {
    return localStorage.getItem(`postil.${name}`);
  } catch {
    return null; // storage is forbidden here: every page begins with the defaults
  }
}

/**
 * @param {string} name
 * @param {string} value
 */
export function store(name, value) {
  try {
    localStorage.setItem(`postil.${name}`, value);
  } catch {
    // the choice holds for this page only
  }
}

/**
 * Wire the menus below a root: the settings they hold, and closing them by Escape or a click outside.
 * @param {Document} root
 */
export function wireSettings(root) {
  for (const input of root.querySelectorAll("input[data-setting]")) {
    if (!(input instanceof HTMLInputElement)) continue;
    const name = /** @type {Setting} */ (input.dataset.setting);
    if (!NAMES.includes(name)) continue;
    const box = input.type === "checkbox";
    input.checked = box ? setting(name) === "on" : setting(name) === input.value;
    input.addEventListener("change", () => keep(name, box ? (input.checked ? "on" : "off") : input.value));
  }
  root.addEventListener("click", (event) => {
    for (const menu of root.querySelectorAll("details.menu[open]")) {
      if (event.target instanceof Node && !menu.contains(event.target)) menu.removeAttribute("open");
    }
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of root.querySelectorAll("details.menu[open]")) {
      menu.removeAttribute("open");
      const summary = menu.querySelector("summary");
      if (summary && menu.contains(document.activeElement)) summary.focus();
    }
  });
}
