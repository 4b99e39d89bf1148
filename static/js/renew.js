/**
 * Making a part of the page equal to what the server draws now, touching only what differs: elements stay
 * the same objects, so that focus, caret, scroll and open details live on. A form in which something was
 * typed is left alone as a whole, with the version that it was typed on.
 */

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */

/** @param {Field} field */
function isChanged(field) {
  if (field instanceof HTMLSelectElement) {
    const drawn = [...field.options].findLastIndex((option) => option.defaultSelected);
    return field.options.length > 0 && field.selectedIndex !== Math.max(0, drawn);
  }
  if (field.type === "checkbox" || field.type === "radio") return /** @type {HTMLInputElement} */ (field).checked !== /** @type {HTMLInputElement} */ (field).defaultChecked;
  return field.type !== "hidden" && field.value !== field.defaultValue;
}

/**
 * Whether something was typed or chosen below an element and not sent.
 * @param {Element} root
 */
export function isTouched(root) {
  const fields = /** @type {NodeListOf<Field>} */ (root.querySelectorAll("input, textarea, select"));
  return [...fields].some(isChanged);
}

/**
 * @param {Element} old in the page
 * @param {Element} fresh what the server drew
 * @returns {number} how many forms were left alone though they differ
 */
export function renew(old, fresh) {
  if (old.matches("form") && isTouched(old)) return 1;
  attributes(old, fresh);
  if (old.hasAttribute("data-own")) return 0; // fetched apart from the page: renewed by whoever fetched it
  return children(old, fresh);
}

/**
 * @param {Element} old
 * @param {Element} fresh
 */
function attributes(old, fresh) {
  // What is open is the reader's; what a field holds follows its attribute unless it was typed in.
  const own = old.matches("details") ? ["open"] : old.matches("dialog") ? ["open"] : [];
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !own.includes(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (!own.includes(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old instanceof HTMLInputElement && fresh instanceof HTMLInputElement && old.type !== "hidden" && !isChanged(old)) {
    if (old.value !== fresh.value) old.value = fresh.value;
  }
}

/**
 * What makes two elements the same thing: their id, else what the form in them is about, else their kind.
 * @param {Node} node
 */
function nameOf(node) {
  if (!(node instanceof Element)) return `#${node.nodeType}`;
  const id = node.id || node.getAttribute("data-id") || node.getAttribute("name");
  return id ? `${node.localName}#${id}` : `${node.localName}.${node.getAttribute("type") ?? ""}`;
}

/**
 * @param {Element} old
 * @param {Element} fresh
 * @returns {number}
 */
function children(old, fresh) {
  if (old instanceof HTMLTextAreaElement) {
    const typed = old.value !== old.defaultValue;
    if (old.defaultValue !== fresh.textContent) old.defaultValue = fresh.textContent ?? "";
    if (!typed && old.value !== old.defaultValue) old.value = old.defaultValue;
    return 0;
  }
  let left = 0;
  /** @type {Map<string, ChildNode[]>} */
  const known = new Map();
  for (const child of old.childNodes) known.set(nameOf(child), [...(known.get(nameOf(child)) ?? []), child]);
  /** @type {ChildNode | null} */
  let at = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const twin = known.get(nameOf(child))?.shift();
    if (!twin) {
      old.insertBefore(document.adoptNode(child), at);
      continue;
    }
    if (twin === at) at = at.nextSibling;
    else old.insertBefore(twin, at);
    if (twin instanceof Element) left += renew(twin, /** @type {Element} */ (child));
    else if (twin.nodeValue !== child.nodeValue) twin.nodeValue = child.nodeValue;
  }
  for (const gone of [...known.values()].flat()) {
    const holds = gone instanceof Element && (gone.contains(document.activeElement) || isTouched(gone));
    if (holds) left += 1;
    else gone.remove();
  }
  return left;
}
