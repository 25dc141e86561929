"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest
from databases import database, sqlite  # noqa: F401 - fixtures
from xdist.scheduler import LoadFileScheduling

collect_ignore = ["faults/frozen.py", "faults/signalled.py", "fuzz_files.py"]
"""Scripts that tests start; importing them would run them."""

POSTGRES = os.environ.get("IMPORTER_TEST_POSTGRES", "postgresql://localhost/test")


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of real files, named by ``IMPORTER_TEST_DATA``."""
    folder = os.environ.get("IMPORTER_TEST_DATA")
    if not folder:
        pytest.skip("IMPORTER_TEST_DATA does not name the folder of real files")
    return Path(folder)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request, monkeypatch):
    """Each place that the history can be in."""
    if request.param == "sqlite":
        yield
        return
    schema = f"importer_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        monkeypatch.setenv("IMPORTER_STORE", f"{POSTGRES}?options=-csearch_path%3D{schema}&application_name={schema}")
        yield
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


class Scheduling(LoadFileScheduling):
    """File by file, but for the longest file, whose tests share nothing that is not there for all files."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if "test_app_live.py" in nodeid else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """Share the tests of the longest file out among the processes."""
    return Scheduling(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of the browser first: they take longest, and would run alone at the end."""
    items.sort(key=lambda item: item.path.parent.name != "browser")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what a skipped test means where nothing may be skipped."""
    if os.environ.get("IMPORTER_NO_SKIPS") and terminalreporter.stats.get("skipped"):
        terminalreporter.section("skipped, and IMPORTER_NO_SKIPS is set: a failure", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where something that should have run was skipped."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped") if reporter is not None else None
    if os.environ.get("IMPORTER_NO_SKIPS") and skipped:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
