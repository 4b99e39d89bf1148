/**
 * Cells of a table that are changed where they stand: a link that opens the field, a form that goes back to
 * a link. Without scripts the link leads to a page with the same form.
 */

const table = /** @type {HTMLElement | null} */ (document.getElementById("statements"));
const said = /** @type {Record<string, string>} */ (JSON.parse(table?.dataset["messages"] ?? "{}"));

/** What a cell held before its field was opened. @type {WeakMap<HTMLElement, Node[]>} */
const before = new WeakMap();
/** Cells whose change is on its way. @type {WeakSet<HTMLElement>} */
const busy = new WeakSet();

/** @param {string} text @param {"polite" | "assertive"} [how] */
function say(text, how = "polite") {
  document.getElementById(how)?.replaceChildren(text);
}

/** @param {HTMLElement} cell */
function linkIn(cell) {
  return /** @type {HTMLElement | null} */ (cell.querySelector("a[data-cell]"));
}

/** @param {Element | null} place @returns {HTMLTableCellElement | null} */
function cellOf(place) {
  return place?.closest("td") ?? null;
}

/** @param {HTMLElement} cell */
function formIn(cell) {
  return /** @type {HTMLFormElement | null} */ (cell.querySelector("form[data-cell-form]"));
}

/** @param {HTMLFormElement} form */
function isChanged(form) {
  return [...form.elements].some((field) => {
    if (field instanceof HTMLSelectElement) {
      return field.name !== "kind" && [...field.options].some((option) => option.selected !== option.defaultSelected) && field.value !== (([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value ?? "");
    }
    return field instanceof HTMLInputElement && field.type !== "hidden" && field.value !== field.defaultValue;
  });
}

/** Open the field of a cell. @param {HTMLElement} link */
async function open(link) {
  const cell = cellOf(link);
  if (!cell || formIn(cell) || busy.has(cell)) return;
  busy.add(cell);
  try {
    const answer = await fetch(/** @type {HTMLAnchorElement} */ (link).href, { headers: { "HX-Request": "true" } });
    const html = await answer.text();
    const drawn = new DOMParser().parseFromString(html, "text/html");
    const form = drawn.querySelector("form[data-cell-form]");
    if (!answer.ok || !form) return refuse(cell, drawn);
    before.set(cell, [...cell.childNodes]);
    cell.replaceChildren(document.adoptNode(form));
    htmx.process(/** @type {Element} */ (form));
    const field = /** @type {HTMLElement | null} */ (form.querySelector("input:not([type=hidden]), select"));
    const actor = /** @type {HTMLElement | null} */ (form.querySelector("input[name=entity]"));
    (actor ?? field)?.focus();
    if (field instanceof HTMLInputElement && field.type === "text") field.select();
  } catch {
    say(said["away"] ?? "", "assertive");
  } finally {
    busy.delete(cell);
  }
}

/** Leave a cell as it was. @param {HTMLElement} cell */
function leave(cell) {
  const held = before.get(cell);
  if (!held) return;
  cell.replaceChildren(...held);
  before.delete(cell);
}

/**
 * @param {HTMLElement} cell
 * @param {Document} answer
 */
function refuse(cell, answer) {
  cell.querySelector(".problem")?.remove();
  const problem = answer.querySelector(".problem");
  if (problem) cell.append(document.adoptNode(problem));
  const row = answer.querySelector("tr[data-row]");
  if (problem instanceof HTMLElement && row) wireSides(cell, problem, row);
  say(problem?.textContent?.replace(/\s+/g, " ").trim() || said["away"] || "", "assertive");
}

/**
 * Somebody else changed the cell: both sides are shown, and one is chosen.
 * @param {HTMLElement} cell
 * @param {HTMLElement} problem
 * @param {Element} fresh the row as it is now
 */
function wireSides(cell, problem, fresh) {
  problem.addEventListener("click", (event) => {
    const side = event.target instanceof HTMLElement ? event.target.dataset["side"] : undefined;
    const form = formIn(cell);
    if (!side || !form) return;
    if (side === "theirs") {
      const row = /** @type {HTMLElement} */ (cell.closest("tr"));
      const place = [...row.children].indexOf(cell);
      row.replaceWith(document.adoptNode(fresh));
      const next = /** @type {HTMLElement | undefined} */ (fresh.children[place]);
      if (next) linkIn(next)?.focus();
      return;
    }
    const saw = form.elements.namedItem("saw");
    if (saw instanceof HTMLInputElement) saw.value = problem.dataset["now"] ?? "";
    void save(cell).then((kept) => kept && linkIn(kept)?.focus());
  });
}

/**
 * Save what a cell's form holds, and draw its row anew.
 * @param {HTMLElement} cell
 * @param {HTMLElement | null} [submitter]
 * @returns {Promise<HTMLElement | null>} the cell as it is now; null when it was refused
 */
async function save(cell, submitter = null) {
  const form = formIn(cell);
  if (!form || busy.has(cell)) return null;
  busy.add(cell);
  const row = /** @type {HTMLElement} */ (cell.closest("tr"));
  const place = [...row.children].indexOf(cell);
  const fields = new URLSearchParams(/** @type {[string, string][]} */ ([...new FormData(form, submitter)]));
  document.dispatchEvent(new CustomEvent("postil:write"));
  try {
    const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { "HX-Request": "true", ...token } });
    const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = drawn.querySelector("tr");
    if (!answer.ok || !fresh) {
      refuse(cell, drawn);
      return null;
    }
    const ticked = /** @type {HTMLInputElement | null} */ (row.querySelector("input[type=checkbox]"))?.checked;
    row.replaceWith(document.adoptNode(fresh));
    const box = /** @type {HTMLInputElement | null} */ (fresh.querySelector("input[type=checkbox]"));
    if (box && ticked) box.checked = true;
    document.getElementById("lately-here")?.replaceChildren(...[...drawn.querySelectorAll(".lately")].map((each) => document.adoptNode(each)));
    say(drawn.querySelector(".told")?.textContent ?? said["saved"] ?? "");
    return /** @type {HTMLElement} */ (fresh.children[place] ?? null);
  } catch {
    say(said["away"] ?? "", "assertive"); // the form stays, with its operation id: sent again, it is done once
    return null;
  } finally {
    busy.delete(cell);
  }
}

/** All cells that can be changed, in the order of the page. */
function cells() {
  return /** @type {HTMLElement[]} */ ([...(table?.querySelectorAll("tbody td") ?? [])]).filter((cell) => linkIn(cell) || formIn(cell));
}

/** @param {HTMLElement} cell @param {number} rows @param {number} columns */
function neighbour(cell, rows, columns) {
  if (columns) {
    let next = /** @type {Element | null} */ (cell);
    do next = columns > 0 ? (next?.nextElementSibling ?? null) : (next?.previousElementSibling ?? null);
    while (next && !linkIn(/** @type {HTMLElement} */ (next)));
    return next;
  }
  const place = [...(cell.parentElement?.children ?? [])].indexOf(cell);
  let row = cell.parentElement;
  do row = /** @type {HTMLElement | null} */ ((rows > 0 ? row?.nextElementSibling : row?.previousElementSibling) ?? null);
  while (row && !linkIn(/** @type {HTMLElement} */ (row.children[place])));
  return row?.children[place] ?? null;
}

table?.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-cell]") : null;
  if (!(link instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  void open(link);
});

table?.addEventListener("submit", (event) => {
  const form = event.target;
  const cell = cellOf(/** @type {Element} */ (form));
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-cell-form]") || !cell) return;
  event.preventDefault();
  const removing = event.submitter instanceof HTMLButtonElement && event.submitter.name === "remove" ? event.submitter : null;
  if (!removing && !isChanged(form)) {
    leave(cell);
    linkIn(cell)?.focus();
    return;
  }
  void save(cell, removing).then((fresh) => fresh && linkIn(fresh)?.focus());
});

table?.addEventListener("keydown", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const cell = cellOf(target);
  if (!cell || event.isComposing || event.altKey) return;
  const form = formIn(cell);
  if (!form) {
    const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!way || !target?.closest("[data-cell]") || event.ctrlKey || event.metaKey) return;
    const rtl = getComputedStyle(/** @type {Element} */ (table)).direction === "rtl" ? -1 : 1;
    const next = neighbour(cell, /** @type {number} */ (way[0]), /** @type {number} */ (way[1]) * rtl);
    event.preventDefault();
    if (next) linkIn(/** @type {HTMLElement} */ (next))?.focus();
    return;
  }
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    leave(cell);
    linkIn(cell)?.focus();
  } else if (event.key === "Enter" && target instanceof HTMLSelectElement) {
    event.preventDefault();
    form.requestSubmit();
  } else if (event.key === "Tab" && !form.querySelector("[name=kind]") && !cell.querySelector("[data-side]")) {
    event.preventDefault();
    const all = cells();
    const at = all.indexOf(cell) + (event.shiftKey ? -1 : 1);
    void (async () => {
      const kept = isChanged(form) ? await save(cell) : (leave(cell), cell);
      if (!kept) return;
      const next = cells()[at];
      const link = next && linkIn(next);
      if (link) {
        link.focus();
        await open(link);
      } else linkIn(kept)?.focus();
    })();
  }
});

/** Whoever goes on elsewhere has what was typed saved. */
table?.addEventListener("focusout", (event) => {
  const cell = cellOf(event.target instanceof Element ? event.target : null);
  const form = cell ? formIn(cell) : null;
  if (!cell || !form || busy.has(cell)) return;
  const to = /** @type {FocusEvent} */ (event).relatedTarget;
  if (to instanceof Node && cell.contains(to)) return;
  setTimeout(() => {
    if (!formIn(cell) || cell.contains(document.activeElement) || busy.has(cell) || !document.hasFocus()) return;
    if (isChanged(form)) void save(cell);
    else leave(cell);
  });
});

export {}; // a module: its names are its own
