// Pages without an article: the reading settings, and menus that close.
import { wireSettings } from "./settings.js";

wireSettings(document);
