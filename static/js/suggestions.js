/**
 * Suggestions: fetched around where the reader is, painted in the text, gone through by keys, accepted
 * and rejected. The list in the panel, drawn by the server, is all that is known of them here: a card
 * shows the one that the reader is at. Loaded when it is first asked for.
 */
import { politely } from "./announce.js";
import { remember, standsAt } from "./commands.js";
import { showKeys } from "./keys.js";
import { pendingCount, send } from "./outbox.js";
import { rangeOf, topOffset } from "./places.js";
import { store, stored } from "./settings.js";

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const address = main.dataset["suggestions"] ?? "";
const highlights = "highlights" in CSS ? CSS.highlights : null;
const OFF = "suggestions-off";
const THRESHOLD = "suggestions-threshold";

/** @type {HTMLElement} */
let panel;
/** @type {HTMLElement} */
let offer;
/** The place and label that the card shows, as the list names it. @type {string | null} */
let current = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let later;

/** Where the style sheet and the panel come from; once. @type {Promise<void> | null} */
let loaded = null;

/** @param {Record<string, string>} asked */
function url(asked) {
  return `${address}?${new URLSearchParams({ ...asked, off: stored(OFF) ?? "" })}`;
}

/** @param {Record<string, string>} asked */
async function fetched(asked) {
  const answer = await fetch(url(asked), { headers: { "HX-Request": "true" } }).catch(() => null);
  return answer?.ok ? answer.text() : null;
}

/** @param {string} html */
function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

async function load() {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = new URL("../css/suggestions.css", import.meta.url).href;
  const styled = new Promise((resolve) => {
    sheet.addEventListener("load", resolve);
    sheet.addEventListener("error", resolve);
  });
  document.head.append(sheet);
  const html = await fetched({ at: String(here()) });
  if (html === null) {
    loaded = null;
    throw new Error("the suggestions could not be fetched");
  }
  const drawn = parsed(html);
  panel = /** @type {HTMLElement} */ (drawn.getElementById("suggestions"));
  offer = /** @type {HTMLElement} */ (drawn.getElementById("offer"));
  await styled;
  document.body.append(panel, offer);
  const slider = threshold();
  if (slider && stored(THRESHOLD)) slider.value = stored(THRESHOLD) ?? "";
  wire();
  showKeys();
  counted();
  paintAll();
  wait();
}

/** @returns {Promise<void>} */
function ready() {
  loaded ??= load();
  return loaded;
}

// --- what the list says

/** @returns {HTMLFormElement | null} */
function list() {
  return panel.querySelector("#suggestion-list");
}

/** @returns {HTMLElement[]} */
function rows() {
  return /** @type {HTMLElement[]} */ ([...panel.querySelectorAll("#suggestion-list li")]);
}

/** @param {HTMLElement} row */
function spanOf(row) {
  return { start: Number(row.dataset["start"]), end: Number(row.dataset["end"]) };
}

/** @returns {HTMLElement | undefined} */
function currentRow() {
  return rows().find((row) => row.dataset["choice"] === current);
}

/** Where the reader is: at the suggestion shown, else at the mark gone to, else at the window's top. */
function here() {
  const row = current ? currentRow() : undefined;
  if (row) return spanOf(row).start;
  return standsAt() ?? topOffset();
}

/** Whether fetching around a place could bring more on that side. @param {1 | -1} direction */
function isMore(direction) {
  const form = list();
  const first = Number(form?.dataset["first"] ?? 0);
  return direction > 0 ? first + rows().length < Number(form?.dataset["total"] ?? 0) : first > 0;
}

/** How often something was decided here: a list that was asked for before it is out of date. */
let decided = 0;
/** What was decided and has no answer yet. @type {Set<string>} */
const unanswered = new Set();

/** Fetch the list anew around a place. @param {number} at */
async function renew(at) {
  /** @type {HTMLElement | null} */
  let fresh = null;
  for (let known = -1, tries = 0; known !== decided && tries < 5; tries += 1) {
    known = decided;
    const html = await fetched({ part: "list", at: String(at) });
    fresh = html === null ? null : parsed(html).getElementById("suggestion-list");
  }
  if (!fresh) return;
  for (const row of fresh.querySelectorAll("li")) if (unanswered.has(row.dataset["choice"] ?? "")) row.remove();
  const focused = document.activeElement;
  const inside = focused instanceof HTMLElement && list()?.contains(focused) ? focused : null;
  list()?.replaceWith(fresh);
  if (inside) (list()?.querySelector("button") ?? panel).focus({ preventScroll: true });
  showCurrent();
  counted();
  paintAll();
  wait();
}

/** Look again while the server is still looking. */
function wait() {
  clearTimeout(later);
  const looking = list()?.hasAttribute("data-working");
  const training = panel.querySelector("#suggestion-model[data-working]");
  if (!looking && !training) return;
  later = setTimeout(() => {
    if (looking) void renew(here());
    else void renewModel();
  }, 700);
}

async function renewModel() {
  const html = await fetched({ part: "model" });
  const fresh = html === null ? null : parsed(html).getElementById("suggestion-model");
  if (fresh && panel.querySelector("#suggestion-model[open]")) fresh.setAttribute("open", "");
  if (fresh) panel.querySelector("#suggestion-model")?.replaceWith(fresh);
  if (fresh && !fresh.hasAttribute("data-working")) {
    politely(fresh.querySelector("p")?.textContent ?? "");
    await renew(here());
  } else wait();
}

// --- what is painted

/** Dashed lines above and below, in the label's colour; the one that the card shows has a ground too. */
function paintAll() {
  if (!highlights) return;
  /** @type {Map<string, Range[]>} */
  const found = new Map();
  for (const row of rows()) {
    const { start, end } = spanOf(row);
    const range = rangeOf(start, end);
    if (!range) continue;
    const name = `offer-${row.dataset["colour"] ?? "grey"}`;
    found.set(name, [...(found.get(name) ?? []), range]);
    if (row.dataset["choice"] === current) found.set("offer-here", [range]);
  }
  for (const name of highlights.keys()) if (name.startsWith("offer-") && !found.has(name)) highlights.delete(name);
  for (const [name, ranges] of found) highlights.set(name, new Highlight(...ranges));
}

function showCurrent() {
  const row = currentRow();
  for (const other of rows()) other.classList.toggle("here", other === row);
  if (!row) {
    current = null;
    offer.hidden = true;
    return;
  }
  offer.hidden = false;
  offer.className = `ui ${[...row.classList].find((name) => name.startsWith("k0-")) ?? ""}`;
  for (const part of ["i", ".q", ".said"]) {
    const from = row.querySelector(part);
    const to = offer.querySelector(part);
    if (from && to) to.replaceChildren(...[...from.childNodes].map((node) => node.cloneNode(true)));
  }
  place();
}

/** Put the card below its passage, or above it where there is no room. */
function place() {
  if (offer.hidden) return;
  const row = currentRow();
  const boxes = row ? rangeOf(spanOf(row).start, spanOf(row).end)?.getClientRects() : null;
  const last = boxes?.[boxes.length - 1];
  offer.classList.toggle("docked", matchMedia("(pointer: coarse), (max-width: 40rem)").matches);
  if (!last || offer.classList.contains("docked")) {
    offer.style.left = offer.style.top = "";
    return;
  }
  const { width, height } = offer.getBoundingClientRect();
  const below = last.bottom + 12;
  const first = /** @type {DOMRect} */ (boxes?.[0]);
  const top = below + height > innerHeight - 40 ? first.top - height - 10 : below;
  offer.style.left = `${Math.min(Math.max(8, last.left), innerWidth - width - 8)}px`;
  offer.style.top = `${Math.max(8, top)}px`;
}

/**
 * Show one: its passage in view, its card, and what a voice says of it.
 * @param {HTMLElement} row
 * @param {string} [before] what the voice says first
 */
function goTo(row, before = "") {
  current = row.dataset["choice"] ?? null;
  const { start, end } = spanOf(row);
  const range = rangeOf(start, end);
  const box = range?.getBoundingClientRect();
  if (range && box && (box.top < 80 || box.bottom > innerHeight - 140)) {
    const holder = range.startContainer.parentElement;
    holder?.scrollIntoView({ block: "center" });
    const now = range.getBoundingClientRect();
    if (now.top < 80 || now.bottom > innerHeight - 140) scrollBy({ top: now.top - innerHeight / 2, behavior: "instant" });
  }
  showCurrent();
  paintAll();
  politely(`${before} ${row.dataset["said"] ?? ""}`.trim());
}

/**
 * @param {1 | -1} direction
 * @param {number} [from] the place to go on from; by default where the reader is
 */
function neighbour(direction, from) {
  const all = rows();
  const at = current && from === undefined ? all.findIndex((row) => row.dataset["choice"] === current) : -1;
  if (at >= 0) return all[at + direction];
  const place_ = from ?? here();
  return direction > 0
    ? all.find((row) => spanOf(row).start >= place_)
    : all.findLast((row) => spanOf(row).start < place_);
}

/** Keys follow each other faster than answers come: each waits for those before it. */
let turn = Promise.resolve();

/** @param {() => Promise<void> | void} then */
function queued(then) {
  turn = turn.then(ready).then(then).catch(() => politely(offer?.dataset["none"] ?? ""));
}

/** Go to the next suggestion, or to the one before. @param {1 | -1} direction */
export function step(direction) {
  queued(async () => {
    let row = neighbour(direction);
    if (!row && isMore(direction)) {
      await renew(here());
      row = neighbour(direction);
    }
    if (!row && list()?.hasAttribute("data-working")) {
      politely(offer.dataset["looking"] ?? "");
      await looked();
      row = neighbour(direction);
    }
    if (row) goTo(row);
    else politely(offer.dataset["none"] ?? "");
  });
}

/** Wait until the server has looked. */
async function looked() {
  for (let n = 0; n < 60 && list()?.hasAttribute("data-working"); n += 1) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await renew(here());
  }
}

/**
 * Accept or reject the suggestion that the card shows, and go on to the next.
 * @param {"accept" | "reject"} verdict
 */
export function decide(verdict) {
  queued(() => {
    const row = currentRow();
    if (row) settle(row, verdict, true);
    else politely(offer.dataset["none"] ?? "");
  });
}

/**
 * @param {HTMLElement} row
 * @param {"accept" | "reject"} verdict
 * @param {boolean} goOn
 */
function settle(row, verdict, goOn) {
  const { start, end } = spanOf(row);
  const choice = row.dataset["choice"] ?? "";
  const inside = offer.contains(document.activeElement);
  decided += 1;
  unanswered.add(choice);
  const next = goOn ? (row.nextElementSibling ?? row.previousElementSibling) : null;
  const answer = send(address, [[verdict, choice], ["revision", main.dataset["revision"] ?? "1"], ["quiet", "1"]], {
    kind: verdict,
    place: verdict === "accept" ? { start, end } : null,
  });
  if (row.contains(document.activeElement)) {
    const buttons = /** @type {HTMLElement | null} */ (row.nextElementSibling?.querySelector(`[name=${verdict}]`) ?? panel);
    buttons?.focus({ preventScroll: true });
  }
  row.remove();
  const form = list();
  if (form) form.dataset["total"] = String(Math.max(0, Number(form.dataset["total"]) - 1));
  const said = offer.dataset[verdict === "accept" ? "accepted" : "rejected"] ?? "";
  if (next instanceof HTMLElement) goTo(next, `${said}.`);
  else {
    if (current === choice) current = null;
    showCurrent();
    paintAll();
    politely(goOn ? `${said}. ${offer.dataset["none"] ?? ""}` : said);
  }
  if (inside && offer.hidden) document.getElementById("reading")?.focus({ preventScroll: true });
  void answer.then((kept) => {
    decided += 1;
    unanswered.delete(choice);
    const key = kept?.headers.get("X-Postil-Key");
    if (key) remember(key, { standsBehind: true });
  });
}

/** Close the card. @returns {boolean} whether it was open */
function leave() {
  if (!offer || offer.hidden) return false;
  const inside = offer.contains(document.activeElement);
  current = null;
  showCurrent();
  paintAll();
  if (inside) document.getElementById("reading")?.focus({ preventScroll: true });
  return true;
}

// --- the panel

/** @param {boolean} [wanted] */
export function togglePanel(wanted) {
  queued(() => {
    const shown = wanted ?? panel.hidden;
    panel.hidden = !shown;
    document.querySelector("#suggestions-button")?.setAttribute("aria-expanded", String(shown));
    if (shown) panel.focus({ preventScroll: true });
    else document.getElementById("reading")?.focus({ preventScroll: true });
  });
}

/** @returns {HTMLInputElement | null} */
function threshold() {
  return panel.querySelector("#suggestion-threshold");
}

/** Say how many the threshold would accept. */
function counted() {
  const slider = threshold();
  const button = /** @type {HTMLButtonElement | null} */ (panel.querySelector("#suggestion-sweep button"));
  if (!slider || !button) return;
  const counts = (list()?.dataset["counts"] ?? "").split(",").map(Number);
  const many = counts[Number(slider.value) / Number(slider.step)] ?? 0;
  const told = panel.querySelector("#suggestion-sweep output");
  if (told) told.textContent = `${slider.value} %`;
  button.textContent = (button.dataset["many"] ?? "").replace("{0}", String(many));
  if (many === 0 && document.activeElement === button) slider.focus({ preventScroll: true });
  button.disabled = many === 0;
}

/** @param {Event} event */
function submitted(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  event.preventDefault();
  const submitter = /** @type {SubmitEvent} */ (event).submitter;
  if (form.id === "suggestion-list" && submitter instanceof HTMLButtonElement) {
    const row = submitter.closest("li");
    const verdict = submitter.name === "accept" ? "accept" : "reject";
    if (row instanceof HTMLElement) settle(row, verdict, row.dataset["choice"] === current);
  } else if (form.id === "suggestion-sweep") {
    const fields = /** @type {[string, string][]} */ ([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    void send(form.action, [...fields.filter(([name]) => name !== "off"), ["off", stored(OFF) ?? ""]], { kind: "sweep" });
  } else void controls(form);
}

/** Send what is no change to a mark, and show the controls as they are then. @param {HTMLFormElement} form */
async function controls(form) {
  const body = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
  const headers = { "HX-Request": "true", ...JSON.parse(document.body.getAttribute("hx-headers") ?? "{}") };
  const answer = await fetch(form.action, { method: "POST", body, headers }).catch(() => null);
  const fresh = answer?.ok ? parsed(await answer.text()).getElementById("suggestion-controls") : null;
  if (!fresh) return;
  const value = threshold()?.value ?? "";
  const inside = panel.querySelector("#suggestion-controls")?.contains(document.activeElement);
  panel.querySelector("#suggestion-controls")?.replaceWith(fresh);
  const slider = threshold();
  if (slider) slider.value = value;
  if (inside) panel.focus({ preventScroll: true });
  await renew(here());
}

function wire() {
  panel.addEventListener("submit", submitted);
  panel.addEventListener("change", (event) => {
    const box = event.target;
    if (box instanceof HTMLInputElement && box.closest("#suggestion-sources")) {
      const boxes = /** @type {HTMLInputElement[]} */ ([...panel.querySelectorAll("#suggestion-sources input")]);
      store(OFF, boxes.filter(({ checked }) => !checked).map(({ value }) => value).join(","));
      void renew(here());
    }
  });
  panel.addEventListener("input", (event) => {
    if (event.target !== threshold()) return;
    store(THRESHOLD, threshold()?.value ?? "");
    counted();
  });
  panel.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const row = link?.closest("li");
    if (row instanceof HTMLElement) {
      event.preventDefault();
      if (matchMedia("(max-width: 40rem)").matches) togglePanel(false); // it lies over the text there
      goTo(row);
    } else if (link?.dataset["at"]) {
      event.preventDefault();
      void renew(Number(link.dataset["at"]));
    }
  });
  for (const part of [panel, offer]) {
    part.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-offer]") : null;
      const asked = button instanceof HTMLElement ? button.dataset["offer"] : undefined;
      if (asked === "accept" || asked === "reject") decide(asked);
      else if (asked === "next") step(1);
      else if (asked === "previous") step(-1);
      else if (asked === "panel") togglePanel(true);
      else if (asked === "close-panel") togglePanel(false);
      else if (asked === "close") leave();
    });
  }
  // Escape leaves the card or the panel, whichever is the innermost, before it leaves anything else.
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || event.isComposing || document.querySelector("dialog[open], details.menu[open]")) return;
      const inside = panel.contains(document.activeElement) || document.activeElement === document.body;
      if (!panel.hidden && inside) togglePanel(false);
      else if (!leave()) return;
      event.preventDefault();
      event.stopPropagation();
    },
    { capture: true },
  );
  document.getElementById("reading")?.addEventListener("click", (event) => {
    if (!getSelection()?.isCollapsed || (event.target instanceof Element && event.target.closest("mark, a, .card"))) return;
    const row = rows().find((candidate) => {
      const { start, end } = spanOf(candidate);
      const boxes = rangeOf(start, end)?.getClientRects() ?? [];
      return [...boxes].some((box) => box.left <= event.clientX && event.clientX <= box.right && box.top <= event.clientY && event.clientY <= box.bottom);
    });
    if (row) goTo(row);
  });
  addEventListener("scroll", place, { passive: true });
  addEventListener("resize", place);
  let timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  addEventListener(
    "scroll",
    () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const all = rows();
        const top = topOffset();
        const [first, last] = [all[0], all.at(-1)];
        if ((first && spanOf(first).start > top && isMore(-1)) || (last && spanOf(last).start < top && isMore(1))) {
          if (!current) void renew(top);
        }
      }, 250);
    },
    { passive: true },
  );
  // What was swapped in has other nodes; and what was marked, unmarked or undone has other suggestions.
  let renewing = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  document.addEventListener("postil:answer", (event) => {
    paintAll();
    clearTimeout(renewing);
    // Of a long list there is enough here to go on with: the server need not look through all of it again.
    const kind = /** @type {CustomEvent} */ (event).detail?.letter?.kind;
    const goesOn = kind === "accept" || kind === "reject" || kind === "create" || kind === "edit";
    if (goesOn && rows().length > 40 && Number(list()?.dataset["total"]) > 100) return;
    if (pendingCount() === 0) renewing = setTimeout(() => void renew(here()), 150);
  });
}
