/** Marks of several parts: the selection becomes one more part of the mark here, or a part goes. */
import { aim, aimAt, focusedMark, lastKey } from "./aim.js";
import { politely, words } from "./announce.js";
import { leave, pointedAt } from "./bar.js";
import { openKey, settle } from "./editor.js";
import { keysOf } from "./lighting.js";
import { send } from "./outbox.js";
import { offsetAt, positionOf, quoteOf, selected } from "./places.js";
import { setting } from "./settings.js";

const main = /** @type {HTMLElement} */ (document.getElementById("main"));

/**
 * @param {import("./aim.js").Aim} at
 * @param {"add" | "remove"} way
 * @param {{ start: number, end: number, quote: string }} place
 */
async function change(at, way, { start, end, quote }) {
  /** @type {[string, string][]} */
  const fields = [["way", way], ["start", String(start)], ["end", String(end)], ["quote", quote]];
  fields.push(["revision", main.dataset["revision"] ?? "1"]);
  if (at.key !== null && openKey() === at.key) fields.push(["editor", "1"]);
  const address = `${main.dataset["annotations"]}${encodeURIComponent(at.id)}/fragments`;
  await send(address, fields, { kind: "fragment", place: way === "add" ? { start, end } : null, about: at.id });
  settle();
}

/** Add what is selected, or where the cursor stands, to the mark here. */
export function addFragment() {
  const place = selected(setting("snap") === "on") ?? pointedAt();
  if (!place) return politely(words("nothing"));
  const at = aimAt(openKey()) ?? aim();
  if (!at) return politely(words("noMarks"));
  leave();
  void change(at, "add", place);
}

/** Remove the part that is selected, or that has the focus, from its mark. */
export function removeFragment() {
  const place = selected(false) ?? placeOf(focusedMark()) ?? pointedAt();
  if (!place) return politely(words("noPart"));
  const there = keysAt(place.start);
  const key = [openKey(), lastKey(), ...there].find((one) => one !== null && there.includes(one));
  const at = aimAt(key ?? null) ?? aim();
  if (!at) return politely(words("noMarks"));
  leave();
  void change(at, "remove", place);
}

/**
 * The annotations that lie at an offset, the innermost first.
 * @param {number} offset
 */
function keysAt(offset) {
  const node = positionOf(offset)?.[0];
  const mark = (node instanceof Element ? node : node?.parentElement)?.closest("mark");
  return mark ? keysOf(mark).reverse() : [];
}

/** @param {HTMLElement | null} mark */
function placeOf(mark) {
  const start = mark ? offsetAt(mark, 0) : null;
  const end = mark ? offsetAt(mark, mark.childNodes.length) : null;
  return start === null || end === null ? null : { start, end, quote: quoteOf(start, end) };
}

/** The bar has a button that adds to a mark while there is one to add to. Buttons leave the selection alone. */
export function wireFragments() {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset["command"] = "addFragment";
  button.textContent = words("addPart");
  document.addEventListener("selectionchange", () => {
    if ((aimAt(openKey()) ?? aim()) === null) button.remove();
    else if (!button.isConnected) document.getElementById("bar")?.append(button);
  });
  document.addEventListener("pointerdown", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest("[data-command=addFragment], [data-command=removeFragment]")) event.preventDefault();
  });
}
