/** The labels of the whole document: each box and field saves itself; the focus stays where it is. */
import { sendForm } from "./editor.js";

export function wireWholes() {
  document.addEventListener("change", (event) => {
    const field = event.target;
    const form = field instanceof HTMLElement ? field.closest("form") : null;
    if (form?.dataset["write"] !== "labels") return;
    const { id } = /** @type {HTMLElement} */ (field);
    void sendForm(form).then(() => document.getElementById(id)?.focus({ preventScroll: true }));
  });
}
