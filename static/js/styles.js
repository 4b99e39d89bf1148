/** Style sheets of what is used rarely, fetched when it is first used. */

/**
 * @param {string} name of a file beside the others
 * @returns {Promise<void>} when it applies, or cannot be had
 */
export function withStyle(name) {
  const address = new URL(`../css/${name}.css`, import.meta.url).href;
  return new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = address;
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => resolve());
    document.head.append(link);
  });
}
