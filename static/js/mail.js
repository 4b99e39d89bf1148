/**
 * What waits in this browser and does not belong to the open article: written on other pages, or by somebody
 * who sat here before. Any page of Postil sends what can be sent, and says what cannot.
 */
import { words } from "./announce.js";
import { dropAllOf, isAway, othersLetters, pendingCount, refusedLetters, resume, retryNow } from "./outbox.js";

const place = document.getElementById("mail");
const onArticle = document.getElementById("reading") !== null;

/**
 * @param {string} text
 * @param {() => void} act
 */
function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

/** @param {...(string | Node)} content */
function line(...content) {
  const made = document.createElement("p");
  made.append(...content);
  return made;
}

/**
 * Be somebody else at this browser, so that what they wrote can go out under their name.
 * @param {string} person
 */
async function become(person) {
  const headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
  const body = new URLSearchParams([["do", "choose"], ["person", person]]);
  const answer = await fetch(place?.dataset["you"] ?? "", { method: "POST", body, headers: { "X-CSRFToken": headers["X-CSRFToken"] }, redirect: "manual" }).catch(() => null);
  if (answer) location.reload();
  else draw();
}

/** What was written on other pages and could not be saved, by page: settled where it was written. */
function unsettled() {
  const pages = new Map(refusedLetters().filter(({ page }) => page !== location.pathname).map(({ page, title }) => [page, title]));
  return [...pages].map(([page, title]) => {
    const link = document.createElement("a");
    link.href = page;
    link.dir = "auto";
    link.textContent = title;
    return line(`${words("refusedElsewhere")} `, link);
  });
}

function others() {
  const people = new Map(othersLetters().map(({ person, name }) => [person, name]));
  return [...people].map(([person, name]) => {
    const many = othersLetters().filter((letter) => letter.person === person).length;
    return line(
      `${words(many === 1 ? "othersOne" : "others", many, name)} `,
      button(words("become", name), () => void become(person)),
      " ",
      button(words("throwAway"), () => {
        if (confirm(words("reallyDrop", many, name))) void dropAllOf(person);
      }),
    );
  });
}

/** What waits to go out; on an article's page its foot tells of it. */
function waiting() {
  const many = pendingCount();
  if (many === 0 || onArticle) return [];
  const text = words(many === 1 ? "waitsOne" : "waits", many);
  return [isAway() ? line(`${text} `, button(words("tryNow"), retryNow)) : line(words("sending"))];
}

let had = false;
function draw() {
  if (!place) return;
  const own = waiting();
  const lines = [...own, ...unsettled(), ...others()];
  if (had && !own.length && !onArticle && !pendingCount()) lines.unshift(line(words("allSaved")));
  had ||= own.length > 0;
  // The same again would be said again.
  if (place.textContent === lines.map((each) => each.textContent).join("")) return;
  place.replaceChildren(...lines);
  place.hidden = lines.length === 0;
}

for (const name of ["postil:pending", "postil:away", "postil:calm"]) document.addEventListener(name, draw);
if (!onArticle) void resume();
draw();
