/**
 * Guidelines and definitions beside the text: fetched when they are first asked for. A key shows them at
 * the label that is at hand and leaves the focus where it is, so that marking goes on.
 */
import { aim } from "./aim.js";
import { politely, words } from "./announce.js";

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const ID = "guide";

/** @returns {HTMLElement | null} */
function panel() {
  return document.getElementById(ID);
}

/** @returns {boolean} */
export function isGuideOpen() {
  return panel()?.hidden === false;
}

/** The number of the label at hand: of the button that has the focus, else of the mark here; -1: none. */
function labelHere() {
  const button = document.activeElement?.closest("#bar [data-at]");
  if (button instanceof HTMLElement) return Number(button.dataset["at"]);
  return aim()?.label ?? -1;
}

/** @param {boolean} [moves] whether the focus goes into the panel */
export async function toggleGuide(moves = false) {
  if (isGuideOpen()) return closeGuide();
  const at = labelHere();
  const box = panel() ?? (await fetched());
  if (!box) return politely(words("noList"));
  box.hidden = false;
  for (const section of box.querySelectorAll("section")) section.classList.remove("at-hand");
  const section = box.querySelector(`#guide-${at}`);
  section?.classList.add("at-hand");
  section?.scrollIntoView({ block: "nearest" });
  document.querySelector("[data-command=guide]")?.setAttribute("aria-expanded", "true");
  if (moves) box.focus({ preventScroll: true });
  const said = section ? [...section.querySelectorAll("h3 bdi, p:not(.soft)")].map((part) => part.textContent).join(": ") : "";
  politely(said || words("guideShown"));
}

/** @returns {boolean} whether it was open */
export function closeGuide() {
  const box = panel();
  if (!box || box.hidden) return false;
  const inside = box.contains(document.activeElement);
  box.hidden = true;
  document.querySelector("[data-command=guide]")?.setAttribute("aria-expanded", "false");
  if (inside) document.getElementById("reading")?.focus({ preventScroll: true });
  return true;
}

/** @returns {Promise<HTMLElement | null>} */
async function fetched() {
  const answer = await fetch(main.dataset["guidelines"] ?? "", { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return null;
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (panel()) return panel(); // asked for twice
  const box = document.createElement("aside");
  box.id = ID;
  box.className = "ui guide";
  box.tabIndex = -1;
  box.hidden = true;
  box.setAttribute("aria-labelledby", "guide-title");
  const header = document.createElement("header");
  const title = document.createElement("h2");
  title.id = "guide-title";
  title.textContent = words("guide");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "quiet";
  close.textContent = "✕";
  close.setAttribute("aria-label", words("close"));
  close.addEventListener("click", closeGuide);
  header.append(title, close);
  box.append(header, ...drawn.body.childNodes);
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = main.dataset["guideStyle"] ?? "";
  await new Promise((resolve) => {
    style.addEventListener("load", resolve, { once: true });
    style.addEventListener("error", resolve, { once: true });
    document.head.append(style);
  });
  document.body.insertBefore(box, document.querySelector("body > footer")); // an open card has a footer, too
  return box;
}
