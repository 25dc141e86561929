// Keeps JupyterLab from running its commands for keys that are pressed in a widget. JupyterLab looks at the element with
// the focus first, and runs the cell on Ctrl+Enter whatever its parents say, so that element has to say it too.
function suppressShortcuts(el) {
  el.dataset.lmSuppressShortcuts = "true";
  const mark = ({ target }) => el.contains(target) && target.setAttribute("data-lm-suppress-shortcuts", "true");
  // The window hears of a key before the document does, where JupyterLab listens.
  window.addEventListener("keydown", mark, true);
  return () => window.removeEventListener("keydown", mark, true);
}

