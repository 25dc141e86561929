// What a grid and its tools are made of, and the tools themselves.

const make = (tag, role, kind, text = "") => {
  const element = document.createElement(tag);
  if (role) element.setAttribute("role", role);
  if (kind) element.className = kind;
  element.textContent = text;
  return element;
};

const filled = (text, values) =>
  text.replace(/{(\w+)}/g, (_, key) => (typeof values[key] === "number" ? values[key].toLocaleString() : values[key]));

// Cells as a spreadsheet puts them on the clipboard.
const quoted = (text) => (/[\t\n\r]|^"/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const textOf = (rows) => {
  const lines = rows.map((cells) => cells.map((cell) => quoted(cell ?? "")).join("\t"));
  return lines.length === 1 ? lines[0] : lines.map((line) => `${line}\n`).join("");
};

// A row of buttons, one of which Tab reaches and the arrow keys the others, and below it a form where one asks for texts.
function gridTools(words, does) {
  const [bar, form] = [make("div", "toolbar", "im-gridtools"), make("div", "group", "im-gridform")];
  bar.setAttribute("aria-label", words.tools);
  form.hidden = true;
  const buttons = {};
  for (const name of ["next", "undo", "redo", "only", "columns", "all", "set", "replace"]) {
    const button = (buttons[name] = make("button", "", "", words[name]));
    Object.assign(button, { type: "button", title: words[`${name}_hint`] ?? "" });
    button.addEventListener("click", () => button.getAttribute("aria-disabled") || does[name](button));
    bar.append(button);
  }
  const there = () => Object.values(buttons).filter((button) => !button.hidden);
  const rove = (chosen) => {
    for (const button of Object.values(buttons)) button.tabIndex = button === chosen ? 0 : -1;
  };
  bar.addEventListener("focusin", ({ target }) => rove(target));
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = there();
    all[(all.indexOf(event.target) + step + all.length) % all.length].focus();
  });

  let [close, submit, asked] = [() => {}, () => {}, ""];
  // JupyterLab handles Enter itself, so the browser sends no form.
  form.addEventListener("keydown", (event) => {
    if (event.isComposing || !(event.key === "Escape" || (event.key === "Enter" && event.target.matches("input")))) return;
    event.preventDefault();
    event.key === "Enter" ? submit() : close();
  });

  // Each field is a name and a label; `done` gets the texts, `over` is called when the form is gone.
  const ask = (name, fields, button, done, over) => {
    asked = name;
    const inputs = fields.map(([label]) => {
      const [line, input] = [make("label", "", "", label), document.createElement("input")];
      Object.assign(input, { type: "text", autocomplete: "off", spellcheck: false });
      line.append(input);
      return [line, input];
    });
    const [send, leave] = [make("button", "", "im-main", button), make("button", "", "", words.close)];
    send.type = leave.type = "button";
    send.addEventListener("click", () => submit());
    leave.addEventListener("click", () => close());
    form.replaceChildren(...inputs.map(([line]) => line), send, leave);
    form.setAttribute("aria-label", button);
    submit = () => done(...inputs.map(([, input]) => input.value));
    close = () => {
      form.hidden = true;
      over();
    };
    form.hidden = false;
    inputs[0][1].focus();
  };

  // A button that has nothing to do stays where it is, so that the focus does.
  const draw = (now, { isEditable, isNarrow, place }) => {
    const shown = {
      undo: isEditable,
      redo: isEditable,
      only: isEditable,
      columns: true,
      all: now.is_filtered,
      set: isEditable && now.kind,
      replace: isEditable,
      next: true,
    };
    const off = { next: !now.refused, undo: !now.may_undo, redo: !now.may_redo, replace: !place };
    for (const [name, button] of Object.entries(buttons)) {
      if (!shown[name] && button.contains(document.activeElement)) buttons.next.focus();
      button.hidden = !shown[name];
      if (off[name]) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
    buttons.only.setAttribute("aria-pressed", String(!!now.is_only_refused));
    buttons.columns.setAttribute("aria-pressed", String(isNarrow));
    if (now.kind) buttons.set.textContent = filled(words.set, { n: now.kind.cells, column: now.kind.column });
    if (asked === "set" && !now.kind && !form.hidden) close();
    if (!there().some((button) => button.tabIndex === 0)) rove(buttons.next);
  };
  return { bar, form, ask, draw, focus: () => there().find((button) => button.tabIndex === 0)?.focus() };
}
