"""A run through the installed package with nothing but its own dependencies: no pytest, no JupyterLab."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import importer

REFUSED = 3

EXTENSION = "share/jupyter/labextensions/notebook-importer"
INSTALLED = (
    "etc/jupyter/jupyter_server_config.d/importer.json",
    *(f"{EXTENSION}/{name}" for name in ("package.json", "install.json")),
    *(f"{EXTENSION}/static/{name}.js" for name in ("remoteEntry", "plugins", "files", "opening", "watching")),
)
"""What Jupyter finds of the package."""


def main() -> None:
    """Import the sample workbook by the API and by the command, twice, and compare."""
    loaded = {name for name in sys.modules if name.split(".")[0] in {"tqdm", "ipywidgets", "IPython", "anywidget"}}
    assert not loaded, f"import importer loads {sorted(loaded)}"
    share = Path(sys.prefix)
    for file in INSTALLED:
        assert (share / file).is_file(), f"the package does not install {file}"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IMPORTER_HOME"] = folder
        file = importer.sample(Path(folder) / "staff_punches.xlsx")
        into = f"sqlite:///{folder}/staff.db"
        report = importer.load(file, into=into, key=["Employee No.", "Date"])
        first = report.progress
        assert first.created > 4_000, first
        assert first.rejected > 50, first
        command = [sys.executable, "-m", "importer", "load", str(file), "--into", into, "--key", "Employee No.,Date"]
        done = subprocess.run(
            [*command, "--if-imported", "again", "--json"], capture_output=True, text=True, check=False
        )
        assert done.returncode == REFUSED, done
        again = json.loads(done.stdout.splitlines()[-1])
        assert again["created"] == 0, again
        assert again["rejected"] == first.rejected, again
        assert [job.state.value for job in importer.jobs()] == ["succeeded"] * 2
        with closing(sqlite3.connect(f"{folder}/staff.db")) as connection:
            assert connection.execute("SELECT count(*) FROM staff_punches").fetchone() == (first.created,)
    print(f"importer {importer.__version__}, Python {sys.version.split()[0]}: {first.created:,} rows, twice the same")


if __name__ == "__main__":
    main()
