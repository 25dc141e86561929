"""The Columns step in a real JupyterLab, on a small screen, used as a person would use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from labs import settled, worst_contrast

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from labs import Notebook
    from playwright.sync_api import Locator

SMALL = {"width": 1366, "height": 768}

CELLS = "n,day,price,at,time,paid,note\\n" + "".join(
    f"{'two' if n == 2 else n},2025-01-{n + 1:02},{n}.5,2025-01-02 03:04,12:30,yes,x\\n" for n in range(20)
)
WIDE = f"{','.join(f'reading {n}' for n in range(499))},day\\n{'1,' * 499}2025-01-31\\n"

TEXTS = ".im-kind, .im-wrong, .im-finder span, th, td, button:enabled"


@pytest.fixture
def opened(notebook: Callable[..., Notebook]) -> Callable[..., tuple[Notebook, Locator]]:
    """``opened(*cells)`` runs the cells, of which the last shows an App, on a small screen."""

    def make(*cells: str) -> tuple[Notebook, Locator]:
        book = notebook("import importer", *cells)
        book.command("application:toggle-left-area")
        book.page.set_viewport_size(SMALL)
        for n in range(len(cells) + 1):
            book.run(n)
        return book, book.page.locator(".im-steps").first

    return make


def step(app: Locator, name: str) -> Locator:
    """The step, unfolded."""
    found = app.get_by_role("region", name=name, exact=True)
    head = found.locator(".im-toggle")
    if head.get_attribute("aria-expanded") == "false":
        head.click()
        sync_api.expect(head).to_have_attribute("aria-expanded", "true")
    return found


def is_sound(app: Locator) -> None:
    """Everything can be read, and axe finds nothing serious."""
    settled(app)
    assert worst_contrast(app.locator(TEXTS)) > 4.5
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    found = Axe().run(app.page, context=".im-steps", options=rules).response["violations"]
    assert [(fault["id"], [node["html"][:200] for node in fault["nodes"]]) for fault in found] == []


NARROWED = """(field, text) => {
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const names = [...document.querySelectorAll(".im-match tbody input[data-action=name]")];
  return names.filter((name) => name.checkVisibility()).map((name) => name.value);
}"""
"""Types a text, and tells which columns are left in that moment, before the kernel can answer."""


def test_names_and_types_are_changed_and_read_in_light_and_dark(
    opened: Callable[..., tuple[Notebook, Locator]], shots: Path
) -> None:
    write = f"open('kinds.csv', 'w').write('{CELLS}')"
    book, app = opened(write, "importer.App('kinds.csv', into='sqlite:///kinds.db')")
    sync_api.expect(app).to_contain_text("20 rows")
    columns, preview = step(app, "Columns"), step(app, "Preview")
    columns.get_by_label("type of n", exact=True).select_option("Whole number")
    sync_api.expect(preview.get_by_role("cell", name="two", exact=True)).to_have_attribute(
        "title", "'two' is not a whole number"
    )
    sync_api.expect(preview.get_by_role("cell", name="0.5", exact=True)).to_have_css("text-align", "right")
    name = columns.get_by_label("name of note")
    name.fill("PRICE")
    name.press("Enter")
    sync_api.expect(columns.get_by_text("Another column is called PRICE too").first).to_be_visible()
    for theme in "Dark", "Light":
        book.theme(f"JupyterLab {theme}")
        is_sound(app)
        columns.screenshot(path=shots / f"columns-{theme.lower()}.png")
        preview.screenshot(path=shots / f"columns-preview-{theme.lower()}.png")
    name.fill("remark")
    name.press("Enter")
    sync_api.expect(columns.get_by_text("Another column is called PRICE too")).to_have_count(0)
    sync_api.expect(columns.get_by_label("name of note")).to_have_value("remark")
    line = 'remark = dy.String(nullable=True, metadata={"aliases": ["note"]})'
    sync_api.expect(app.locator("pre").last).to_contain_text(line)
    assert book.errors == []


@pytest.mark.parametrize("width", [1366, 960])
def test_the_reason_for_each_column_is_in_sight_and_controls_stand_in_their_order(
    opened: Callable[..., tuple[Notebook, Locator]], shots: Path, width: int
) -> None:
    write = f"open('kinds.csv', 'w').write('{CELLS}')"
    book, app = opened(write, "importer.App('kinds.csv', into='sqlite:///kinds.db')")
    columns = step(app, "Columns")
    book.page.set_viewport_size({"width": width, "height": 768})
    lines = columns.locator("tbody tr")
    sync_api.expect(lines).to_have_count(7)
    assert columns.locator(".im-scroll").last.evaluate("e => e.scrollWidth - e.clientWidth") == 0
    for line in lines.all():
        places = line.locator("input, select").evaluate_all("es => es.map(e => e.getBoundingClientRect().left)")
        assert places == sorted(places)
        texts = line.locator("td.im-long").evaluate(
            "e => [e.scrollWidth - e.clientWidth, e.getBoundingClientRect().right]"
        )
        assert texts[0] == 0
        assert texts[1] <= columns.evaluate("e => e.getBoundingClientRect().right")
    columns.screenshot(path=shots / f"columns-{width}.png")
    assert book.errors == []


def test_one_of_five_hundred_columns_is_found_while_it_is_typed(
    opened: Callable[..., tuple[Notebook, Locator]],
) -> None:
    write = f"open('wide.csv', 'w').write('{WIDE}')"
    book, app = opened(write, "importer.App('wide.csv', into='sqlite:///wide.db')")
    columns = step(app, "Columns")
    names = columns.locator("tbody input[data-action=name]")
    sync_api.expect(names).to_have_count(60)
    find = columns.get_by_label("Find a column")
    find.press_sequentially("reading_49", delay=30)
    sync_api.expect(names).to_have_count(10)
    sync_api.expect(find).to_be_focused()
    sync_api.expect(find).to_have_value("reading_49")
    assert set(find.evaluate(NARROWED, "reading_491")) == {"reading_491"}
    sync_api.expect(names).to_have_count(1)
    find.fill("date")
    sync_api.expect(names).to_have_value("day")
    columns.get_by_label("type of day").select_option("Text")
    columns.get_by_role("button", name="Show all columns").click()
    sync_api.expect(find).to_have_value("")
    sync_api.expect(names).to_have_count(60)
    columns.get_by_role("button", name="Show 60 more").click()
    sync_api.expect(names).to_have_count(120)
    assert book.errors == []


def test_a_value_for_every_row_is_entered_where_the_file_has_none(
    opened: Callable[..., tuple[Notebook, Locator]], shots: Path
) -> None:
    make = (
        "import sqlite3; c = sqlite3.connect('shops.db'); "
        "c.execute('CREATE TABLE shops (id INTEGER PRIMARY KEY, shop TEXT NOT NULL, city TEXT)'); c.close(); "
        "open('shops.csv', 'w').write('id,town\\n1,Rome\\n2,Oslo\\n')"
    )
    book, app = opened(make, "importer.App('shops.csv', into='sqlite:///shops.db')")
    columns = step(app, "Columns")
    sync_api.expect(columns).to_contain_text("the table requires a value in shop")
    value = columns.get_by_label("value of shop for every row")
    value.fill("North")
    value.press("Enter")
    sync_api.expect(columns).not_to_contain_text("the table requires a value in shop")
    # The headers to choose from are put into a list when it is used.
    source = columns.get_by_label("source of city")
    source.focus()
    source.select_option("town")
    sync_api.expect(columns).to_contain_text("3 of 3 columns filled")
    is_sound(app)
    columns.screenshot(path=shots / "columns-constant.png")
    sync_api.expect(app.locator("pre").last).to_contain_text('constants={"shop": "North"}')
    assert book.errors == []
