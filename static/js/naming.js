/** The actor or concept of a mark: chosen beside the mark with a key, or completed in its card. */
import { aim } from "./aim.js";
import { assertively, politely, words } from "./announce.js";
import { combobox } from "./combobox.js";
import { openKey, settle } from "./editor.js";
import { send } from "./outbox.js";
import { fetchChoices, pick } from "./picker.js";

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
/** Which register each label of the codebook points into: e, c or nothing, by its number. */
const registers = main.dataset["registers"] ?? "";

/** Choose the actor or the concept of the mark here. */
export function nameHere() {
  const at = aim((one) => "ec".includes(registers[one.label] ?? "-"));
  if (!at) return politely(words("noMarks"));
  const kind = { e: "entity", c: "concept" }[registers[at.label] ?? ""];
  if (!kind) return politely(words("noName"));
  const query = new URLSearchParams({ of: kind, mark: at.id });
  for (const [field, value] of Object.entries(at.draft ?? {})) query.set(field, value);
  if (at.draft) query.set("document", main.dataset["document"] ?? "");
  pick({
    title: words(kind),
    at,
    button: null,
    address: `${main.dataset["names"]}?${query}`,
    taken: (option) => {
      const name = option?.dataset["name"];
      if (!name) return assertively(words("noName"));
      const address = `${main.dataset["annotations"]}${encodeURIComponent(at.id)}`;
      const card = /** @type {[string, string][]} */ (at.key !== null && openKey() === at.key ? [["editor", "1"]] : []);
      void send(address, [[kind, name], ...card], { kind: "edit", about: at.id }).then(settle);
    },
    closed: () => {},
  });
}

/** The fields of whichever card is open complete what is typed, while they have the focus. */
export function wireNaming() {
  document.addEventListener("focusin", (event) => {
    const input = event.target;
    if (input instanceof HTMLInputElement && input.dataset["names"]) complete(input, input.dataset["names"]);
  });
}

/**
 * @param {HTMLInputElement} input
 * @param {string} address of the names
 */
function complete(input, address) {
  const list = /** @type {HTMLElement} */ (document.getElementById(input.getAttribute("aria-controls") ?? ""));
  const over = new AbortController();
  const { signal } = over;
  const choices = combobox(input, list, {
    ask: (typed) => {
      const { left, bottom, width } = input.getBoundingClientRect();
      Object.assign(list.style, { left: `${left}px`, top: `${bottom + 2}px`, width: `${width}px` });
      return fetchChoices(address, input.value === input.defaultValue ? "" : typed); // untouched: whatever fits
    },
    take: (option) => {
      choices.clear();
      if (!option?.dataset["name"]) return;
      input.value = option.dataset["name"];
      input.dispatchEvent(new Event("change", { bubbles: true }));
    },
    signal,
  });
  input.addEventListener("change", () => choices.clear(), { signal });
  input.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || list.hidden) return;
      event.preventDefault(); // the list goes; the card stays
      choices.clear();
    },
    { signal },
  );
  input.addEventListener("blur", () => {
    choices.clear();
    over.abort();
  }, { signal });
}
