// The page that brings texts in: files may be dropped, and a problem leaves the form as it is.

/**
 * The names and sizes of chosen files, one after the other.
 * @param {Iterable<File>} files
 * @returns {string[]}
 */
export function described(files) {
  const form = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "kilobyte", maximumFractionDigits: 1 });
  return Array.from(files, (file) => `${file.name} (${form.format(Math.max(0.1, file.size / 1000))})`);
}

/**
 * Let files be dropped on a box, into its file input, and list what was chosen.
 * @param {HTMLElement} box
 */
export function wireDrop(box) {
  const input = box.querySelector("input[type=file]");
  const list = box.querySelector("[data-files]");
  if (!(input instanceof HTMLInputElement)) return;
  const show = () => {
    list?.replaceChildren(...described(input.files ?? []).map((text) => {
      const item = document.createElement("li");
      item.dir = "auto";
      item.textContent = text;
      return item;
    }));
  };
  input.addEventListener("change", show);
  for (const name of ["dragenter", "dragover"]) {
    box.addEventListener(name, (event) => {
      event.preventDefault();
      box.classList.add("over");
    });
  }
  box.addEventListener("dragleave", (event) => {
    if (!(event.relatedTarget instanceof Node) || !box.contains(event.relatedTarget)) box.classList.remove("over");
  });
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    box.classList.remove("over");
    if (!event.dataTransfer?.files.length) return;
    input.files = event.dataTransfer.files;
    show();
  });
  show();
}

/**
 * Show errors beside a form instead of in its place, so that nothing typed is lost. The form names the
 * place in data-problems.
 * @param {Document} root
 */
export function wireProblems(root) {
  root.addEventListener("htmx:beforeSwap", (event) => {
    const detail = /** @type {CustomEvent} */ (event).detail;
    const form = detail.requestConfig?.elt;
    if (!(form instanceof HTMLElement) || !form.dataset.problems) return;
    const place = root.querySelector(form.dataset.problems);
    if (!place) return;
    if (!detail.isError) {
      place.replaceChildren();
      return;
    }
    detail.shouldSwap = true;
    detail.target = place;
    detail.swapOverride = "innerHTML show:top";
  });
}

for (const box of document.querySelectorAll("[data-drop]")) {
  if (box instanceof HTMLElement) wireDrop(box);
}
wireProblems(document);
