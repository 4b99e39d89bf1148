/** Which version of a mark the reader has seen: the page's, or that of the reader's own later change. */

const main = document.getElementById("main");
/** @type {Map<string, number>} */
const own = new Map();

document.addEventListener("postil:answer", (event) => {
  const { response } = /** @type {CustomEvent} */ (event).detail;
  const version = Number(response?.headers.get("X-Postil-Seq"));
  if (!response?.ok || !version) return;
  for (const id of (response.headers.get("X-Postil-Changed") ?? "").split(" ")) if (id) own.set(id, version);
});

/**
 * @param {string} id of an annotation
 * @returns {number}
 */
export function seenVersion(id) {
  return own.get(id) ?? Number(main?.dataset["seen"] ?? 0);
}
