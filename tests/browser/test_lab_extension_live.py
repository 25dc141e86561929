"""The package in JupyterLab: files from the file browser, jobs in the status bar, their page in a tab."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tempfile
import unicodedata
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from labs import FOLDERS, Notebook, profile, serve, worst_contrast
from playwright.sync_api import expect

import importer

ROOT = Path(__file__).parents[2]
LABEL = "Import into a database…"
APP = ".im-steps"
FRONT = "jupyterapp.shell.currentWidget"
UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs"}
HOSTILE = ['")\n!rm x', "%run a", "a?", "a\u202eb", "a\u2028b", "{a!r}", "\\", "\\u0022", "\xa0", "\U000e0001"]
ODD = "it's “a\"\\\\n😀 {x}%!$.csv"


@pytest.fixture(scope="module")
def lab(chromium, tmp_path_factory):
    """A server whose base URL is not /."""
    with serve(tmp_path_factory.mktemp("lab"), ROOT, base="/base") as found:
        yield found


@pytest.fixture(scope="module")
def one_profile(chromium):
    """One for all tests: JupyterLab's scripts are fetched once."""
    with profile(chromium, viewport={"width": 1366, "height": 768}) as context:
        yield context


@pytest.fixture
def desk(lab, one_profile, request):
    """A page of JupyterLab, on a folder of this test's own."""
    with closing(one_profile.new_page()) as page:
        yield Desk(lab, page, "-".join(re.findall("[a-z]+", request.node.name)[-2:]))
    for session in lab.ask("GET", "/api/sessions"):
        lab.ask("DELETE", f"/api/sessions/{session['id']}")


@pytest.fixture
def shop():
    """A database whose path is fit for a picture."""
    with tempfile.TemporaryDirectory(prefix="shop-") as place:
        yield f"sqlite:///{place}/shop.db"


class Desk:
    def __init__(self, lab, page, folder):
        self.lab, self.page, self.name, self.folder = lab, page, folder, lab.root / folder
        self.folder.mkdir(exist_ok=True)
        self.errors = []
        page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)

    def write(self, *names, rows=50):
        for name in names:
            (self.folder / name).write_text("id,qty\n" + "".join(f"{n},{n}\n" for n in range(rows)))

    def open(self):
        self.page.goto(f"{self.lab.url}/lab/tree/{self.name}?token={self.lab.token}&reset")
        self.page.wait_for_function("() => !!window.jupyterapp")
        self.page.evaluate("jupyterapp.restored.then(() => null)")
        expect(self.page.locator(".jp-BreadCrumbs")).to_contain_text(self.name)
        return self

    theme, command = Notebook.theme, Notebook.command

    def item(self, name):
        # A name may hold what an expression would take for its own.
        return self.page.locator(".jp-DirListing-item").filter(has_text=name).first

    def choose(self, first, *others):
        """Select files, and open the menu of the last one."""
        self.item(first).click()
        for name in others:
            self.item(name).click(modifiers=["Control"])
        self.item((first, *others)[-1]).click(button="right")
        return self.page.locator(".lm-Menu .lm-Menu-item", has_text="into a database…")

    def ran(self):
        """Wait until the cell in front has run."""
        script = f"() => {FRONT}?.content?.widgets?.[0]?.model?.executionCount"
        self.page.wait_for_function(script)

    def app(self):
        """The App in front, once it has looked at its file."""
        self.ran()
        shown = self.page.locator(f".jp-NotebookPanel:visible {APP}")
        expect(shown.get_by_role("button", name=re.compile(r"^Import \d+ rows"))).to_be_enabled()
        return shown

    def source(self):
        return self.page.evaluate(f"{FRONT}.content.widgets[0].model.sharedModel.getSource()")

    def notebooks(self):
        # One that is being saved has another name, which begins with a dot.
        return sorted(file.name for file in self.folder.glob("[!.]*.ipynb"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_file_is_opened_from_the_file_browser(desk, shots, theme):
    desk.write("orders.csv", "other.csv")
    (desk.folder / "notes.md").touch()
    desk.open()
    desk.theme(f"JupyterLab {theme.title()}")
    expect(desk.choose("notes.md")).to_be_hidden()
    desk.page.keyboard.press("Escape")
    before = desk.notebooks()
    offered = desk.choose("orders.csv")
    expect(offered).to_have_text(LABEL)
    desk.page.screenshot(path=shots / f"lab-menu-{theme}.png")
    offered.click()
    shown = desk.app()
    assert desk.source() == 'import importer\n\nimporter.App("orders.csv")'
    assert len(desk.notebooks()) == len(before) + 1
    desk.page.screenshot(path=shots / f"lab-app-{theme}.png")
    # A cell that runs before the kernel has told what it can do shows an App that is deaf.
    shown.get_by_role("button", name="Import 50 rows").click()
    expect(shown.locator(".im-foot-page")).to_contain_text("50 created")
    # The next file goes to the App in front.
    desk.choose("other.csv").click()
    expect(desk.page.locator(f"{APP} .im-file-page")).to_contain_text("other.csv")
    desk.app()
    assert len(desk.notebooks()) == len(before) + 1
    assert desk.errors == []


def test_several_files_are_opened_in_one_app_also_in_an_app_in_front(desk):
    desk.write("a.csv", "b.csv")
    (desk.folder / "notes.md").touch()
    desk.open()
    offered = desk.choose("a.csv", "b.csv", "notes.md")
    expect(offered).to_have_text("Import 2 of these 3 files into a database…")
    offered.click()
    shown = desk.app()
    assert desk.source() == 'import importer\n\nimporter.App(["a.csv", "b.csv"])'
    shown.get_by_role("button", name="Import all 2 together").click()
    expect(shown.get_by_role("button", name="Import 100 rows")).to_be_enabled()
    desk.choose("b.csv", "a.csv").click()
    expect(shown.get_by_role("button", name="Import 50 rows")).to_be_enabled()
    expect(shown.get_by_role("button", name="Import all 2 together")).to_be_visible()


def test_a_name_is_shown_and_opened_whatever_it_is(desk):
    desk.write(ODD)
    desk.open()
    desk.choose(".csv").click()
    desk.app()
    assert ast.literal_eval(re.search(r"App\((.*)\)$", desk.source(), re.DOTALL)[1]) == ODD


def test_names_are_spelt_so_that_python_reads_them_and_runs_nothing_else(desk):
    desk.page.goto(f"{desk.lab.url}/importer/?token={desk.lab.token}")
    module = f"{desk.lab.url}/lab/extensions/notebook-importer/static/files.js"
    names = st.text(st.characters(exclude_characters="/\0"), min_size=1) | st.sampled_from(HOSTILE)

    @given(st.lists(st.lists(names, min_size=1), min_size=1, max_size=50))
    @settings(max_examples=20)
    def reads(cells):
        script = "async ([module, cells]) => { const { cell } = await import(module); return cells.map(cell); }"
        for files, source in zip(cells, desk.page.evaluate(script, [module, cells]), strict=True):
            loaded, shown = ast.parse(source).body
            assert ast.unparse(loaded) == "import importer"
            assert [ast.literal_eval(one) for one in shown.value.args] == [files if len(files) > 1 else files[0]]
            assert {unicodedata.category(letter) for letter in set(source) - {" ", "\n"}}.isdisjoint(UNSEEN)

    reads()


def test_the_app_is_opened_from_launcher_and_palette(desk):
    desk.open()
    desk.page.locator(".jp-LauncherCard", has_text="Import").click()
    desk.ran()
    expect(desk.page.locator(APP)).to_be_visible()
    assert desk.source() == "import importer\n\nimporter.App()"
    assert len(desk.notebooks()) == 1
    desk.command("apputils:activate-command-palette")
    desk.page.keyboard.type("into a database")
    expect(desk.page.locator(".lm-CommandPalette-item", has_text=LABEL)).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_running_jobs_are_in_the_status_bar_and_their_page_is_a_tab(desk, shots, shop, monkeypatch, theme):
    monkeypatch.setenv("IMPORTER_HOME", str(desk.lab.root.parent / "importer"))
    desk.write("orders.csv", rows=400)
    desk.open()
    desk.theme(f"JupyterLab {theme.title()}")
    status = desk.page.locator(".jp-Importer-status")
    expect(status).to_have_text("Imports")
    job = importer.plan(desk.folder / "orders.csv", into=shop, chunk_rows=4, pace="0.2s", listeners=[]).start()
    try:
        expect(status).to_have_text(re.compile(r"^Imports: 1 running, [1-9]\d*%$"))
        assert "orders.csv" in status.get_attribute("title")
        status.click()
        page = desk.page.frame_locator("iframe[title=Imports]")
        shown = page.locator(f"li[data-job='{job.progress.job_id}']")
        expect(shown.locator(".state")).to_have_text("importing")
        desk.page.screenshot(path=shots / f"lab-imports-{theme}.png")
        shown.get_by_role("button", name="Pause").click()
        expect(shown.locator(".state")).to_have_text("paused")
    finally:
        job.cancel()
        job.wait()
    expect(status).to_have_text("Imports")
    expect(shown.locator(".state")).to_have_text("cancelled")
    assert worst_contrast(page.locator("h1, h2, li p:visible, .state, button:visible")) >= 4.5
    ground = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    assert (ground == "rgb(246, 247, 249)") == (theme == "light")
    status.click()
    expect(desk.page.locator("iframe[title=Imports]")).to_have_count(1)
    assert desk.errors == []
    # What ran when the server was last heard of may be over.
    desk.page.route("**/importer/api/jobs?*", lambda route: route.abort())
    expect(status).to_have_text("Imports: no answer")


def test_where_nothing_can_be_written_the_notebook_is_at_the_root(desk):
    desk.write("orders.csv")
    desk.page.route(
        f"**/api/contents/{desk.name}?*",
        lambda route: route.fulfill(status=403, json={}) if route.request.method == "POST" else route.fallback(),
    )
    # Nor does this server have the package's other half.
    desk.page.route("**/importer/api/**", lambda route: route.fulfill(status=404, json={}))
    desk.open()
    desk.choose("orders.csv").click()
    desk.app()
    assert desk.source() == f'import importer\n\nimporter.App("{desk.name}/orders.csv")'
    assert desk.notebooks() == []
    assert desk.page.locator(".jp-Importer-status").count() == 0
    # A kernel that is busy, or that has forgotten its App, is left alone.
    desk.page.evaluate(f"void {FRONT}.sessionContext.session.kernel.requestExecute({{ code: 'input()' }})")
    desk.page.wait_for_function(f"{FRONT}.sessionContext.session.kernel.status === 'busy'")
    desk.page.unroute_all()
    desk.choose("orders.csv").click()
    expect(desk.page.locator(".jp-NotebookPanel")).to_have_count(2)
    desk.app()
    desk.page.evaluate(f"{FRONT}.sessionContext.session.kernel.restart()")
    desk.choose("orders.csv").click()
    expect(desk.page.locator(".jp-NotebookPanel")).to_have_count(3)
    desk.app()


def test_a_kernel_without_the_package_is_told(desk, shots):
    desk.write("orders.csv")
    spec = desk.lab.root.parent / "data/kernels/bare/kernel.json"
    spec.parent.mkdir(parents=True)
    code = "import sys; sys.modules['importer'] = None; from ipykernel.kernelapp import launch_new_instance as k; k()"
    argv = [sys.executable, "-c", code, "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": argv, "display_name": "Bare", "language": "python"}))
    usual = desk.lab.ask("GET", "/api/kernelspecs") | {"default": "bare"}
    desk.page.route("**/api/kernelspecs?*", lambda route: route.fulfill(json=usual))
    desk.open()
    desk.choose("orders.csv").click()
    desk.ran()
    told = desk.page.get_by_text("The kernel “Bare” lacks the package notebook-importer.")
    expect(told.first).to_be_visible()
    desk.page.screenshot(path=shots / "lab-bare-kernel.png")


def test_it_is_switched_off_and_everything_else_works(desk):
    desk.write("orders.csv")
    home = desk.lab.root.parent
    folders = {name: str(home / folder) for name, folder in FOLDERS.items()}

    def switch(how):
        code = "from jupyterlab.labextensions import main; main()"
        command = [sys.executable, "-c", code, how, "notebook-importer", "--level=user"]
        subprocess.run(command, env=os.environ | folders, check=True, timeout=120)

    switch("disable")
    try:
        desk.open()
        expect(desk.choose("orders.csv")).to_have_count(0)
        expect(desk.page.locator(".jp-Importer-status")).to_have_count(0)
        assert desk.errors == []
    finally:
        switch("enable")
