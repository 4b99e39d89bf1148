/** The versions of the marks that the reader changed here: each knows its own change, whatever the page shows. */

/** @type {Map<string, number>} */
const own = new Map();

document.addEventListener("postil:answer", (event) => {
  const { response } = /** @type {CustomEvent} */ (event).detail;
  const version = Number(response?.headers.get("X-Postil-Seq"));
  if (!response?.ok || !version) return;
  for (const id of (response.headers.get("X-Postil-Changed") ?? "").split(" ")) if (id) own.set(id, version);
});

/**
 * The version of an annotation that the reader has seen.
 * @param {string} id
 * @param {number} shown the newest change that the page shows
 * @returns {number}
 */
export function seenVersion(id, shown) {
  return Math.max(own.get(id) ?? 0, shown);
}
