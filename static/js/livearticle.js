/** An open article follows what others do to it: their marks appear, their deletions go, cards follow. */
import { words } from "./announce.js";
import { openCard, refresh } from "./editor.js";
import { unfoldBeside } from "./folds.js";
import { inPlace } from "./inplace.js";
import { cardOf, piecesOf } from "./lighting.js";
import { learn, look, offerReload, sayQuietly, watchSource } from "./live.js";
import { pendingCount } from "./outbox.js";
import { blocksOf, stand, swap } from "./standing.js";

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const panel = /** @type {HTMLElement} */ (document.getElementById("editor"));

/** Whether something is typed in the open card that was not sent: then it is left as it is. */
function isTyped() {
  const fields = /** @type {(HTMLInputElement | HTMLTextAreaElement)[]} */ ([...panel.querySelectorAll("input:not([type=hidden]), textarea")]);
  return fields.some((field) => (field.type === "checkbox" || field.type === "radio" ? false : field.value !== field.defaultValue));
}

/**
 * @param {Response} response
 * @param {string} html
 */
async function take(response, html) {
  if (response.headers.get("X-Postil-Renew")) {
    offerReload();
    return true;
  }
  const blocks = blocksOf(response);
  stand(response);
  if (blocks.length === 0) return true;
  unfoldBeside(blocks);
  inPlace(() => swap(html));
  document.dispatchEvent(new CustomEvent("postil:renewed", { detail: { blocks } }));
  await renewCard();
  sayQuietly(words("renewed"));
  return true;
}

/**
 * The open card shows what is stored, but not in place of words that were typed and not sent yet: they go out
 * with the version that they were typed on, so that the server can show both sides.
 */
async function renewCard() {
  const card = openCard();
  if (!card) return;
  const key = card.dataset["key"] ?? "";
  const gone = !cardOf(key) && piecesOf(key, null).length === 0;
  if (!isTyped()) return refresh();
  sayQuietly(words(gone ? "cardGone" : "cardOld"));
}

/**
 * What was kept lies on another text than the one it was written on: the page shows an older one, or the
 * letter waited since before the correction.
 * @param {string} kind of the letter
 * @param {Response} response
 */
function onAnotherText(kind, response) {
  if (response.headers.get("X-Postil-Revision") === main.dataset["revision"]) void look();
  else if ((kind === "undo" || kind === "redo") && pendingCount() === 0) location.reload();
  else offerReload();
}

document.addEventListener("postil:kept", (event) => {
  const { letter, response } = /** @type {CustomEvent} */ (event).detail;
  if (letter.page !== location.pathname) return;
  if (response.headers.get("X-Postil-Renew")) onAnotherText(letter.kind, response);
  else learn(response);
});
watchSource({
  address: () => {
    const { live, revision, codebook } = main.dataset;
    return `${live}?${new URLSearchParams({ view: location.search, revision: revision ?? "", codebook: codebook ?? "" })}`;
  },
  take,
  busy: () => pendingCount() > 0,
});
document.addEventListener("postil:refused", () => void look());
