// The kernel draws the page; this updates it, and sends clicks and input to the kernel.

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

// Puts code into a new cell below the one that shows this page, and says whether that could be done: only a notebook
// that can be edited has cells, and not where an output has been moved out of it.
function putIntoCell(model, el, source) {
  const notebook = model.widget_manager?.context?.model;
  const cell = el.closest(".jp-Notebook .jp-Cell");
  const place = Number.parseInt(cell?.dataset.windowedListIndex, 10) + 1;
  if (!notebook?.sharedModel?.insertCell || notebook.readOnly || !(place <= notebook.cells.length)) return false;
  notebook.sharedModel.insertCell(place, { cell_type: "code", source, metadata: {}, outputs: [] });
  enterCell(cell.closest(".jp-Notebook"), place);
  return true;
}

// Goes to a new cell, once it is in the page, so that the next key runs it.
function enterCell(notebook, place, frames = 60) {
  const cell = notebook.querySelector(`.jp-Cell[data-windowed-list-index="${place}"]`);
  const editor = cell?.querySelector(".cm-content");
  if (!editor) return frames > 0 && requestAnimationFrame(() => enterCell(notebook, place, frames - 1));
  editor.focus({ preventScroll: true });
  cell.scrollIntoView({ block: "nearest" });
}

async function copy(button, model, el) {
  const code = button.parentElement.querySelector("code");
  const { cell } = button.dataset;
  if (cell && putIntoCell(model, el, code.textContent)) return say(button, cell);
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    // Without https there is no clipboard: show and select the code, so that the user can copy it.
    button.parentElement.querySelector("details").open = true;
    getSelection().selectAllChildren(code);
    return;
  }
  say(button, button.dataset.copied);
}

// Says on a button what it did.
function say(button, text) {
  const label = button.dataset.label ?? button.textContent;
  Object.assign(button.dataset, { label });
  button.textContent = text;
  setTimeout(() => (button.textContent = label), 2500);
}

// Signals the end of an import while the page is hidden, if the user wants that.
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

// Fetches a file in pieces, one request each, so that a large file blocks nothing; the button that asked for it shows
// how far it is, and ends it.
function fetcher(model, draw) {
  const view = String(Math.random());
  let [file, pieces, got, asked] = [null, [], 0, {}];
  const next = () => model.send({ piece: file.key, offset: got, view });
  const receive = (message, buffers) => {
    if (message.view !== view) return;
    if (message.file) [file, pieces, got] = [message.file, [], 0];
    else if (message.piece === file?.key && message.offset === got && buffers.length) {
      pieces.push(buffers[0]);
      got += buffers[0].byteLength;
    } else return;
    if (got < file.size) return next(), draw();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(pieces));
    link.download = file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    [file, pieces] = [null, []];
    draw();
  };
  const end = () => {
    model.send({ piece: file.key, stop: true, view });
    [file, pieces] = [null, []];
    draw();
  };
  const isAsked = ({ dataset, value }) => dataset.download === asked.download && value === asked.of;
  const fetch = (button) => {
    if (file) return isAsked(button) && end();
    asked = { download: button.dataset.download, of: button.value };
    model.send({ ...asked, view });
  };
  const show = (drawn) => {
    const button = file && [...drawn.querySelectorAll("button[data-download]")].find(isAsked);
    if (button) button.textContent = `${button.dataset.stop} (${Math.floor((100 * got) / file.size)}%)`;
  };
  return { receive, fetch, show };
}

// Takes the user to the step in hand, unless they work elsewhere on the page; its view may still be on its way.
function goTo(el, step, isWanted, arrive, frames = 600) {
  const [active, root] = [document.activeElement, el.closest(".im-steps")];
  if (!isWanted() || (root && active !== document.body && !root.contains(active))) return;
  const page = root?.querySelector(`.im-${step}-page`);
  const target = page?.querySelector(".im-toggle, button.im-main:enabled");
  if (!target) return frames > 0 && requestAnimationFrame(() => goTo(el, step, isWanted, arrive, frames - 1));
  arrive();
  target.focus({ preventScroll: true });
  const [top, bottom] = inSight(root);
  const box = page.getBoundingClientRect();
  if (box.top < top || box.bottom > bottom) page.scrollIntoView({ block: "start" });
  hold(root, page, target);
}

// What grows or shrinks above the step in hand does not move it, until the user does something else.
function hold(root, page, target) {
  const [scroller, top] = [scrollerOf(root), page.getBoundingClientRect().top];
  const end = new AbortController();
  const watch = new ResizeObserver(() => {
    if (document.activeElement !== target) return end.abort();
    scroller.scrollTop += page.getBoundingClientRect().top - top;
  });
  end.signal.addEventListener("abort", () => watch.disconnect());
  for (const name of ["wheel", "pointerdown", "keydown", "touchmove"])
    window.addEventListener(name, () => end.abort(), { capture: true, passive: true, signal: end.signal });
  watch.observe(root);
}

// What the user scrolls to see the App.
function scrollerOf(root) {
  let scroller = root.parentElement;
  while (scroller && !/auto|scroll/.test(getComputedStyle(scroller).overflowY)) scroller = scroller.parentElement;
  return scroller ?? document.scrollingElement;
}

// The first and the last pixel that the user sees between the scroller's edge and the foot.
function inSight(root) {
  const top = Math.max(scrollerOf(root).getBoundingClientRect().top, 0);
  return [top, root.querySelector(".im-foot-page")?.getBoundingClientRect().top ?? innerHeight];
}

// A browser takes the focus from a control that is switched off; this gives it back when the control is on again.
function focusKeeper(el) {
  let held = null;
  return (change) => {
    const active = el.getRootNode().activeElement;
    if (el.contains(active)) held = active;
    else if (active && active !== document.body) held = null;
    change();
    if (held && !held.isConnected) held = el.querySelector("button.im-main:enabled, button:enabled");
    if (!held || held.disabled) return;
    if (held !== el.getRootNode().activeElement) held.focus({ preventScroll: true });
    held = null;
  };
}

// From now on it is not as it was drawn.
function changed(element) {
  for (let one = element; one; one = one.parentElement) one.html = undefined;
}

// Options that many lists share are in the page once, and in a list while it is used.
function fill(list) {
  if (!list?.dataset?.more) return;
  changed(list);
  const known = new Set([...list.options].map((option) => option.value));
  const shared = list.closest(".im-app").querySelector(`datalist[data-options="${list.dataset.more}"]`);
  list.append(...[...shared.children].filter(({ value }) => !known.has(value)).map((option) => option.cloneNode(true)));
}

// Lines of columns without the text go at once; the kernel then brings those that were not drawn.
function narrow(el, text) {
  for (const line of el.querySelectorAll("tr[data-find]")) {
    const isOut = !line.dataset.find.includes(text.trim().toLowerCase());
    if (isOut !== line.hidden) changed(line);
    line.hidden = isOut;
  }
}

// What the kernel marks as a part; what a file says is escaped, and marks nothing.
const PART = /<!--part-->([^]*?)<!--end-->/g;

// A drawing as elements, its parts as templates.
function parsed(html, el) {
  const [drawn, parts] = [el.cloneNode(false), []];
  drawn.innerHTML = html.replace(PART, (_, part) => parts.push(part) && "<template></template>");
  drawn.querySelectorAll("template").forEach((place, i) => (place.html = parts[i]));
  return drawn;
}

function render({ model, el }, way) {
  el.classList.add("importer", "im-app");
  const allowShortcuts = suppressShortcuts(el);
  const keepFocus = focusKeeper(el);
  const sent = new WeakMap();
  const asked = [];
  let [waiting, typing, typed, pressed, missed] = [null, null, null, false, false];

  // A kernel that was restarted knows nothing of this page; its foot says so, and the rest stays as it was.
  const isOff = () => el.closest(".jupyter-widgets-disconnected");
  const lost = () => {
    const said = document.createElement("p");
    said.textContent = model.get("restarted");
    return `<section class="im-next"><p class="im-said im-lost" role="status">${said.innerHTML}</p></section>`;
  };
  const draw = () => {
    // A page that moves between press and release would lose the click.
    missed = pressed;
    if (pressed) return;
    const drawn = parsed(isOff() && model.get("hand") ? lost() : model.get("html"), el);
    // Times come in UTC and are shown in the browser's time zone.
    for (const time of drawn.querySelectorAll("time")) {
      const moment = new Date(time.dateTime);
      if (!Number.isNaN(moment.getTime())) time.textContent = MOMENT.format(moment);
    }
    if (waiting?.late && !isOff()) {
      drawn.insertAdjacentHTML("beforeend", `<p class="im-note im-warn" role="status"></p>`);
      drawn.lastElementChild.textContent = model.get("busy");
    }
    files.show(drawn);
    keepFocus(() => morph(el, drawn));
    fill(el.getRootNode().activeElement);
    // Check boxes and lists keep the user's choice until the kernel has answered, then show the kernel's.
    if (asked.includes("sent")) return;
    for (const box of el.querySelectorAll("input[type=checkbox]")) box.checked = box.hasAttribute("checked");
    for (const list of el.querySelectorAll("select")) list.value = list.querySelector("[selected]")?.value ?? list.value;
  };
  const files = fetcher(model, () => draw());
  const receive = (message, buffers) => {
    if (message.ended) return alertHidden(message);
    if (!message.received) return files.receive(message, buffers);
    const isTyped = asked.shift() === "typed";
    if (isTyped && typed) typed = void ask(typed);
    if (isTyped || asked.includes("sent")) return;
    clearTimeout(waiting?.timer);
    waiting = null;
    draw();
  };
  const send = (action, control, value) => {
    asked.push("sent");
    clearTimeout(waiting?.timer);
    const now = (waiting = { late: false });
    now.timer = setTimeout(() => ((now.late = true), draw()), 1500);
    model.send({ action, of: control.dataset.of ?? "", value });
  };
  // A password stays nowhere in the page.
  const sendPassword = (field) => {
    const password = field.value;
    field.value = "";
    if (password) send(field.dataset.action, field, password);
  };
  const click = ({ target, shiftKey }) => {
    const button = target.closest("button");
    if (button?.dataset.copy !== undefined) copy(button, model, el);
    else if (button?.dataset.download) files.fetch(button);
    else if (button?.dataset.action) send((shiftKey && button.dataset.shift) || button.dataset.action, button, button.value);
  };
  const change = ({ target }) => {
    const isSent = sent.get(target) === target.value;
    sent.delete(target);
    if (!target.dataset.action || isSent) return;
    if (target.type === "password") return sendPassword(target);
    if (target.dataset.action === "notify" && target.checked) window.Notification?.requestPermission();
    send(target.dataset.action, target, target.type === "checkbox" ? target.checked : target.value);
  };
  // JupyterLab handles Enter itself, so the browser may not fire a change event.
  const keydown = ({ key, target }) => {
    if (key !== "Enter" || !["text", "password"].includes(target.type) || !target.dataset.action) return;
    if (target.type === "password") return change({ target });
    sent.set(target, target.value);
    send(target.dataset.action, target, target.value);
  };
  const ask = (field) => {
    asked.push("typed");
    model.send({ action: field.dataset.typing, of: "", value: field.value });
  };
  // A path is completed when the user pauses; columns are found with each letter, one request at a time.
  const input = ({ target }) => {
    if (!target.dataset.typing) return;
    clearTimeout(typing);
    if (target.dataset.typing !== "find") return (typing = setTimeout(() => ask(target), 150));
    narrow(el, target.value);
    if (asked.includes("typed")) typed = target;
    else ask(target);
  };

  const enter = ({ target }) => fill(target);
  const press = ({ target }) => (pressed = !!target.closest?.(".im-steps button"));
  // The click comes right after the release.
  const release = ({ type, target }) => {
    if (type === "blur" && target !== window) return;
    setTimeout(() => ((pressed = false), missed && draw()));
  };
  const presses = { pointerdown: press, pointerup: release, pointercancel: release, blur: release };
  for (const [name, receive] of Object.entries(presses)) window.addEventListener(name, receive, true);

  const events = { click, change, input, keydown, focusin: enter, pointerover: enter };
  for (const [name, receive] of Object.entries(events)) el.addEventListener(name, receive);
  // The kernel does not poll for a page that nobody sees.
  const view = String(Math.random());
  const reportVisibility = (isOver) => model.get("reports_visibility") && model.send({ visible: !document.hidden && isOver !== true, view });
  document.addEventListener("visibilitychange", reportVisibility);
  model.on("change:html", draw);
  model.on("msg:custom", receive);
  let trip = 0;
  const go = () => {
    const mine = ++trip;
    way.isOpen = true;
    requestAnimationFrame(() => goTo(el, model.get("hand"), () => mine === trip, () => (way.isOpen = false)));
  };
  model.on("change:hand", go);
  const disconnect = () => setTimeout(draw);
  model.on("comm_live_update", disconnect);
  draw();
  reportVisibility();
  // Where a page is put in above, this view is another one, which goes on where the last one was taken away.
  if (way.isOpen) go();
  return () => {
    trip = 0;
    allowShortcuts();
    reportVisibility(true);
    clearTimeout(waiting?.timer);
    clearTimeout(typing);
    document.removeEventListener("visibilitychange", reportVisibility);
    for (const [name, receive] of Object.entries(events)) el.removeEventListener(name, receive);
    for (const [name, receive] of Object.entries(presses)) window.removeEventListener(name, receive, true);
    model.off("change:html", draw);
    model.off("msg:custom", receive);
    model.off("change:hand", go);
    model.off("comm_live_update", disconnect);
  };
}

// What all views of one page share: whether the step in hand is still to be gone to.
export default () => {
  const way = { isOpen: false };
  return { render: (context) => render(context, way) };
};
