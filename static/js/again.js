/**
 * The same again: where the words of a mark stand once more, shown in place and listed, and all, some or
 * none of them marked like it. Loaded when it is first asked for.
 */
import { politely, words } from "./announce.js";
import { keyHere, remember } from "./commands.js";
import { cardOf } from "./lighting.js";
import { pendingCount, send } from "./outbox.js";
import { rangeOf } from "./places.js";

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const highlights = "highlights" in CSS ? CSS.highlights : null;

/** @type {HTMLElement | null} */
let panel = null;
/** The address of what is shown, without how to look. */
let address = "";
let asked = 0;

function style() {
  const href = new URL("../css/suggestions.css", import.meta.url).href;
  if (document.querySelector(`link[href="${href}"]`)) return;
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = href;
  document.head.append(sheet);
}

/** Wait until what was marked last is kept, and known by its key. */
async function settled() {
  while (pendingCount() > 0) await new Promise((resolve) => document.addEventListener("postil:answer", resolve, { once: true }));
  await new Promise((resolve) => setTimeout(resolve));
}

/** Show where the words of the mark stand where the reader is, or of the one made last. */
export async function sameAgain() {
  await settled();
  const id = cardOf(keyHere() ?? "")?.dataset["id"];
  if (!id) return politely(words("noLike"));
  style();
  address = `${main.dataset["annotations"]}${encodeURIComponent(id)}/again`;
  await show(new URLSearchParams({ case: "1" }));
}

/** @param {URLSearchParams} how */
async function show(how) {
  asked += 1;
  const mine = asked;
  const answer = await fetch(`${address}?${how}`, { headers: { "HX-Request": "true" } }).catch(() => null);
  const html = answer?.ok ? await answer.text() : "";
  if (mine !== asked) return;
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("again");
  if (!fresh) return politely(words("noCard"));
  const focused = panel?.contains(document.activeElement) ? document.activeElement : null;
  const name = focused instanceof HTMLInputElement ? `[name="${focused.name}"][value="${focused.value}"]` : "";
  panel?.remove();
  panel = fresh;
  document.body.append(panel);
  wire(panel);
  told();
  const first = (name && panel.querySelector(name)) || panel.querySelector("#again-mark") || panel.querySelector("#again-how input:checked");
  /** @type {HTMLElement} */ (first ?? panel).focus({ preventScroll: true });
  politely(panel.querySelector("[data-found]")?.textContent?.replace(/\s+/g, " ").trim() ?? "");
}

/** @returns {HTMLInputElement[]} */
function boxes() {
  return [...(panel?.querySelectorAll(/** @type {"input"} */ ("input[name=place]")) ?? [])];
}

/** Paint the places that are chosen, and say on the button how many there are. */
function told() {
  const chosen = boxes().filter(({ checked }) => checked);
  if (highlights) {
    const ranges = chosen
      .filter((box) => box.dataset["start"])
      .map((box) => rangeOf(Number(box.dataset["start"]), Number(box.dataset["end"])))
      .filter((range) => range !== null);
    if (ranges.length) highlights.set("again", new Highlight(...ranges));
    else highlights.delete("again");
  }
  const button = panel?.querySelector("#again-mark");
  if (!(button instanceof HTMLButtonElement)) return;
  button.textContent = chosen.length ? (button.dataset["many"] ?? "").replace("{0}", String(chosen.length)) : (button.dataset["none"] ?? "");
}

function close() {
  asked += 1;
  panel?.remove();
  panel = null;
  highlights?.delete("again");
  document.getElementById("reading")?.focus({ preventScroll: true });
}

function markChosen() {
  const form = /** @type {HTMLFormElement | null} */ (panel?.querySelector("#again-places"));
  const chosen = boxes().filter(({ checked }) => checked);
  const key = keyHere();
  close();
  if (!form || chosen.length === 0) return;
  const fields = /** @type {[string, string][]} */ (chosen.map(({ value }) => ["place", value]));
  void send(form.action, fields, { kind: "same-again" }).then(() => remember(key, { standsBehind: true }));
}

/** @param {HTMLElement} fresh */
function wire(fresh) {
  fresh.addEventListener("change", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement)) return;
    if (field.name === "place") told();
    else void show(new URLSearchParams([...new FormData(/** @type {HTMLFormElement} */ (field.form))].map(([n, v]) => [n, String(v)])));
  });
  fresh.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.target instanceof HTMLFormElement && event.target.id === "again-places") markChosen();
  });
  fresh.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-again]") : null;
    const name = button instanceof HTMLElement ? button.dataset["again"] : undefined;
    if (name === "close") close();
    if (name === "all" || name === "none") {
      for (const box of boxes()) box.checked = name === "all";
      told();
    }
  });
}

document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || !panel || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    close();
  },
  { capture: true },
);
// A swap brings other nodes.
document.addEventListener("postil:answer", () => panel && told());
