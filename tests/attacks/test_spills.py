"""The files with refused rows, damaged in every way: whoever reads them gets the rows or a sentence."""

from __future__ import annotations

import warnings
from contextlib import suppress

import dataframely as dy
from hypothesis import given, settings
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


@settings(max_examples=60)
@given(which=st.integers(0, 3), damage=damages)
def test_law_a_damaged_file_is_a_sentence(tmp_path_factory, which, damage):
    folder = tmp_path_factory.mktemp("damaged")
    job = job_in(folder)
    files = sorted(rejects_of(job).iterdir())
    file, other = files[which % len(files)], files[(which + 1) % len(files)]
    file.write_bytes(damaged(file.read_bytes(), other.read_bytes(), damage))
    record = importer.job(job)
    for ask in (lambda: record.rejects, lambda: record.rejects_to(folder / "out.csv"), lambda: record.has_rejects):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", StoreWarning)
            with suppress(ImporterError):
                ask()
    # Other imports are as they were.
    assert importer.load(folder / "shop.csv", into=folder / "y.db", table="t", listeners=[]).progress.created == 40
