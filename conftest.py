"""No test writes into the user's own data folder, whatever process or kernel it starts; and none is timed."""

from __future__ import annotations

import os
import tempfile

import pytest
from hypothesis import HealthCheck, settings

_scratch = tempfile.TemporaryDirectory(prefix="importer-tests-")
os.environ["IMPORTER_HOME"] = _scratch.name
os.environ.pop("IMPORTER_STORE", None)

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> str:
    """A data folder for this test alone."""
    folder = str(tmp_path_factory.mktemp("home"))
    monkeypatch.setenv("IMPORTER_HOME", folder)
    return folder
