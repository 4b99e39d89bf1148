/** “Unsure”: said and taken back with one key. */
import { aim } from "./aim.js";
import { politely, words } from "./announce.js";
import { openKey, settle } from "./editor.js";
import { cardOf } from "./lighting.js";
import { send } from "./outbox.js";

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
/** What was said last of an annotation whose answer is still on its way. @type {Map<string, boolean>} */
const said = new Map();

/** Say that the annotation here is unsure, or that it is not. */
export async function toggleUnsure() {
  const at = aim();
  if (!at) return politely(words("noMarks"));
  const unsure = !(said.get(at.id) ?? (at.key !== null && cardOf(at.key)?.classList.contains("unsure")));
  said.set(at.id, unsure);
  const address = `${main.dataset["annotations"]}${encodeURIComponent(at.id)}`;
  const card = /** @type {[string, string][]} */ (at.key !== null && openKey() === at.key ? [["editor", "1"]] : []);
  const kept = await send(address, [["unsure", unsure ? "1" : "0"], ...card], { kind: "edit", about: at.id });
  if (said.get(at.id) === unsure) said.delete(at.id);
  settle();
  if (kept) politely(words(unsure ? "unsure" : "sure"));
}
