/**
 * Renewing a part of the page around the element that has the focus, which itself is not touched: its
 * caret, what is typed in it and its own undo live on.
 */

/**
 * @param {Element} old in the page
 * @param {Element} fresh what the server drew
 * @param {Element} kept inside `old`, with an id
 * @returns {boolean} false when `fresh` has no such element at the same depth; then nothing was changed
 */
export function graft(old, fresh, kept) {
  const twin = kept.id ? fresh.querySelector(`#${CSS.escape(kept.id)}`) : null;
  if (!twin) return false;
  const before = pathTo(old, kept);
  const after = pathTo(fresh, twin);
  if (before.length !== after.length) return false;
  before.forEach((element, n) => renew(element, /** @type {Element} */ (after[n]), before[n + 1] ?? kept, after[n + 1] ?? twin));
  learn(kept, twin);
  htmx.process(old);
  return true;
}

/**
 * The elements from `root` down to the parent of `leaf`.
 * @param {Element} root
 * @param {Element} leaf
 * @returns {Element[]}
 */
function pathTo(root, leaf) {
  const path = [];
  for (let element = leaf.parentElement; element; element = element.parentElement) {
    path.unshift(element);
    if (element === root) break;
  }
  return path;
}

/**
 * Give an element the attributes and children of another, but for the child that stays.
 * @param {Element} element
 * @param {Element} from
 * @param {Element} staying
 * @param {Element} twin what stands in its place
 */
function renew(element, from, staying, twin) {
  for (const { name } of [...element.attributes]) if (!from.hasAttribute(name)) element.removeAttribute(name);
  for (const { name, value } of from.attributes) if (name !== "hx-swap-oob") element.setAttribute(name, value);
  for (const child of [...element.childNodes]) if (child !== staying) child.remove();
  let passed = false;
  for (const child of [...from.childNodes]) {
    if (child === twin) passed = true;
    else if (passed) element.append(child);
    else element.insertBefore(child, staying);
  }
}

/**
 * What the server holds now is what a field starts from; what was typed since stays.
 * @param {Element} field
 * @param {Element} twin
 */
function learn(field, twin) {
  const text = field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement;
  if (!text || !(twin instanceof field.constructor)) return;
  const now = /** @type {HTMLInputElement | HTMLTextAreaElement} */ (twin);
  const untouched = field.value === field.defaultValue;
  field.defaultValue = now.defaultValue;
  if (untouched && field.value !== now.defaultValue) field.value = now.defaultValue;
  if (field instanceof HTMLInputElement && now instanceof HTMLInputElement) {
    field.defaultChecked = now.defaultChecked;
    field.checked = now.checked;
  }
}
