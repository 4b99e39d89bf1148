// Pages without an article: the reading settings, menus that close, and lists that follow what others change.
import { wireSettings } from "./settings.js";

wireSettings(document);
if (document.querySelector("#main[data-live]")) void import("./livelist.js");

document.addEventListener("change", (event) => {
  const all = event.target;
  if (!(all instanceof HTMLInputElement) || !all.dataset.chooseAll) return;
  const boxes = all.closest("form")?.querySelectorAll(`input[name="${all.dataset.chooseAll}"]`) ?? [];
  for (const box of boxes) if (box instanceof HTMLInputElement) box.checked = all.checked;
});
