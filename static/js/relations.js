/**
 * Joining an annotation with another, or with an actor: a key (or a button of the card) names the
 * relation and opens a list of likely ends; Enter takes one, or a click in the text.
 */
import { aim, aimAt } from "./aim.js";
import { assertively, politely, words } from "./announce.js";
import { openKey, settle } from "./editor.js";
import { cardOf } from "./lighting.js";
import { freshId, send } from "./outbox.js";
import { closePicker, isPicking, pick } from "./picker.js";

/** @typedef {{ name: string, key: string, heads: number[] }} Kind */

const main = /** @type {HTMLElement} */ (document.getElementById("main"));

/** The relation kinds of the codebook that can be made. */
const kinds = /** @type {[string, string, number[]][]} */ (JSON.parse(main.dataset["kinds"] ?? "[]")).map(
  ([name, key, heads]) => ({ name, key, heads }),
);

/** Asks for the open card to be drawn with the answer. @type {[string, string][]} */
const editor = [["editor", "1"]];

/** The kind that is being made, and the annotation it leads from. @type {{ kind: string, head: import("./aim.js").Aim } | null} */
let linking = null;

/** Whether a click on a mark joins it: while the list of likely ends is open. */
export function isLinking() {
  return linking !== null && isPicking();
}

/**
 * The relation kind that a key begins.
 * @param {string} key
 * @returns {Kind | undefined}
 */
export function kindOfKey(key) {
  return key ? kinds.find((kind) => kind.key === key) : undefined;
}

/**
 * Begin a relation from the annotation here.
 * @param {string} name of its kind
 * @param {HTMLElement | null} [button] of the card, that asked for it
 */
export function relate(name, button = null) {
  const kind = kinds.find((one) => one.name === name);
  if (!kind) return;
  const card = button?.closest("#card-editor");
  const head = card instanceof HTMLElement ? aimAt(card.dataset["key"] ?? null) : aim((one) => kind.heads.includes(one.label));
  if (!head) return politely(words("noMarks"));
  if (!kind.heads.includes(head.label)) return politely(words("notFrom", kind.name));
  const query = new URLSearchParams({ kind: kind.name });
  for (const [field, value] of Object.entries(head.draft ?? {})) query.set(field, value);
  if (head.draft) query.set("document", main.dataset["document"] ?? "");
  linking = { kind: kind.name, head };
  document.documentElement.classList.add("linking");
  politely(words("pick", kind.name));
  pick({
    title: kind.name,
    at: head,
    button,
    address: `${main.dataset["annotations"]}${encodeURIComponent(head.id)}/candidates?${query}`,
    taken: (option) => join(head, kind.name, option),
    closed: () => {
      linking = null;
      document.documentElement.classList.remove("linking");
    },
  });
}

/** Leave the choice; the focus goes back to where it was. */
export function leaveLinking() {
  if (linking) closePicker();
}

/**
 * @param {import("./aim.js").Aim} head
 * @param {string} kind
 * @param {HTMLElement | null} option
 */
function join(head, kind, option) {
  const { child, name } = option?.dataset ?? {};
  if (!child && !name) return assertively(words("nobody", kind));
  void keep(head, kind, child ? ["child", child] : ["child_entity", name ?? ""]);
}

/**
 * @param {import("./aim.js").Aim} head
 * @param {string} kind
 * @param {[string, string]} end
 */
async function keep(head, kind, end) {
  const address = `${main.dataset["annotations"]}${encodeURIComponent(head.id)}/relations`;
  const card = head.key !== null && openKey() === head.key ? editor : [];
  await send(address, [["id", freshId()], ["kind", kind], end, ...card], { kind: "relate" });
  settle();
}

/**
 * Join the annotation that a relation leads from with another.
 * @param {string} key
 */
export async function joinWith(key) {
  const child = cardOf(key)?.dataset["id"];
  if (!child || linking === null) return;
  const { kind, head } = linking;
  closePicker();
  await keep(head, kind, ["child", child]);
}

/** Wire the relation buttons of whichever card is open. */
export function wireRelations() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-relate]") : null;
    if (button instanceof HTMLElement) relate(button.dataset["relate"] ?? "", button);
  });
  document.addEventListener("postil:closed", leaveLinking);
}
