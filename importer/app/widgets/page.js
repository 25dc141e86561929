// The kernel draws the page; this updates it, and sends clicks and input to the kernel.

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

async function copy(button) {
  const code = button.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    // Without https there is no clipboard: show and select the code, so that the user can copy it.
    button.parentElement.querySelector("details").open = true;
    getSelection().selectAllChildren(code);
    return;
  }
  const said = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => (button.textContent = said), 1500);
}

// Signals the end of an import while the page is hidden, if the user asked for it.
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

// Fetches a file in pieces, one request each, so that a large file blocks nothing.
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
  // JupyterLab must not take what is typed here as commands.
  el.dataset.lmSuppressShortcuts = "true";
  const sent = new WeakMap();
  let [waiting, typing, unheard] = [null, null, 0];

  const draw = () => {
    const drawn = el.cloneNode(false);
    drawn.innerHTML = model.get("html");
    // Times come in UTC and are shown in the browser's time zone.
    for (const time of drawn.querySelectorAll("time")) {
      const moment = new Date(time.dateTime);
      if (!Number.isNaN(moment.getTime())) time.textContent = MOMENT.format(moment);
    }
    if (waiting?.late) drawn.insertAdjacentHTML("beforeend", `<p class="im-note im-warn" role="status"></p>`);
    if (waiting?.late) drawn.lastElementChild.textContent = model.get("busy");
    morph(el, drawn);
    // Check boxes and lists keep the user's choice until the kernel has answered, then show the kernel's.
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
    const isSent = sent.get(target) === target.value;
    sent.delete(target);
    if (!target.dataset.ask || isSent) return;
    if (target.dataset.ask === "notify" && target.checked) window.Notification?.requestPermission();
    ask(target.dataset.ask, target, target.type === "checkbox" ? target.checked : target.value);
  };
  // JupyterLab handles Enter itself, so the browser may not fire a change event.
  const keydown = ({ key, target }) => {
    if (key !== "Enter" || target.type !== "text" || !target.dataset.ask) return;
    sent.set(target, target.value);
    ask(target.dataset.ask, target, target.value);
  };
  const input = ({ target }) => {
    if (!target.dataset.typing) return;
    clearTimeout(typing);
    typing = setTimeout(() => model.send({ ask: target.dataset.typing, of: "", value: target.value }), 150);
  };

  const events = { click, change, input, keydown };
  for (const [name, hear] of Object.entries(events)) el.addEventListener(name, hear);
  // The kernel does not poll for a page that nobody sees.
  const view = String(Math.random());
  const reportVisibility = (isOver) => model.get("reports_visibility") && model.send({ visible: !document.hidden && isOver !== true, view });
  document.addEventListener("visibilitychange", reportVisibility);
  model.on("change:html", draw);
  model.on("msg:custom", heard);
  draw();
  reportVisibility();
  return () => {
    reportVisibility(true);
    clearTimeout(waiting?.timer);
    clearTimeout(typing);
    document.removeEventListener("visibilitychange", reportVisibility);
    for (const [name, hear] of Object.entries(events)) el.removeEventListener(name, hear);
    model.off("change:html", draw);
    model.off("msg:custom", heard);
  };
}

export default { render };
