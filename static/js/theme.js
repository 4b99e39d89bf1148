// Runs before the page is painted, so that nobody sees the wrong theme first.
(function () {
  const root = document.documentElement;
  root.classList.replace("no-js", "js");
  for (const name of ["theme", "size", "spacing"]) {
    let value = null;
    try {
      value = localStorage.getItem(`postil.${name}`);
    } catch {
      // Storage may be forbidden; then every page begins with the defaults.
    }
    if (value) root.dataset[name] = value;
  }
})();

// For every page and swap htmx looks by XPath for hx-on attributes, which takes long in a long article.
// There are none: the policy forbids what they hold, and htmx is told not to evaluate anything.
XPathEvaluator.prototype.createExpression = () =>
  /** @type {XPathExpression} */ (/** @type {unknown} */ ({ evaluate: () => ({ iterateNext: () => null }) }));
