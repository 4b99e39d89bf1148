/** A list follows what others change in it: it fetches itself and renews what is another, but for what is being typed. */
import { words } from "./announce.js";
import { offerReload, sayQuietly, watchSource } from "./live.js";
import { isTouched, renew } from "./renew.js";

const main = /** @type {HTMLElement} */ (document.getElementById("main"));

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
  const left = renew(main, fresh);
  htmx.process(main);
  for (const apart of main.querySelectorAll("details[open] [data-own]")) htmx.trigger(apart, "renewed");
  sayQuietly(words(left ? "listLeft" : "listRenewed"));
  return true;
}

watchSource({ address: () => main.dataset["live"] ?? "", take });
