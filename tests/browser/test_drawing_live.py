"""A page that parses only what is new shows what one does that is drawn from scratch."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import importer
from importer.app import _actions as actions
from importer.app.views import DRAW
from importer.app.widgets._files import esm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from importer.app._actions import Action
    from importer.app._model import Model

COLUMNS = 14
"""So many that there is a field to find one."""

SHOW = """async (esm) => {
  const page = (await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })))).default();
  const shown = () => {
    const hear = {};
    const model = { html: "", get: (name) => model[name], on: (name, act) => (hear[name] = act), off() {}, send() {} };
    const el = document.body.appendChild(document.createElement("div"));
    const close = page.render({ model, el });
    const draw = (html) => ((model.html = html), hear["change:html"]());
    return { el, draw, close: () => (close(), el.remove()) };
  };
  const kept = shown();
  const written = (el) => {
    const copy = el.cloneNode(true);
    for (const one of copy.querySelectorAll("*")) {
      const all = [...one.attributes].sort((a, b) => (a.name < b.name ? -1 : 1));
      for (const { name } of all) one.removeAttribute(name);
      for (const { name, value } of all) one.setAttribute(name, value);
    }
    return copy.innerHTML;
  };
  const seen = (el) => [
    written(el),
    [...el.querySelectorAll("input")].map(({ value, checked }) => [value, checked]),
    [...el.querySelectorAll("select")].map(({ value }) => value),
  ];
  // The list in hand has the headers to choose from in it while it is used, and no other has.
  window.touch = (n) => {
    const lists = kept.el.querySelectorAll("select[data-more]");
    if (lists.length) lists[n % lists.length].focus();
  };
  window.compare = (html) => {
    kept.draw(html);
    document.activeElement.blur();
    kept.draw(html);
    const fresh = shown();
    fresh.draw(html);
    const found = [seen(kept.el), seen(fresh.el)];
    fresh.close();
    return found;
  };
}"""
"""Shows a page that is kept from drawing to drawing, beside one that is new each time."""

columns = st.sampled_from([f"c{n}" for n in range(COLUMNS)])
steps = st.one_of(
    st.integers(0, COLUMNS),  # a list that gets the focus
    st.builds(actions.FindColumns, text=st.sampled_from(["", "c1", "c13", "none"])),
    st.builds(actions.MarkKey, column=columns, is_key=st.booleans()),
    st.builds(actions.FillColumn, column=columns, label=columns | st.just("")),
    st.builds(actions.FixColumn, column=columns, text=st.sampled_from(["", "7", "<!--end-->"])),
    st.builds(
        actions.WantColumn,
        column=columns,
        wanted=st.fixed_dictionaries(
            {}, optional={"kind": st.sampled_from(["String", "Int64", "Date"]), "is_required": st.booleans()}
        ),
    ),
    st.builds(actions.BringColumns, is_file=st.booleans()),
    st.just(actions.Reset()),
)


@pytest.fixture(scope="module")
def drawn(chromium: Browser) -> Iterator[Callable[..., list[object]]]:
    """``drawn(script, argument)`` runs a script where `SHOW` has run."""
    with closing(chromium.new_page()) as page:
        page.evaluate(SHOW, esm("page"))
        yield page.evaluate


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[importer.App]:
    """An App for a file that is added to a table."""
    folder: Path = tmp_path_factory.mktemp("drawing")
    names = ",".join(f"c{n}" for n in range(COLUMNS))
    (folder / "a.csv").write_text(f"{names}\n{'1,' * (COLUMNS - 1)}\n{'2,' * (COLUMNS - 1)}<!--end--><b>\n")
    into = f"sqlite:///{folder / 'a.db'}"
    importer.load(folder / "a.csv", into=into, table="there", listeners=[])
    with closing(importer.App(folder / "a.csv", into=into, table="there", if_table_exists="append")) as one:
        one.wait()
        yield one


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=1, max_size=4))
@example([3, actions.FillColumn(column="c3", label="c5"), 4, actions.FindColumns(text="c1"), actions.Reset()])
@example([actions.BringColumns(is_file=True), actions.FindColumns(text="c13"), actions.FindColumns(text="")])
def test_a_page_shows_after_each_action_what_one_does_that_is_drawn_anew(
    drawn: Callable[..., list[object]], app: importer.App, taken: list[int | Action]
) -> None:
    controller, models = app._controller, []
    controller.show = models.append
    controller.dispatch(actions.Reset())
    for step in taken:
        if isinstance(step, int):
            drawn("n => touch(n)", step)
        else:
            controller.dispatch(step)
            app.wait()
        for html in dict.fromkeys(map(html_of, models)):
            kept, fresh = drawn("html => compare(html)", html)
            assert kept == fresh
        models.clear()


def html_of(model: Model) -> str:
    """The steps that have parts, unfolded."""
    model = replace(model, open=model.open | {"columns"})
    return DRAW["columns"](model) + DRAW["foot"](model)
