// A table of any length: only the visible rows are fetched, kept and drawn. It is edited like a spreadsheet.

const [ROW_PX, OVER, MOST_PX, SILENCE_MS, FIRST] = [24, 40, 8_000_000, 3000, 2];

function render({ model, el }) {
  el.classList.add("importer", "im-app");
  const allowShortcuts = suppressShortcuts(el);
  const view = String(Math.random());
  const words = model.get("words");
  const [box, head, body] = [make("div", "grid", "im-grid"), make("div", "row", "im-gridhead"), make("div", "rowgroup", "im-gridbody")];
  const [counted, note, spoken] = [make("p", "status", "im-gridcount"), make("p", "", "im-note im-gridnote"), make("p", "status", "im-gridreason")];
  box.tabIndex = 0;
  box.setAttribute("aria-label", words.label);
  box.setAttribute("aria-multiselectable", "true");
  box.append(head, body);

  // `at` is the current cell, `to` the opposite corner of what is selected; `shown` are the places of the visible columns.
  let [columns, shown, count, now] = [[], [], 0, {}];
  let [page, isStale, requested, timer] = [null, false, null, null];
  let [at, to, tabbedFrom, editor, isNarrow, isDragging, isOver] = [{ row: 0, column: 0 }, { row: 0, column: 0 }, null, null, false, false, false];

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
  const placeAt = (column) => shown[column - FIRST];
  const last = () => shown.length + FIRST - 1;
  const name = (place) => `${columns[place][0]} ${columns[place][1]}`;
  const picked = () => ({
    first: Math.min(at.row, to.row),
    last: Math.max(at.row, to.row),
    left: Math.min(at.column, to.column),
    right: Math.max(at.column, to.column),
  });
  const places = ({ left, right }) => shown.slice(Math.max(left - FIRST, 0), Math.max(right - FIRST + 1, 0));
  const send = (message) => model.send({ ...message, version: model.get("version"), view });
  const isEditable = () => model.get("is_editable");

  const ask = (first, end) => {
    if (requested && requested.first <= first && end <= requested.first + requested.count) return;
    requested = { type: "page", view, first: Math.max(first - OVER, 0), count: end - first + 2 * OVER };
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
    const isCorrected = row?.mine.length && !Object.keys(row.why).length;
    const why = make("div", "gridcell", "im-gridwhy", isCorrected ? words.corrected : row ? reasons(row) : "");
    why.title = why.textContent;
    const number = make("div", "rowheader", "im-gridno", row ? row.row.toLocaleString() : "…");
    // Of several files, the name of the file follows the number, and the cell may be too narrow for it.
    if (typeof row?.row === "string") number.title = row.row;
    line.append(number, why);
    for (const n of shown) {
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
    }
    [...line.children].forEach((cell, n) => {
      cell.setAttribute("aria-colindex", n < FIRST ? n + 1 : shown[n - FIRST] + FIRST + 1);
      Object.assign(cell.dataset, { row: place, column: n });
    });
    return line;
  };

  // Shows the current cell and the selection in the rows that are drawn.
  const mark = () => {
    const { first, last, left, right } = picked();
    const isOne = first === last && left === right;
    for (const line of body.children) {
      [...line.children].forEach((cell, n) => {
        const row = Number(cell.dataset.row);
        const [isAt, isIn] = [row === at.row && n === at.column, first <= row && row <= last && left <= n && n <= right];
        cell.classList.toggle("im-at", isAt);
        cell.classList.toggle("im-picked", isIn && !isOne);
        cell.setAttribute("aria-selected", String(isIn));
        if (isAt) cell.id = `im-at-${view}`;
        else cell.removeAttribute("id");
      });
    }
    if (body.querySelector(".im-at")) box.setAttribute("aria-activedescendant", `im-at-${view}`);
    else box.removeAttribute("aria-activedescendant");
    const [row, place] = [rowAt(at.row), placeAt(at.column)];
    const own = row?.why[place];
    const why = own ?? (row && reasons(row));
    const cells = (last - first + 1) * places(picked()).length;
    const said = !isOne && cells > 1 ? filled(words.picked, { n: cells }) : why ? `${words.row} ${row.row.toLocaleString()}${own ? `, ${name(place)}` : ""}: ${why}` : "";
    if (spoken.textContent !== said) spoken.textContent = said;
    tools.draw(now, { isEditable: isEditable(), isNarrow, place: place !== undefined || now.at_fault?.length });
  };

  const draw = () => {
    const first = top();
    const end = Math.min(first + fits() + 1, count);
    body.style.height = `${height()}px`;
    body.replaceChildren(...Array.from({ length: end - first }, (_, n) => drawRow(first + n, box.scrollTop + n * ROW_PX)));
    const ofAll = filled(words.place, { first: first + 1, last: end, rows: count });
    note.textContent = [count ? ofAll : now.of ? words.none_left : words.none, ...(count && isEditable() ? [words.hint] : [])].join(" · ");
    const counts = now.of ? [filled(words.count, { refused: now.refused, rows: now.of }), now.said].filter(Boolean).join(" · ") : "";
    if (counted.textContent !== counts) counted.textContent = counts;
    mark();
    place();
    const isThere = page && page.first <= first && end <= page.first + page.rows.length;
    if (count && (isStale || !isThere)) ask(first, end);
  };

  // Keeps the field of an edited cell over the cell.
  const place = () => {
    if (!editor) return;
    const offset = box.scrollTop + (editor.row - top()) * ROW_PX;
    editor.line.style.transform = `translateY(${offset}px)`;
    editor.line.hidden = editor.row < top() || editor.row > top() + fits();
  };

  const go = (row, column, isFurther = false) => {
    const next = { row: Math.max(0, Math.min(row, count - 1)), column: Math.max(0, Math.min(column, last())) };
    if (isFurther) to = next;
    else at = to = next;
    mark();
    reveal(next);
  };
  const reveal = ({ row, column }) => {
    if (row < top() || row >= top() + fits()) {
      scrollTo(row < top() ? row : row - fits() + 1);
      draw();
    }
    const cell = body.querySelector(`[data-row="${row}"][data-column="${column}"]`);
    if (!cell || column === 0) return;
    // The number of the row stays in sight, and covers what is under it.
    const [hidden, seen] = [head.firstChild.offsetWidth, box.scrollLeft];
    if (cell.offsetLeft - hidden < seen) box.scrollLeft = cell.offsetLeft - hidden;
    else if (cell.offsetLeft + cell.offsetWidth > seen + box.clientWidth) box.scrollLeft = cell.offsetLeft + cell.offsetWidth - box.clientWidth;
  };
  // One cell on in the order of reading.
  const along = (step) => {
    const [width, n] = [shown.length, Math.max(at.column - FIRST, 0) + step];
    if (n < 0) go(at.row ? at.row - 1 : 0, at.row ? last() : FIRST);
    else if (n >= width) go(Math.min(at.row + 1, count - 1), at.row + 1 < count ? FIRST : last());
    else go(at.row, n + FIRST);
  };
  const next = () => {
    const column = at.column < FIRST ? at.column - FIRST : placeAt(at.column);
    send({ type: "next", place: at.row, column });
  };

  // The texts of the selected cells, shown at once; the kernel says what is wrong with them.
  const put = (text, range) => {
    const into = places(range);
    if (!isEditable() || !into.length || !count) return;
    for (let n = range.first; n <= Math.min(range.last, range.first + OVER * 4); n++)
      for (const one of into) if (rowAt(n)) rowAt(n).cells[one] = text;
    send({ type: "fill", first: range.first, last: range.last, places: into, text });
    draw();
  };

  // The current cell becomes a text field. What is typed replaces its text; Enter, F2 and a double click keep it.
  const edit = (isTyped) => {
    const [row, one] = [rowAt(at.row), placeAt(at.column)];
    if (!isEditable() || one === undefined || editor || !(row || isTyped)) return;
    if (!body.querySelector(".im-at")) reveal(at);
    const cell = body.querySelector(".im-at");
    if (!cell) return;
    const [line, over, group] = [make("div", "row", "im-gridover"), make("div", "gridcell", ""), make("div", "rowgroup", "im-gridedit")];
    const field = Object.assign(document.createElement("input"), { type: "text", spellcheck: false, autocomplete: "off" });
    const text = row?.cells[one] ?? "";
    field.value = isTyped ? "" : text;
    field.setAttribute("aria-label", filled(words.edit, { place: name(one) }));
    Object.assign(over.style, { left: `${cell.offsetLeft}px`, width: `${cell.offsetWidth}px` });
    over.append(field);
    line.append(over);
    group.append(line);
    box.append(group);
    editor = { row: at.row, line, group, field, range: { first: at.row, last: at.row, left: at.column, right: at.column }, text };
    place();
    field.focus({ preventScroll: true });
    if (!isTyped) field.select();
    field.addEventListener("blur", () => end(true));
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.isComposing) return;
      const { key, shiftKey } = event;
      const arrow = isTyped && { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
      if (key === "Escape") end(false);
      else if (key === "Enter" && (event.ctrlKey || event.metaKey)) end(true, picked());
      else if (key === "Enter") {
        end(true);
        go(at.row + (shiftKey ? -1 : 1), tabbedFrom ?? at.column);
        tabbedFrom = null;
      } else if (key === "Tab") {
        const from = tabbedFrom ?? at.column;
        end(true);
        along(shiftKey ? -1 : 1);
        tabbedFrom = from;
      } else if (arrow) {
        end(true);
        go(at.row + arrow[0], at.column + arrow[1]);
      } else if (key === "F8") {
        end(true);
        next();
      } else return;
      event.preventDefault();
    });
  };
  const end = (isMeant, range) => {
    if (!editor) return;
    const { field, group, text, range: own } = editor;
    editor = null;
    const hadFocus = field === document.activeElement;
    // The focus must not fall to the page.
    if (hadFocus) box.focus({ preventScroll: true });
    group.remove();
    if (isMeant && (range || field.value !== text)) put(field.value, range ?? own);
  };

  const copy = (event) => {
    const range = picked();
    const into = places(range);
    if (event.target !== box || !into.length) return;
    event.preventDefault();
    event.stopPropagation();
    const rows = Array.from({ length: Math.min(range.last - range.first + 1, 1000) }, (_, n) => rowAt(range.first + n));
    const isHere = range.last - range.first < rows.length && rows.every(Boolean);
    if (isHere) event.clipboardData.setData("text/plain", textOf(rows.map((row) => into.map((one) => row.cells[one]))));
    else send({ type: "copy", first: range.first, last: range.last, places: into });
    if (event.type === "cut") put("", range);
  };
  const paste = (event) => {
    if (event.target !== box || !isEditable() || at.column < FIRST) return;
    event.preventDefault();
    event.stopPropagation();
    const [text, range] = [event.clipboardData.getData("text/plain"), picked()];
    const isOne = !/[\t\n\r]/.test(text.replace(/\r?\n$/, ""));
    const isMany = range.first !== range.last || range.left !== range.right;
    // One cell fills everything that is selected, as in a spreadsheet.
    if (isOne && isMany) put(text.replace(/\r?\n$/, ""), range);
    else send({ type: "paste", first: range.first, places: shown.slice(range.left - FIRST), text });
  };
  const copied = ({ text, said }) => {
    if (text === undefined) counted.textContent = said;
    else navigator.clipboard?.writeText(text).catch(() => (counted.textContent = words.not_copied));
  };

  const fillDown = () => {
    const range = picked();
    const from = range.first === range.last ? Math.max(range.first - 1, 0) : range.first;
    if (isEditable() && from < range.last && places(range).length) send({ type: "down", first: from, last: range.last, places: places(range) });
  };
  const replace = () => {
    const one = placeAt(at.column) ?? now.at_fault?.[0];
    if (one === undefined) return;
    const done = (old, by) => send({ type: "replace", place: one, old, new: by });
    tools.ask("replace", [[filled(words.find, { column: name(one) })], [words.by]], words.do_replace, done, () => box.focus());
  };
  const setAll = () => {
    const label = filled(words.set_to, { n: now.kind.cells, column: now.kind.column });
    tools.ask("set", [[label]], words.do_set, (text) => send({ type: "set", text }), () => (box.hidden ? tools.focus() : box.focus()));
  };
  const narrow = () => {
    const one = placeAt(at.column);
    isNarrow = !isNarrow;
    lay();
    const n = shown.indexOf(one);
    go(at.row, one === undefined ? at.column : n < 0 ? FIRST : n + FIRST);
    draw();
  };
  const tools = gridTools(words, {
    next: () => (box.focus(), next()),
    undo: () => send({ type: "undo" }),
    redo: () => send({ type: "redo" }),
    only: () => send({ type: "only", is_on: !now.is_only_refused }),
    columns: narrow,
    all: () => send({ type: "all" }),
    set: setAll,
    replace,
  });
  el.append(tools.bar, tools.form, counted, box, spoken, note);

  // The heads of the visible columns.
  const lay = () => {
    shown = columns.map((_, n) => n).filter((n) => !isNarrow || now.at_fault?.includes(n));
    const heads = [words.row, words.why, ...shown.map(name)];
    head.replaceChildren(...heads.map((text, n) => make("div", "columnheader", ["im-gridno", "im-gridwhy"][n] ?? "", text)));
    [...head.children].forEach((cell, n) => cell.setAttribute("aria-colindex", n < FIRST ? n + 1 : shown[n - FIRST] + FIRST + 1));
  };
  const begin = () => {
    end(false);
    [columns, count, now] = [model.get("columns"), model.get("rows"), model.get("now")];
    [page, isStale, requested, tabbedFrom] = [null, false, null, null];
    at = to = { row: 0, column: 0 };
    if (!count && document.activeElement === box) tools.focus();
    box.hidden = spoken.hidden = !count;
    el.hidden = !columns.length;
    box.setAttribute("aria-readonly", String(!isEditable()));
    box.setAttribute("aria-rowcount", count + 1);
    box.setAttribute("aria-colcount", columns.length + FIRST);
    box.style.height = `${Math.min(count + 1, 13) * ROW_PX + 18}px`;
    head.setAttribute("aria-rowindex", 1);
    lay();
    box.scrollTop = 0;
    draw();
  };
  // The rows are the same, but not what is in them: they are shown until the new ones come.
  const anew = () => {
    now = model.get("now");
    [isStale, requested] = [true, null];
    draw();
  };
  const hear = (message) => {
    if (message.view !== view || message.version !== model.get("version")) return;
    if (message.type === "copied") return copied(message);
    if (message.type === "next") {
      if (!message.found) counted.textContent = words.no_more;
      else {
        const [row, one] = message.found;
        if (one >= 0 && !shown.includes(one)) narrow();
        go(row, one < 0 ? 1 : shown.indexOf(one) + FIRST);
      }
      return;
    }
    if (message.edition !== model.get("edition")) return;
    clearTimeout(timer);
    const isNew = !page && at.column === 0 && at.row === 0;
    [page, requested, isStale] = [message, null, false];
    if (isNew && message.first === 0 && message.rows.length) {
      // The first error is the current cell, so that one can type at once.
      const one = shown.find((n) => message.rows[0].why[n]);
      if (one !== undefined) at = to = { row: 0, column: shown.indexOf(one) + FIRST };
    }
    draw();
  };

  const moves = {
    ArrowDown: (from, isFar) => [isFar ? count - 1 : from.row + 1, from.column],
    ArrowUp: (from, isFar) => [isFar ? 0 : from.row - 1, from.column],
    ArrowRight: (from, isFar) => [from.row, isFar ? last() : from.column + 1],
    ArrowLeft: (from, isFar) => [from.row, isFar ? 0 : from.column - 1],
    PageDown: (from) => [from.row + fits(), from.column],
    PageUp: (from) => [from.row - fits(), from.column],
    Home: (from, isFar) => [isFar ? 0 : from.row, 0],
    End: (from, isFar) => [isFar ? count - 1 : from.row, last()],
  };
  const commands = { d: fillDown, h: replace, z: () => send({ type: "undo" }), y: () => send({ type: "redo" }) };
  const keydown = (event) => {
    if (event.target !== box || !count) return;
    const { key, shiftKey, altKey } = event;
    const isFar = event.ctrlKey || event.metaKey;
    const command = isFar && !altKey && key.toLowerCase();
    if (moves[key]) {
      tabbedFrom = null;
      go(...moves[key](shiftKey ? to : at, isFar), shiftKey);
    } else if (command === "z" && shiftKey) send({ type: "redo" });
    else if (command && commands[command]) commands[command]();
    else if (command === "a") {
      at = { row: 0, column: FIRST };
      to = { row: count - 1, column: last() };
      mark();
    } else if (isFar || altKey) return;
    else if (key === "Enter" || key === "F2") edit(false);
    else if (key === "Delete" || key === "Backspace") put("", picked());
    else if (key === "F8") next();
    else if (key === "Escape" && (to.row !== at.row || to.column !== at.column)) go(at.row, at.column);
    else if ([...key].length === 1 || key === "Process" || key === "Dead") {
      // The field has the focus before the browser writes the character, so it writes it there.
      edit(true);
      return event.stopPropagation();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const cellOf = (target) => target.closest?.("[data-row]");
  const down = (event) => {
    const cell = cellOf(event.target);
    if (!cell || event.button) return;
    event.preventDefault();
    end(true);
    box.focus({ preventScroll: true });
    go(Number(cell.dataset.row), Number(cell.dataset.column), event.shiftKey);
    tabbedFrom = null;
    isDragging = true;
    if (event.detail === 2) edit(false);
  };
  const drag = (event) => {
    if (!isDragging || isOver) return;
    if (!event.buttons) return void (isDragging = false);
    const cell = cellOf(event.target);
    if (cell && box.contains(cell)) go(Number(cell.dataset.row), Number(cell.dataset.column), true);
  };
  const up = () => (isDragging = false);
  const scroll = () => requestAnimationFrame(() => isOver || draw());

  box.addEventListener("scroll", scroll);
  box.addEventListener("keydown", keydown);
  for (const type of ["copy", "cut"]) box.addEventListener(type, copy);
  box.addEventListener("paste", paste);
  body.addEventListener("mousedown", down);
  body.addEventListener("mousemove", drag);
  document.addEventListener("mouseup", up);
  model.on("change:version", begin);
  model.on("change:edition", anew);
  model.on("change:is_editable", draw);
  model.on("msg:custom", hear);
  // It has no height before it is in the page.
  const seen = new ResizeObserver(() => draw());
  seen.observe(box);
  begin();
  return () => {
    allowShortcuts();
    isOver = true;
    clearTimeout(timer);
    seen.disconnect();
    document.removeEventListener("mouseup", up);
    model.off("change:version", begin);
    model.off("change:edition", anew);
    model.off("change:is_editable", draw);
    model.off("msg:custom", hear);
  };
}

export default { render };
