function render({ model, el }) {
  el.classList.add("importer");
  let waiting = null;

  const draw = () => {
    const drawn = el.cloneNode(false);
    drawn.innerHTML = model.get("html");
    if (waiting?.late) drawn.querySelector(".im-key")?.replaceChildren(model.get("busy"));
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
