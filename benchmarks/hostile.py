"""What becomes of damaged and hostile files, how long it takes and how much memory: `python benchmarks/hostile.py`.

Each file is imported into SQLite in a process of its own. The memory is the peak of this process, or of one that
it started to rewrite an old workbook, whichever is more, interpreter and libraries included.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BEGIN, END = "<!-- hostile -->", "<!-- hostile end -->"
MOST_MB, MOST_S = 500, 600
LONGEST = 150


def import_one(path: str) -> None:
    """Import a file in this process, and print what became of it as JSON."""
    import importer
    from importer.errors import ImporterError

    try:
        report = importer.load(path, into=Path(path).parent.parent / "out.db", table="made", listeners=[], undo=False)
        now = report.progress
        said = f"imported: {now.created:,} rows, {now.rejected:,} refused"
    except ImporterError as exc:
        said = exc.message.sentence
    own = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    took_s = time.process_time() + children.ru_utime + children.ru_stime
    print(json.dumps([said, took_s, max(own, children.ru_maxrss // 1024)]))


def tried(name: str) -> tuple[str, float, int | None]:
    """What became of one of the files, seconds of processor time and MB."""
    from _hostile import FILES

    file, make = FILES[name]
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder, "files")
        inside.mkdir()
        path = make(inside / file)
        command = [sys.executable, __file__, "--one", str(path)]
        environment = {**os.environ, "IMPORTER_HOME": str(Path(folder, "home"))}
        try:
            done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=MOST_S, env=environment)
        except subprocess.TimeoutExpired:
            return f"**still running after {MOST_S} s**", float(MOST_S), None
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
            return f"**crashed: {last[0]}**", 0.0, None
        said, took_s, peak_mb = json.loads(done.stdout.splitlines()[-1])
        return said.replace(folder, "…"), took_s, peak_mb


def table(names: list[str]) -> tuple[str, bool]:
    """The table, and whether all is well."""
    lines = ["| file | what became of it | s | MB |", "| --- | --- | ---: | ---: |"]
    is_well = True
    for name in names:
        said, took_s, peak_mb = tried(name)
        is_well &= peak_mb is not None and peak_mb < MOST_MB
        said = " ".join(said.split()).replace("|", "\\|")
        shown = said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"
        lines.append(f"| {name} | {shown} | {took_s:.1f} | {'' if peak_mb is None else peak_mb} |")
        print(lines[-1], flush=True)
    return "\n".join(lines), is_well


def main() -> int:
    """Try all, and with --write keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--only", help="files whose name contains this")
    parser.add_argument("--write", action="store_true", help="keep the table in README.md")
    arguments = parser.parse_args()
    if arguments.one:
        import_one(arguments.one)
        return 0
    from _hostile import FILES  # A process that imports one file must not hold the others.

    made, is_well = table([name for name in FILES if arguments.only is None or arguments.only in name])
    if arguments.write and arguments.only is None:
        readme = Path(__file__).with_name("README.md")
        text = readme.read_text()
        before, _, rest = text.partition(BEGIN)
        readme.write_text(f"{before}{BEGIN}\n{made}\n{END}{rest.partition(END)[2]}")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
