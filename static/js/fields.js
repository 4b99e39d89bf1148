/** Which fields of a form were changed since the server drew it, or since they were last sent. */

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */

/**
 * @param {HTMLFormElement} form
 * @returns {Field[]}
 */
function fieldsOf(form) {
  return /** @type {Field[]} */ ([...form.elements].filter((element) => element.matches("input:not([type=hidden]), textarea, select")));
}

/** @param {Field} field */
function isChanged(field) {
  if (field instanceof HTMLSelectElement) return [...field.options].some((option) => option.selected !== option.defaultSelected);
  if (field.type === "checkbox" || field.type === "radio") return /** @type {HTMLInputElement} */ (field).checked !== /** @type {HTMLInputElement} */ (field).defaultChecked;
  return field.value !== field.defaultValue;
}

/** @param {Field} field */
function settle(field) {
  if (field instanceof HTMLSelectElement) for (const option of field.options) option.defaultSelected = option.selected;
  else if (field.type === "checkbox" || field.type === "radio") {
    const box = /** @type {HTMLInputElement} */ (field);
    box.defaultChecked = box.checked;
  } else field.defaultValue = field.value;
}

/**
 * The entries of a form to send: those of changed fields, and the hidden ones that say what was seen.
 * From then on the fields count as unchanged.
 * @param {HTMLFormElement} form
 * @param {[string, string][]} entries all of them
 * @returns {[string, string][] | null} null when nothing was changed
 */
export function changes(form, entries) {
  const changed = fieldsOf(form).filter(isChanged);
  if (changed.length === 0) return null;
  const names = new Set(["editor", "saw", ...changed.map((field) => field.name)]);
  changed.forEach(settle);
  return entries.filter(([name]) => names.has(name));
}

/**
 * Let fields hold what was sent for them and has no answer yet, as if the server had drawn them so: a card
 * drawn after an earlier change knows nothing of the later ones.
 * @param {Element} card freshly drawn
 * @param {Map<string, string[]>} sent the values of each field, by its name
 */
export function fill(card, sent) {
  const form = card.querySelector("form[data-write=edit]");
  if (!(form instanceof HTMLFormElement)) return;
  for (const field of fieldsOf(form)) {
    const values = sent.get(field.name);
    if (!values) continue;
    if (field instanceof HTMLSelectElement) {
      if ([...field.options].some(({ value }) => values.includes(value))) field.value = values.at(-1) ?? "";
    } else if (field.type === "checkbox" || field.type === "radio") {
      /** @type {HTMLInputElement} */ (field).checked = values.includes(field.value);
    } else field.value = values.at(-1) ?? "";
    settle(field);
  }
}

/**
 * Let the field that is being typed in save itself now, as if it had been left.
 * @param {HTMLElement} root
 */
export function flush(root) {
  const field = document.activeElement;
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) || !root.contains(field)) return;
  if (field.form?.dataset["write"] === "edit" && isChanged(field)) field.dispatchEvent(new Event("change", { bubbles: true }));
}
