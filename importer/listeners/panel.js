function render({ model, el }) {
  el.classList.add("importer");
  let waiting = null;

  const draw = () => {
    const drawn = el.cloneNode(false);
    drawn.innerHTML = model.get("html");
    if (waiting?.late) drawn.querySelector(".im-key")?.replaceChildren(model.get("busy"));
    morph(el, drawn);
  };
  const answered = () => {
    clearTimeout(waiting?.timer);
    waiting = null;
    draw();
  };
  const click = (event) => {
    const button = event.target.closest("button[data-action]");
    if (!button || waiting) return;
    waiting = { late: false, timer: setTimeout(() => ((waiting.late = true), draw()), 1500) };
    model.send({ action: button.dataset.action });
  };

  el.addEventListener("click", click);
  model.on("change:html", draw);
  model.on("msg:custom", answered);
  draw();
  return () => {
    clearTimeout(waiting?.timer);
    el.removeEventListener("click", click);
    model.off("change:html", draw);
    model.off("msg:custom", answered);
  };
}

export default { render };
