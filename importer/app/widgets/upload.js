// Sends files to the kernel in acknowledged pieces, a few at a time. If a lost connection swallows some,
// the silence reveals it: the kernel says how far it got, and a new epoch begins.

const SILENCE_MS = 3000;

class Transfer {
  constructor(model, file) {
    this.model = model;
    this.file = file;
    this.id = [...crypto.getRandomValues(new Uint8Array(12))].map((octet) => octet.toString(16).padStart(2, "0")).join("");
    Object.assign(this, { epoch: 0, acked: 0, sent: 0, isReady: false, end: null, wake: null });
  }

  hear(message) {
    if (message.type === "ack") [this.isReady, this.acked] = [true, Math.max(this.acked, message.offset)];
    else if (message.type === "resync") {
      if (message.epoch > this.epoch)
        Object.assign(this, { isReady: true, epoch: message.epoch, sent: message.offset, acked: message.offset });
    } else this.end = message;
    this.wake?.();
  }

  until(isTrue, ask) {
    return new Promise((resolve) => {
      const timer = setInterval(() => this.model.send(ask), SILENCE_MS);
      this.wake = () => {
        if (!this.end && !isTrue()) return;
        clearInterval(timer);
        this.wake = null;
        resolve();
      };
      this.wake();
    });
  }

  async run(isFirst) {
    const { model, file, id } = this;
    const [size, most] = [model.get("chunk_bytes"), model.get("chunk_bytes") * model.get("window")];
    const begin = { type: "begin", id, name: file.name, size: file.size, is_first: isFirst };
    const [probe, end] = [{ type: "probe", id }, { type: "end", id }];
    model.send(begin);
    await this.until(() => this.isReady, begin);
    while (!this.end && this.acked < file.size) {
      if (this.sent - this.acked >= most || this.sent >= file.size)
        await this.until(() => this.sent - this.acked < most && (this.sent < file.size || this.acked >= file.size), probe);
      if (this.end || this.sent >= file.size) continue;
      const [offset, epoch] = [this.sent, this.epoch];
      let piece;
      try {
        piece = await file.slice(offset, offset + size).arrayBuffer();
      } catch {
        model.send({ type: "cancel", id });
        await this.until(() => false, { type: "cancel", id });
        return;
      }
      if (epoch !== this.epoch || this.end) continue;
      model.send({ type: "chunk", id, epoch, offset }, undefined, [piece]);
      this.sent = offset + piece.byteLength;
    }
    if (this.end) return;
    model.send(end);
    await this.until(() => false, end);
  }
}

function render({ model, el }) {
  el.classList.add("importer", "im-app");
  const allowShortcuts = suppressShortcuts(el);
  const input = Object.assign(document.createElement("input"), { type: "file", multiple: true });
  let [transfer, queue, isBusy] = [null, [], false];

  const draw = () => {
    const drawn = el.cloneNode(false);
    drawn.innerHTML = model.get("html");
    if (transfer && !transfer.isReady && !transfer.end)
      drawn.querySelector(".im-uploadnote").textContent = drawn.firstElementChild.dataset.waiting;
    morph(el, drawn);
  };
  const hear = (message) => transfer?.id === message.id && transfer.hear(message);
  const take = async (files) => {
    if (model.get("is_off")) return;
    queue.push(...files);
    if (isBusy) return;
    isBusy = true;
    for (let isFirst = true; queue.length; isFirst = false) {
      transfer = new Transfer(model, queue.shift());
      draw();
      await transfer.run(isFirst);
    }
    [transfer, isBusy] = [null, false];
    draw();
  };
  const click = ({ target }) => {
    const button = target.closest("button");
    if (button?.dataset.browse !== undefined) input.click();
    if (button?.dataset.cancel) model.send({ type: "cancel", id: button.dataset.cancel });
  };
  const over = (event) => {
    event.preventDefault();
    event.stopPropagation();
    el.querySelector(".im-drop").classList.toggle("im-over", event.type === "dragover" && !model.get("is_off"));
    if (event.type !== "drop") return;
    // Who drops a file goes on here, wherever the focus was.
    el.querySelector(".im-drop button").focus({ preventScroll: true });
    take([...event.dataTransfer.files]);
  };
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });

  const events = { click, dragover: over, dragleave: over, drop: over };
  for (const [name, does] of Object.entries(events)) el.addEventListener(name, does);
  model.on("msg:custom", hear);
  model.on("change:html", draw);
  draw();
  return () => {
    allowShortcuts();
    queue = [];
    transfer?.hear({ type: "gone" });
    for (const [name, does] of Object.entries(events)) el.removeEventListener(name, does);
    model.off("msg:custom", hear);
    model.off("change:html", draw);
  };
}

export default { render };
