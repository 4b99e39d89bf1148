/** Saying things: politely, or at once; and the line at the foot that shows how things stand. */

const main = document.getElementById("main");
const mail = document.getElementById("mail");
const messages = /** @type {Record<string, string>} */ ({
  ...JSON.parse(mail?.dataset["messages"] ?? "{}"),
  ...JSON.parse(main?.dataset["messages"] ?? "{}"),
});

/**
 * A sentence of the interface, with {0}, {1}… filled in.
 * @param {string} name
 * @param {...(string | number)} values
 * @returns {string}
 */
export function words(name, ...values) {
  return values.reduce((text, value, n) => String(text).replace(`{${n}}`, () => String(value)), messages[name] ?? name).toString();
}

/** @type {Promise<void> | null} */
let learning = null;

/** Fetch the sentences of what is used rarely. @returns {Promise<void>} when they are known, or cannot be had */
export function learnWords() {
  learning ??= fetch("/words")
    .then((answer) => answer.json())
    .then((more) => void Object.assign(messages, more))
    .catch(() => {
      learning = null; // the server is away: names stand in for sentences until it is back
    });
  return learning;
}

/**
 * Sentences that a part of the page brings with it.
 * @param {Element | null} part with `data-messages`
 */
export function takeWords(part) {
  if (part instanceof HTMLElement) Object.assign(messages, JSON.parse(part.dataset["messages"] ?? "{}"));
}

/**
 * @param {string} text
 */
export function politely(text) {
  const place = document.getElementById("polite");
  place?.replaceChildren(text); // a new node, so that the same words are said again
}

/**
 * @param {string} text
 */
export function assertively(text) {
  document.getElementById("assertive")?.replaceChildren(text);
}

/**
 * @param {"saved" | "already" | "saving" | "waiting" | "refused"} state
 * @param {string} text
 */
export function showState(state, text) {
  const place = document.getElementById("state");
  if (!place) return;
  place.dataset["state"] = state;
  place.textContent = text;
  const retry = document.getElementById("retry");
  if (retry) retry.hidden = state !== "waiting";
}

/** @returns {HTMLElement} the box that holds what was refused, made when first needed */
function problems() {
  const known = document.getElementById("problem");
  if (known) return known;
  const box = document.createElement("div");
  box.id = "problem";
  box.className = "ui";
  document.body.append(box);
  return box;
}

/**
 * Show a refusal of the server where the person looks: the problem it drew, until it is closed.
 * Others stay: each may hold words that were typed and are kept nowhere else.
 * @param {string} html drawn and escaped by the server
 * @param {string} about the address that refused
 */
export function showProblem(html, about) {
  const drawn = drawnProblem(html);
  showOne(about, [drawn]);
  assertively(drawn.textContent?.replace(/\s+/g, " ").trim() || words("refused"));
}

/**
 * The problem in an answer of the server, escaped there.
 * @param {string} html
 * @returns {HTMLElement}
 */
export function drawnProblem(html) {
  const drawn = new DOMParser().parseFromString(html, "text/html").querySelector(".problem");
  if (drawn instanceof HTMLElement) return document.adoptNode(drawn);
  const plain = document.createElement("div");
  plain.className = "problem";
  plain.textContent = words("refused");
  return plain;
}

/**
 * Put something into the box of problems, in place of what it holds about the same thing.
 * @param {string} about
 * @param {Node[]} content
 * @returns {HTMLElement}
 */
export function showOne(about, content) {
  closeProblem(about);
  const one = document.createElement("div");
  one.className = "one";
  one.dataset["about"] = about;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "✕";
  close.className = "quiet";
  close.setAttribute("aria-label", words("close"));
  close.addEventListener("click", () => {
    closeProblem(about);
    document.getElementById("reading")?.focus({ preventScroll: true });
  });
  one.append(...content, close);
  problems().append(one);
  return one;
}

/**
 * @param {string} [about] the address whose refusal is settled; without, the one shown last
 * @returns {boolean} whether there was one
 */
export function closeProblem(about) {
  const box = document.getElementById("problem");
  const shown = /** @type {HTMLElement[]} */ ([...(box?.children ?? [])]);
  const one = about === undefined ? shown.at(-1) : shown.find((candidate) => candidate.dataset["about"] === about);
  one?.remove();
  if (box && box.childElementCount === 0) box.remove();
  return one !== undefined;
}
