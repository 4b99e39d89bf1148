// Pages without an article: the reading settings, menus that close, and lists that follow what others change.
import { wireSettings } from "./settings.js";

wireSettings(document);
if (document.querySelector("#main[data-live]")) void import("./livelist.js");
