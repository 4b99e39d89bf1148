/** A list follows what others change in it: it fetches itself and renews what is another, but for what is being typed. */
import { words } from "./announce.js";
import { offerReload, sayQuietly, watchSource } from "./live.js";
import { isTouched, renew } from "./renew.js";

const main = /** @type {HTMLElement} */ (document.getElementById("main"));

/** Whether this page itself wrote something since it last looked. */
let own = false;
document.addEventListener("postil:write", () => (own = true));
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.requestConfig.verb !== "get") own = true;
});

/** What the server drew last: compared with what it draws now, so that nothing is touched without need. */
async function take() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok || response.redirected) return false;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("main");
  if (!fresh) return false;
  if (main.dataset["renew"] === "offer" && isTouched(main)) {
    offerReload();
    return true;
  }
  const quiet = own;
  own = false;
  const seen = new MutationObserver(() => {});
  seen.observe(main, { subtree: true, childList: true, characterData: true, attributes: true });
  const left = renew(main, fresh);
  const differs = left > 0 || seen.takeRecords().length > 0;
  seen.disconnect();
  htmx.process(main);
  for (const apart of main.querySelectorAll("details[open] [data-own]")) htmx.trigger(apart, "renewed");
  if (differs && !quiet) sayQuietly(words(left ? "listLeft" : "listRenewed"));
  return true;
}

watchSource({ address: () => main.dataset["live"] ?? "", take });
