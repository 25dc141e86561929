"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from databases import database, sqlite  # noqa: F401 - fixtures
from xdist.scheduler import LoadFileScheduling

if TYPE_CHECKING:
    from collections.abc import Generator

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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that should have run and was skipped, where nothing may be skipped."""
    return _told((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a file that was skipped, in the same way."""
    return _told((yield))


def _told(report: Any) -> Any:
    if os.environ.get("IMPORTER_NO_SKIPS") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and IMPORTER_NO_SKIPS is set: {report.longrepr}"
    return report
