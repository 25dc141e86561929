from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

STEPS = ("stop", "resume", "look", "write", "prune")
NOTE = "as long as the cells of a wide row, of which few come at once"

MOST = 1.15
"""Growth of the peak that is noise: about 28 MB, which is 35 bytes for each of the 800,000 rows that are more."""


def peaks(folder, rows):
    """Peak memory of each step, in a process of its own, with this many refused rows."""
    file = folder / f"{rows}.csv"
    with file.open("w") as out:
        out.write("id,qty,note\n")
        out.writelines(f'{n},x{n % 7},"{NOTE}"\n' for n in range(rows))
    script = Path(__file__).with_name("refusing.py")
    for step in STEPS:
        command = [sys.executable, str(script), step, str(file), f"{folder}/{rows}.db"]
        yield int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource module")
def test_memory_does_not_grow_with_the_refused_rows(tmp_path):
    few, many = (dict(zip(STEPS, peaks(tmp_path, rows), strict=True)) for rows in (200_000, 1_000_000))
    assert {step: many[step] / few[step] for step in STEPS if many[step] > MOST * few[step]} == {}
