"""A JupyterLab server, and a notebook that is open in it."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from playwright.sync_api import Error as PlaywrightError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser, BrowserContext, Locator, Page

WAIT_MS = 90_000
"""How long a test waits for the page: long enough for a machine with much else to do."""

READY = """async (path) => {
  const app = window.jupyterapp;
  await app.restored;
  for (let i = 0; i < 1800; i++) {
    const panel = [...app.shell.widgets('main')].find(panel => panel.context?.path === path);
    if (panel) {
      await panel.context.ready;
      await panel.revealed;
      await panel.sessionContext.ready;
      const kernel = panel.sessionContext.session?.kernel;
      if (kernel) {
        await kernel.info;
        if (kernel.connectionStatus === 'connected') { app.shell.activateById(panel.id); return true; }
      }
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return false;
}"""
"""The status bar says idle too early: only these promises tell that a cell can be run."""

FOLDERS = {
    "HOME": "",
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "IPYTHONDIR": "ipython",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
}
"""Everything that would else be the user's own."""

QUIET = {"apputils-extension/notification.jupyterlab-settings": '{"fetchNews": "false", "checkForUpdates": false}'}
"""No news that pop up; everything else is as JupyterLab comes."""

SETTINGS = {**QUIET, "notebook-extension/tracker.jupyterlab-settings": '{"windowingMode": "none"}'}
"""The same, and all cells in the page, also those that are scrolled away."""


CONTRAST = """element => {
  const pixel = colour => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d');
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const layers = [];
  for (let e = element; e; e = e.parentElement) layers.unshift(pixel(getComputedStyle(e).backgroundColor));
  const ground = layers.reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  const ink = over(pixel(getComputedStyle(element).color), ground);
  const light = ([r, g, b]) => [r, g, b].map(c => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const [a, b] = [light(ink), light(ground)].sort((a, b) => b - a);
  return (a + .05) / (b + .05);
}"""
"""Contrast of a text and what is behind it, as WCAG counts it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """A running server, and the folder that it shows."""

    url: str
    token: str
    root: Path

    def ask(self, method: str, path: str) -> Any:
        """What the server's REST interface answers."""
        request = Request(self.url + path, method=method, headers={"Authorization": f"token {self.token}"})
        with closing(urlopen(request, timeout=90)) as answer:
            return json.loads(answer.read() or "null")

    def write(self, path: str, *cells: str | Path) -> None:
        """Put a notebook of these cells into the folder; a path stands for all cells of the notebook there."""
        code: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        found = [
            cell
            for one in cells
            for cell in (
                json.loads(one.read_text("utf-8"))["cells"] if isinstance(one, Path) else [code | {"source": one}]
            )
        ]
        content = {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": kernel},
            "cells": [cell | {"id": f"cell-{n}"} for n, cell in enumerate(found)],
        }
        (self.root / path).write_text(json.dumps(content))


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """One notebook, open in the browser.

    Attributes
    ----------
    errors
        What went wrong in the page: uncaught exceptions, and errors on the console.
    """

    page: Page
    lab: Lab
    path: str
    errors: list[str] = field(default_factory=list)

    def open(self) -> None:
        """Show it, and wait until its kernel answers."""
        self.page.goto(f"{self.lab.url}/lab/tree/{self.path}?token={self.lab.token}&reset")
        opened = None
        for attempt in range(3):
            self.page.wait_for_function("() => !!window.jupyterapp")
            try:
                opened = self.page.evaluate(READY, self.path)
                break
            except PlaywrightError as exc:
                # A second tab moves on to a workspace of its own.
                if "navigation" not in str(exc) or attempt == 2:
                    raise
        assert opened, f"{self.path} did not open"

    def theme(self, name: str) -> None:
        """Dress the page in another theme, and wait until its colours are there."""
        self.command("apputils:change-theme", theme=name)
        ground = "white" if "Light" in name else "#111"
        script = "c => getComputedStyle(document.body).getPropertyValue('--jp-layout-color0').trim() === c"
        self.page.wait_for_function(script, arg=ground)
        # Where another theme comes sooner, JupyterLab takes its curtain away twice, which is an error.
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def command(self, name: str, **arguments: object) -> None:
        """Run a command of JupyterLab, and wait until it is done."""
        self.page.evaluate(
            "([name, args]) => jupyterapp.commands.execute(name, args).then(() => null)", [name, arguments]
        )

    def run(self, cell: int, *, wait: bool = True) -> None:
        """Run one cell, and wait for its end or look on."""
        self.page.evaluate("cell => { jupyterapp.shell.currentWidget.content.activeCellIndex = cell }", cell)
        script = "jupyterapp.commands.execute('notebook:run-cell')"
        self.page.evaluate(f"() => {script}.then(() => null)" if wait else f"() => {{ {script} }}")

    def execute(self, code: str) -> None:
        """Run code in the kernel, with no cell and nothing that moves, and wait for its end."""
        kernel = "jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        self.page.evaluate(f"code => {kernel}.requestExecute({{ code }}).done.then(() => null)", code)

    def run_all(self) -> None:
        """Run every cell, and wait for the last one's end."""
        self.command("notebook:run-all-cells")

    def outputs(self) -> list[dict[str, Any]]:
        """What all cells have put out, whether the page shows it or not."""
        found: list[dict[str, Any]] = self.page.evaluate(
            "() => [...jupyterapp.shell.currentWidget.content.model.cells]"
            ".flatMap(cell => cell.type === 'code' ? cell.outputs.toJSON() : [])"
        )
        return found

    def printed(self, cell: int) -> str:
        """What a cell has printed, once that is there: after a lost connection the cell may end before."""
        found = self.page.wait_for_function(
            "cell => jupyterapp.shell.currentWidget.content.model.cells.get(cell).outputs.toJSON()"
            ".filter(output => output.output_type === 'stream').map(output => [output.text].flat().join('')).join('')",
            arg=cell,
        )
        return str(found.json_value())

    def restart(self) -> None:
        """Start the kernel anew; nothing that it knew is left."""
        self.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")


@contextmanager
def profile(chromium: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A profile of the browser that waits as long as all tests do."""
    with closing(chromium.new_context(**options)) as context:
        context.set_default_timeout(WAIT_MS)
        yield context


def settled(shown: Locator) -> None:
    """Wait until nothing moves any more."""
    # One that a new drawing ends is rejected.
    shown.evaluate("e => Promise.allSettled(e.getAnimations({ subtree: true }).map(animation => animation.finished))")


def worst_contrast(texts: Locator) -> float:
    """Contrast of the text that is hardest to read."""
    return float(texts.evaluate_all(f"elements => Math.min(...elements.map({CONTRAST}))"))


@contextmanager
def serve(home: Path, python_path: Path, settings: Mapping[str, str] = SETTINGS, *, base: str = "") -> Iterator[Lab]:
    """A server with nothing of the user's in it, whose kernels and pages find what is in `python_path` too."""
    (home / "root").mkdir()
    for name, setting in settings.items():
        file = home / "settings/@jupyterlab" / name
        file.parent.mkdir(parents=True)
        file.write_text(setting)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lab = Lab(url=f"http://127.0.0.1:{port}{base}", token=secrets.token_hex(16), root=home / "root")
    environment = {name: str(home / folder) for name, folder in FOLDERS.items()}
    environment["IMPORTER_HOME"] = str(home / "importer")
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(python_path), os.environ.get("PYTHONPATH")]))
    log = home / "server.log"
    with log.open("wb") as out:
        # `-m jupyter lab` would look for jupyter-lab on PATH, and might find another environment's.
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"),
                *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={lab.root}"),
                *(f"--IdentityProvider.token={lab.token}", "--LabApp.expose_app_in_browser=True"),
                "--JupyterNotebookApp.expose_app_in_browser=True",
                # Not those that an earlier installation left.
                f"--LabApp.extra_labextensions_path={python_path / 'labextensions'}",
                f"--JupyterNotebookApp.extra_labextensions_path={python_path / 'labextensions'}",
                f"--ServerApp.base_url={base}/",
            ],
            env=os.environ | environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            _await_answer(lab, server, log)
            yield lab
        finally:
            # The server stops its kernels before it ends.
            server.terminate()
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _await_answer(lab: Lab, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server is up."""
    for _ in range(900):
        assert server.poll() is None, log.read_text()
        with suppress(OSError):
            lab.ask("GET", "/api")
            return
        time.sleep(0.1)
    raise TimeoutError(f"JupyterLab does not answer. Its log says:\n{log.read_text()}")
