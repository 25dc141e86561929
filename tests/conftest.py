"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import psycopg
import pytest
from databases import database, sqlite  # noqa: F401 - fixtures

collect_ignore = ["faults/frozen.py", "faults/signalled.py"]
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
