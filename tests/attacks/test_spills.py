"""The files with refused rows, damaged in every way: whoever reads them gets the rows or a sentence."""

from __future__ import annotations

import shutil
import warnings
from contextlib import suppress

import dataframely as dy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import importer
from importer.core import rejects_of
from importer.errors import ImporterError, StoreWarning


def job_in(folder):
    (folder / "shop.csv").write_text("id,qty\n" + "".join(f"{n},{'x' if n % 3 else n}\n" for n in range(40)))
    plan = importer.plan(folder / "shop.csv", into=folder / "x.db", schema=Shop, table="t", chunk_rows=20, listeners=[])
    return plan.run().progress.job_id


class Shop(dy.Schema):
    id = dy.Int64()
    qty = dy.Int64()


damages = st.one_of(
    st.tuples(st.just("flip"), st.floats(0, 0.999), st.integers(1, 255)),
    st.tuples(st.just("cut"), st.floats(0, 0.999), st.just(0)),
    st.tuples(st.just("zero"), st.floats(0, 0.999), st.integers(1, 200)),
    st.tuples(st.just("grow"), st.just(0.0), st.integers(1, 200)),
    st.tuples(st.just("swap"), st.just(0.0), st.just(0)),
)


def damaged(content, other, damage):
    kind, where, amount = damage
    at = int(where * len(content))
    match kind:
        case "flip":
            return content[:at] + bytes([content[at] ^ amount]) + content[at + 1 :]
        case "cut":
            return content[:at]
        case "zero":
            return content[:at] + bytes(amount) + content[at + amount :]
        case "grow":
            return content + bytes(range(amount))
    return other


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """A folder with an import, its history and its refused rows."""
    folder = tmp_path_factory.mktemp("damaged")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMPORTER_HOME", str(folder / "home"))
        job = job_in(folder)
        return folder, job, {file.name: file.read_bytes() for file in sorted(rejects_of(job).iterdir())}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, 3), damage=damages)
def test_law_a_damaged_file_is_a_sentence(imported, home, which, damage):
    folder, job, files = imported
    shutil.copytree(folder / "home", home, dirs_exist_ok=True)
    for name, content in files.items():
        (rejects_of(job) / name).write_bytes(content)
    (name, content), (_, other) = [*files.items(), *files.items()][which % len(files) :][:2]
    (rejects_of(job) / name).write_bytes(damaged(content, other, damage))
    record = importer.job(job)
    for ask in (lambda: record.rejects, lambda: record.rejects_to(folder / "out.csv"), lambda: record.has_rejects):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", StoreWarning)
            with suppress(ImporterError):
                ask()


def test_beside_a_damaged_file_other_imports_are_as_they_were(tmp_path):
    for file in rejects_of(job_in(tmp_path)).iterdir():
        file.write_bytes(file.read_bytes()[:9])
    assert importer.load(tmp_path / "shop.csv", into=tmp_path / "y.db", table="t", listeners=[]).progress.created == 40
