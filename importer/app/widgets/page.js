// The kernel draws; this brings the page to the drawing, and tells the kernel what is clicked and written.

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

async function copy(button) {
  const code = button.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    // Without https there is no clipboard: the code is shown and marked, to be copied by hand.
    button.parentElement.querySelector("details").open = true;
    getSelection().selectAllChildren(code);
    return;
  }
  const said = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => (button.textContent = said), 1500);
}

// A person who looks elsewhere hears of the end, where they asked for it.
function alertHidden({ ended, alerts }) {
  if (!document.hidden) return;
  if (alerts.includes("notify") && window.Notification?.permission === "granted") new Notification(ended, { tag: ended });
  if (!alerts.includes("sound")) return;
  const context = new AudioContext();
  const [tone, volume] = [context.createOscillator(), context.createGain()];
  volume.gain.setValueAtTime(0.2, context.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + 0.6);
  tone.connect(volume).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + 0.6);
  tone.onended = () => context.close();
}

// A file comes in pieces that are asked for one by one, so that a large one blocks nothing.
function fetcher(model) {
  const view = String(Math.random());
  let [file, pieces, got] = [null, [], 0];
  const next = () => model.send({ piece: file.key, offset: got, view });
  const hear = (message, buffers) => {
    if (message.view !== view) return;
    if (message.file) [file, pieces, got] = [message.file, [], 0];
    else if (message.piece === file?.key && message.offset === got && buffers.length) {
      pieces.push(buffers[0]);
      got += buffers[0].byteLength;
    } else return;
    if (got < file.size) return next();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(pieces));
    link.download = file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    [file, pieces] = [null, []];
  };
  return { hear, ask: ({ dataset, value }) => model.send({ download: dataset.download, of: value, view }) };
}

function render({ model, el }) {
  el.classList.add("importer", "im-app");
  // What is typed here is no command of JupyterLab.
  el.dataset.lmSuppressShortcuts = "true";
  const told = new WeakMap();
  let [waiting, typing, unheard] = [null, null, 0];

  const draw = () => {
    const drawn = el.cloneNode(false);
    drawn.innerHTML = model.get("html");
    // Moments come in UTC, and are read where the browser is.
    for (const time of drawn.querySelectorAll("time")) {
      const moment = new Date(time.dateTime);
      if (!Number.isNaN(moment.getTime())) time.textContent = MOMENT.format(moment);
    }
    if (waiting?.late) drawn.insertAdjacentHTML("beforeend", `<p class="im-note im-warn" role="status"></p>`);
    if (waiting?.late) drawn.lastElementChild.textContent = model.get("busy");
    morph(el, drawn);
    // What is ticked and chosen is the person's until the kernel has heard of it, and then the kernel's.
    if (unheard) return;
    for (const box of el.querySelectorAll("input[type=checkbox]")) box.checked = box.hasAttribute("checked");
    for (const list of el.querySelectorAll("select")) list.value = list.querySelector("[selected]")?.value ?? list.value;
  };
  const files = fetcher(model);
  const heard = (message, buffers) => {
    if (message.ended) return alertHidden(message);
    if (!message.heard) return files.hear(message, buffers);
    unheard = Math.max(unheard - 1, 0);
    if (unheard) return;
    clearTimeout(waiting?.timer);
    waiting = null;
    draw();
  };
  const ask = (ask, control, value) => {
    unheard += 1;
    clearTimeout(waiting?.timer);
    const now = (waiting = { late: false });
    now.timer = setTimeout(() => ((now.late = true), draw()), 1500);
    model.send({ ask, of: control.dataset.of ?? "", value });
  };
  const click = ({ target }) => {
    const button = target.closest("button");
    if (button?.dataset.copy !== undefined) copy(button);
    else if (button?.dataset.download) files.ask(button);
    else if (button?.dataset.ask) ask(button.dataset.ask, button, button.value);
  };
  const change = ({ target }) => {
    const isTold = told.get(target) === target.value;
    told.delete(target);
    if (!target.dataset.ask || isTold) return;
    if (target.dataset.ask === "notify" && target.checked) window.Notification?.requestPermission();
    ask(target.dataset.ask, target, target.type === "checkbox" ? target.checked : target.value);
  };
  // JupyterLab has its own mind about Enter, so the browser may not tell of a change.
  const keydown = ({ key, target }) => {
    if (key !== "Enter" || target.type !== "text" || !target.dataset.ask) return;
    told.set(target, target.value);
    ask(target.dataset.ask, target, target.value);
  };
  const input = ({ target }) => {
    if (!target.dataset.typing) return;
    clearTimeout(typing);
    typing = setTimeout(() => model.send({ ask: target.dataset.typing, of: "", value: target.value }), 150);
  };

  const events = { click, change, input, keydown };
  for (const [name, hear] of Object.entries(events)) el.addEventListener(name, hear);
  // What nobody sees need not be looked for.
  const view = String(Math.random());
  const turn = (isOver) => model.get("reports_visibility") && model.send({ visible: !document.hidden && isOver !== true, view });
  document.addEventListener("visibilitychange", turn);
  model.on("change:html", draw);
  model.on("msg:custom", heard);
  draw();
  turn();
  return () => {
    turn(true);
    clearTimeout(waiting?.timer);
    clearTimeout(typing);
    document.removeEventListener("visibilitychange", turn);
    for (const [name, hear] of Object.entries(events)) el.removeEventListener(name, hear);
    model.off("change:html", draw);
    model.off("msg:custom", heard);
  };
}

export default { render };
