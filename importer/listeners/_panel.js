// The kernel draws; this only brings the page to the drawing, node by node, so that nothing flickers,
// marked text stays marked, and a screen reader hears what changed and no more.

function morph(from, to) {
  if (from.nodeName !== to.nodeName) return from.replaceWith(to);
  if (from.nodeType === Node.TEXT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  const [old, now] = [[...from.childNodes], [...to.childNodes]];
  now.forEach((node, i) => (i < old.length ? morph(old[i], node) : from.append(node)));
  old.slice(now.length).forEach((node) => node.remove());
}

const BUSY = "The kernel is busy with a cell and hears this when the cell ends; the toolbar's ■ ends it now.";

function render({ model, el }) {
  el.classList.add("importer");
  let waiting = null;

  const draw = () => {
    const drawn = el.cloneNode(false);
    drawn.innerHTML = model.get("html");
    if (waiting?.late) drawn.querySelector(".im-key")?.replaceChildren(BUSY);
    morph(el, drawn);
  };
  const heard = () => {
    clearTimeout(waiting?.timer);
    waiting = null;
    draw();
  };
  const click = (event) => {
    const button = event.target.closest("button[data-ask]");
    if (!button || waiting) return;
    waiting = { late: false, timer: setTimeout(() => ((waiting.late = true), draw()), 1500) };
    model.send({ ask: button.dataset.ask });
  };

  el.addEventListener("click", click);
  model.on("change:html", draw);
  model.on("msg:custom", heard);
  draw();
  return () => {
    clearTimeout(waiting?.timer);
    el.removeEventListener("click", click);
    model.off("change:html", draw);
    model.off("msg:custom", heard);
  };
}

export default { render };
