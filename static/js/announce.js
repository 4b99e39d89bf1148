/** Saying things: politely, or at once; and the line at the foot that shows how things stand. */

const main = document.getElementById("main");
const messages = /** @type {Record<string, string>} */ (JSON.parse(main?.dataset["messages"] ?? "{}"));

/**
 * A sentence of the interface, with {0}, {1}… filled in.
 * @param {string} name
 * @param {...(string | number)} values
 * @returns {string}
 */
export function words(name, ...values) {
  return values.reduce((text, value, n) => String(text).replace(`{${n}}`, String(value)), messages[name] ?? name).toString();
}

/**
 * @param {string} text
 */
export function politely(text) {
  const place = document.getElementById("polite");
  if (place) place.textContent = text;
}

/**
 * @param {string} text
 */
export function assertively(text) {
  const place = document.getElementById("assertive");
  if (place) place.textContent = text;
}

/**
 * @param {"saved" | "saving" | "waiting" | "refused"} state
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

/**
 * Show a refusal of the server where the person looks: the problem it drew, in a box that can be closed.
 * @param {string} html drawn and escaped by the server
 */
export function showProblem(html) {
  document.getElementById("problem")?.remove();
  const box = document.createElement("div");
  box.id = "problem";
  box.className = "ui";
  const drawn = new DOMParser().parseFromString(html, "text/html").querySelector(".problem");
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "✕";
  close.className = "quiet";
  close.setAttribute("aria-label", "✕");
  close.addEventListener("click", () => box.remove());
  box.append(drawn ?? words("refused"), close);
  document.body.append(box);
  assertively(drawn?.textContent?.trim() ?? words("refused"));
}
