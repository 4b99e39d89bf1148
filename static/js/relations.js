/** Joining two annotations: from a card choose the relation, then click a mark or take one from the list. */
import { assertively, politely, words } from "./announce.js";
import { cardOf } from "./lighting.js";
import { freshId, send } from "./outbox.js";
import { openCard, settle } from "./editor.js";

/** @type {string | null} */
let linking = null;

export function isLinking() {
  return linking !== null;
}

/** @param {string} kind */
function begin(kind) {
  linking = kind;
  document.documentElement.classList.add("linking");
  politely(words("pick", kind));
}

/** Leave without joining anything. */
export function leaveLinking() {
  linking = null;
  document.documentElement.classList.remove("linking");
  document.getElementById("candidates")?.replaceChildren();
}

/**
 * Join the open card's annotation with another.
 * @param {string} key
 */
export async function joinWith(key) {
  const child = cardOf(key)?.dataset["id"];
  const card = openCard();
  const form = /** @type {HTMLFormElement | null} */ (card?.querySelector("#edit-form") ?? null);
  if (!child || !form || linking === null) return;
  const kind = linking;
  leaveLinking();
  await send(`${form.action}/relations`, [["op", freshId()], ["id", freshId()], ["kind", kind], ["child", child], ["editor", "1"]], { kind: "relate" });
  settle();
}

/** Wire the relation buttons of whichever card is open. */
export function wireRelations() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-relate]") : null;
    if (button instanceof HTMLElement) begin(button.dataset["relate"] ?? "");
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    const target = event.target;
    if (target instanceof HTMLElement && target.id === "candidates") {
      /** @type {HTMLElement | null} */ (target.querySelector("input"))?.focus({ preventScroll: true });
    }
  });
  document.addEventListener("keydown", (event) => {
    const list = document.getElementById("candidate-list");
    if (!list || !(event.target instanceof HTMLElement)) return;
    const inside = event.target.closest(".candidates");
    if (!inside) return;
    const choices = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("button")]);
    const at = choices.indexOf(event.target);
    if (event.key === "ArrowDown") choices[Math.min(at + 1, choices.length - 1)]?.focus();
    else if (event.key === "ArrowUp") (at > 0 ? choices[at - 1] : document.getElementById("candidate-search"))?.focus();
    else if (event.key === "Enter" && event.target.id === "candidate-search") choices[0]?.click();
    else return;
    event.preventDefault();
    if (choices.length === 0) assertively(words("noMarks"));
  });
  document.addEventListener("postil:answer", (event) => {
    const letter = /** @type {CustomEvent} */ (event).detail.letter;
    if (letter.kind === "relate") leaveLinking();
  });
}
