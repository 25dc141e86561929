"""No test writes into the user's own data folder or is timed, and each says the same in every run."""

from __future__ import annotations

import os
import tempfile

import pytest
from hypothesis import HealthCheck, settings

_scratch = tempfile.TemporaryDirectory(prefix="importer-tests-")
os.environ["IMPORTER_HOME"] = _scratch.name
os.environ.pop("IMPORTER_STORE", None)
# The tests start hundreds of processes, each of which would compile the whole package.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The same examples in every run and on every machine; `make fuzz` searches for new ones.
settings.register_profile(
    "fixed", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("fuzz", settings.get_profile("fixed"), derandomize=False, max_examples=1_000, print_blob=True)
settings.load_profile("fixed")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> str:
    """A data folder for this test alone."""
    folder = str(tmp_path_factory.mktemp("home"))
    monkeypatch.setenv("IMPORTER_HOME", folder)
    return folder
