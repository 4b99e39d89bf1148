/** Joining two annotations: from a card choose the relation, then click a mark or take one from the list. */
import { assertively, politely, words } from "./announce.js";
import { cardOf } from "./lighting.js";
import { freshId, send } from "./outbox.js";
import { openCard, openKey, settle } from "./editor.js";

/** The kind that is being made, and the annotation it leads from. @type {{ kind: string, head: string } | null} */
let linking = null;
/** Enter was pressed before the list had followed what was typed. */
let eager = false;

/** Whether a click on a mark joins it: while a kind is chosen, and its card still open. */
export function isLinking() {
  return linking !== null && linking.head === openKey();
}

/** @param {string} kind */
function begin(kind) {
  const head = openKey();
  if (!head) return;
  linking = { kind, head };
  document.documentElement.classList.add("linking");
  politely(words("pick", kind));
}

/** Leave the choice; the focus goes back to the button that began it. */
export function leaveLinking() {
  const kind = linking?.kind;
  const list = document.getElementById("candidates");
  const inside = !document.activeElement || document.activeElement === document.body || list?.contains(document.activeElement);
  linking = null;
  eager = false;
  document.documentElement.classList.remove("linking");
  list?.replaceChildren();
  const button = kind ? openCard()?.querySelector(`[data-relate="${CSS.escape(kind)}"]`) : null;
  if (inside && button instanceof HTMLElement) button.focus({ preventScroll: true });
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
  const { kind } = linking;
  leaveLinking();
  await send(`${form.action}/relations`, [["id", freshId()], ["kind", kind], ["child", child], ["editor", "1"]], { kind: "relate" });
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
      settle();
      target.scrollIntoView({ block: "nearest" });
      /** @type {HTMLElement | null} */ (target.querySelector("input"))?.focus({ preventScroll: true });
    }
    if (eager && isFresh()) document.querySelector("#candidate-list button")?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    eager = eager && !isFresh();
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
    else if (event.key === "Enter" && event.target.id === "candidate-search" && isFresh()) choices[0]?.click();
    else if (event.key === "Enter" && event.target.id === "candidate-search") eager = true;
    else return;
    event.preventDefault();
    if (choices.length === 0 && !eager) assertively(words("noMarks"));
  });
  document.addEventListener("postil:answer", (event) => {
    const { letter, response } = /** @type {CustomEvent} */ (event).detail;
    if (letter.kind === "relate" && response.ok) leaveLinking();
  });
  document.addEventListener("postil:closed", leaveLinking);
}

/** Whether the list shows what fits the words in the search field now. */
function isFresh() {
  const search = /** @type {HTMLInputElement | null} */ (document.getElementById("candidate-search"));
  return document.getElementById("candidate-list")?.dataset["typed"] === search?.value.trim();
}
