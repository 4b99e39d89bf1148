/** Where several marks lie under one place: a list of them, so that none is out of reach. */
import { politely, words } from "./announce.js";
import { cardOf, light } from "./lighting.js";

const chooser = /** @type {HTMLElement} */ (document.getElementById("chooser"));
/** @type {HTMLElement | null} */
let cameFrom = null;

/**
 * @param {string[]} keys
 * @param {DOMRect} at
 * @param {(key: string) => void} chosen
 * @param {Element | null} [others] the link to those that are not drawn
 */
export function choose(keys, at, chosen, others = null) {
  cameFrom = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  chooser.replaceChildren(
    ...keys.map((key) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = `quiet ${[...(cardOf(key)?.classList ?? [])].filter((name) => name.startsWith("k0-")).join(" ")}`;
      const link = cardOf(key)?.querySelector("a");
      for (const part of link?.childNodes ?? []) button.append(part.cloneNode(true));
      button.addEventListener("click", () => {
        leaveChooser();
        chosen(key);
      });
      button.addEventListener("focus", () => light([key]));
      button.addEventListener("pointerenter", () => light([key]));
      return button;
    }),
  );
  if (others) {
    const link = /** @type {HTMLElement} */ (others.cloneNode(true));
    link.className = "btn quiet";
    chooser.append(link);
  }
  chooser.hidden = false;
  const { width, height } = chooser.getBoundingClientRect();
  chooser.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
  chooser.style.top = `${at.bottom + 6 + height > innerHeight ? Math.max(8, at.top - height - 6) : at.bottom + 6}px`;
  chooser.querySelector("button")?.focus({ preventScroll: true });
  politely(words("several", keys.length));
}

/** @returns {boolean} whether there was a list to leave */
export function leaveChooser() {
  if (chooser.hidden) return false;
  const inside = chooser.contains(document.activeElement);
  chooser.hidden = true;
  if (inside && cameFrom?.isConnected) cameFrom.focus({ preventScroll: true });
  return true;
}

export function wireChooser() {
  chooser.addEventListener("keydown", (event) => {
    const buttons = /** @type {HTMLElement[]} */ ([...chooser.children]);
    const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!step) return;
    event.preventDefault();
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  });
  document.addEventListener("pointerdown", (event) => {
    if (event.target instanceof Node && !chooser.contains(event.target)) leaveChooser();
  });
}
