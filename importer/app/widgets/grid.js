// A table of any length: only the visible rows are fetched, kept and drawn.

const [ROW_PX, OVER, MOST_PX, SILENCE_MS] = [24, 40, 8_000_000, 3000];

const make = (tag, role, kind, text = "") => {
  const element = document.createElement(tag);
  if (role) element.setAttribute("role", role);
  if (kind) element.className = kind;
  element.textContent = text;
  return element;
};

function render({ model, el }) {
  el.classList.add("importer", "im-app");
  // JupyterLab must not take what is typed here as commands.
  el.dataset.lmSuppressShortcuts = "true";
  const view = String(Math.random());
  const [box, head, body] = [make("div", "grid", "im-grid"), make("div", "row", "im-gridhead"), make("div", "rowgroup", "im-gridbody")];
  const [note, spoken] = [make("p", "", "im-note im-gridnote"), make("p", "status", "im-gridreason")];
  box.tabIndex = 0;
  box.append(head, body);
  el.append(box, spoken, note);
  let [columns, count, words, page, requested, timer, at] = [[], 0, {}, null, null, null, { row: 0, column: 0 }];

  // Browsers limit the height of an element, so one step of a long table scrolls by several rows.
  const height = () => Math.min(count * ROW_PX, MOST_PX);
  const fits = () => Math.max(Math.floor((box.clientHeight - ROW_PX) / ROW_PX), 1);
  const top = () => {
    const room = height() - box.clientHeight + ROW_PX;
    const share = room > 0 ? Math.min(box.scrollTop / room, 1) : 0;
    return Math.round(share * Math.max(count - fits(), 0));
  };
  const scrollTo = (row) => {
    const most = Math.max(count - fits(), 1);
    box.scrollTop = (Math.min(row, most) / most) * (height() - box.clientHeight + ROW_PX);
  };
  const rowAt = (place) => page?.rows[place - page.first];
  const name = (n) => `${columns[n][0]} ${columns[n][1]}`;
  const fill = (text, values) => text.replace(/{(\w+)}/g, (_, key) => values[key]);

  const ask = (first, last) => {
    if (requested && requested.first <= first && last <= requested.first + requested.count) return;
    requested = { type: "page", view, first: Math.max(first - OVER, 0), count: last - first + 2 * OVER };
    clearTimeout(timer);
    timer = setTimeout(() => ((requested = null), draw()), SILENCE_MS);
    model.send(requested);
  };

  const reasons = (row) =>
    Object.entries(row.why)
      .map(([place, why]) => (place < 0 ? why : `${name(place)}: ${why}`))
      .join("; ");

  const drawRow = (place, offset) => {
    const [row, line] = [rowAt(place), make("div", "row", "im-gridrow")];
    line.setAttribute("aria-rowindex", place + 2);
    line.style.transform = `translateY(${offset}px)`;
    line.append(make("div", "rowheader", "im-gridno", row ? row.row.toLocaleString() : "…"));
    const isCorrected = row?.mine.length && !Object.keys(row.why).length;
    const why = make("div", "gridcell", "im-gridwhy", isCorrected ? words.corrected : row ? reasons(row) : "");
    why.title = why.textContent;
    line.append(why);
    columns.forEach((_, n) => {
      const cell = make("div", "gridcell", "", row?.cells[n] ?? "");
      const reason = row?.why[n];
      if (reason) {
        cell.className = "im-bad";
        cell.title = reason;
        cell.setAttribute("aria-invalid", "true");
      } else if (row?.mine.includes(n)) {
        cell.className = "im-mine";
        cell.title = words.corrected;
      }
      line.append(cell);
    });
    [...line.children].forEach((cell, n) => {
      cell.setAttribute("aria-colindex", n + 1);
      Object.assign(cell.dataset, { row: place, column: n });
      if (at.row === place && at.column === n) {
        cell.classList.add("im-at");
        cell.id = `im-at-${view}`;
      }
    });
    return line;
  };

  const draw = () => {
    if (body.querySelector("input")?.matches(":focus")) return;
    const first = top();
    const last = Math.min(first + fits() + 1, count);
    body.style.height = `${height()}px`;
    body.replaceChildren(...Array.from({ length: last - first }, (_, n) => drawRow(first + n, box.scrollTop + n * ROW_PX)));
    box.setAttribute("aria-activedescendant", `im-at-${view}`);
    note.textContent = count ? fill(words.place, { first: (first + 1).toLocaleString(), last: last.toLocaleString(), rows: count.toLocaleString() }) : words.none;
    if (count && model.get("is_editable")) note.textContent += ` · ${words.hint}`;
    const [row, place] = [rowAt(at.row), at.column - 2];
    const why = row && place >= 0 ? row.why[place] : row && reasons(row);
    const said = why ? `${words.row} ${row.row.toLocaleString()}${place >= 0 ? `, ${name(place)}` : ""}: ${why}` : "";
    if (spoken.textContent !== said) spoken.textContent = said;
    const isThere = page && page.first <= first && last <= page.first + page.rows.length;
    if (count && !isThere) ask(first, last);
  };

  // The current cell becomes a text field: Enter sends it, Escape discards it.
  const edit = () => {
    const [row, place] = [rowAt(at.row), at.column - 2];
    const cell = body.querySelector(".im-at");
    if (!model.get("is_editable") || !row || place < 0 || !cell || cell.querySelector("input")) return;
    const line = Object.assign(document.createElement("input"), { type: "text", value: row.cells[place] ?? "" });
    line.setAttribute("aria-label", fill(words.edit, { place: name(place) }));
    cell.replaceChildren(line);
    line.select();
    line.focus();
    let isOver = false;
    const end = (isMeant) => {
      if (isOver) return;
      isOver = true;
      if (isMeant && line.value !== (row.cells[place] ?? "")) model.send({ type: "edit", row: row.row, place, text: line.value });
      box.focus();
      draw();
    };
    line.addEventListener("blur", () => end(true));
    line.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Escape") end(event.key === "Enter");
    });
  };
  const anew = () => {
    [page, requested] = [null, null];
    draw();
  };

  const begin = () => {
    [columns, count, words] = [model.get("columns"), model.get("rows"), model.get("words")];
    [page, requested, at] = [null, null, { row: 0, column: 0 }];
    box.hidden = spoken.hidden = !count;
    el.hidden = !columns.length;
    box.setAttribute("aria-label", words.label);
    box.setAttribute("aria-rowcount", count + 1);
    box.setAttribute("aria-colcount", columns.length + 2);
    box.style.height = `${Math.min(count + 1, 13) * ROW_PX + 18}px`;
    const heads = [words.row, words.why, ...columns.map((_, n) => name(n))];
    head.replaceChildren(...heads.map((text, n) => make("div", "columnheader", ["im-gridno", "im-gridwhy"][n] ?? "", text)));
    head.setAttribute("aria-rowindex", 1);
    box.scrollTop = 0;
    draw();
  };

  const hear = (message) => {
    if (message.view !== view || message.version !== model.get("version") || message.edition !== model.get("edition")) return;
    clearTimeout(timer);
    [page, requested] = [message, null];
    draw();
  };

  const go = (row, column) => {
    at = { row: Math.max(0, Math.min(row, count - 1)), column: Math.max(0, Math.min(column, columns.length + 1)) };
    if (at.row < top() || at.row >= top() + fits()) scrollTo(at.row < top() ? at.row : at.row - fits() + 1);
    draw();
    body.querySelector(".im-at")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const keys = {
    ArrowDown: () => [at.row + 1, at.column],
    ArrowUp: () => [at.row - 1, at.column],
    ArrowRight: () => [at.row, at.column + 1],
    ArrowLeft: () => [at.row, at.column - 1],
    PageDown: () => [at.row + fits(), at.column],
    PageUp: () => [at.row - fits(), at.column],
    Home: (event) => [event.ctrlKey ? 0 : at.row, 0],
    End: (event) => [event.ctrlKey ? count - 1 : at.row, columns.length + 1],
  };
  const keydown = (event) => {
    if (["Enter", "F2"].includes(event.key) && event.target === box && !event.shiftKey && !event.ctrlKey) {
      event.preventDefault();
      event.stopPropagation();
      edit();
    }
    if (!keys[event.key] || event.target !== box) return;
    event.preventDefault();
    event.stopPropagation();
    go(...keys[event.key](event));
  };
  const click = ({ target, detail }) => {
    const cell = target.closest("[data-row]");
    if (!cell || target.matches("input")) return;
    go(Number(cell.dataset.row), Number(cell.dataset.column));
    // The first click redraws the cell, so the browser sees no double click.
    if (detail === 2) edit();
  };
  const scroll = () => requestAnimationFrame(draw);

  box.addEventListener("scroll", scroll);
  box.addEventListener("keydown", keydown);
  body.addEventListener("click", click);
  model.on("change:version", begin);
  model.on("change:edition", anew);
  model.on("msg:custom", hear);
  // It has no height before it is in the page.
  const seen = new ResizeObserver(() => draw());
  seen.observe(box);
  begin();
  return () => {
    clearTimeout(timer);
    seen.disconnect();
    model.off("change:version", begin);
    model.off("change:edition", anew);
    model.off("msg:custom", hear);
  };
}

export default { render };
