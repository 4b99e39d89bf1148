/**
 * htmx comes when it is first needed: reading needs none of it, and it weighs as much as all our scripts.
 */

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
/** @type {Promise<void> | undefined} */
let coming;

/** @returns {boolean} whether it is there already */
export function isHere() {
  return "htmx" in globalThis;
}

/** @returns {Promise<void>} rejected when it cannot be fetched; the next call tries again */
export function htmxHere() {
  if (isHere()) return Promise.resolve();
  coming ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = main.dataset["htmx"] ?? "";
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () => {
      coming = undefined;
      script.remove();
      reject(new Error("htmx could not be fetched"));
    });
    document.head.append(script);
  });
  return coming;
}

/** What was asked for last. @type {Promise<unknown>} */
let before = Promise.resolve();

/**
 * Fetch a part of the page and swap it in, after those that were asked for before: of a request that has to
 * wait for another one, htmx tells nobody that it failed.
 * @param {string} address
 * @param {{ target: string, swap: string }} how
 * @returns {Promise<void>} rejected when the server does not answer
 */
export function fetchPart(address, how) {
  const mine = before.then(htmxHere).then(() => htmx.ajax("GET", address, how));
  before = mine.catch(() => undefined);
  return mine;
}

/** Fetch it when somebody begins to do something; in a long article, which takes it long to look through, before. */
export function wireSwapping() {
  const begin = () => void htmxHere().catch(() => undefined); // whoever needs it tries again, and says so
  for (const sign of ["pointerdown", "keydown"]) addEventListener(sign, begin, { once: true, capture: true });
  if (main.classList.contains("long")) setTimeout(begin, 1000);
}
