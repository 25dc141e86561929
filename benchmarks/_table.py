"""Results in words: a line of the table, the machine, and the part of README.md that holds both."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _lines import Line

__all__ = ["Result", "machine", "row_of", "write_into"]

MOST_MB = 400
HEAD = (
    "| line | what | against | rows | ours | peer | ratio | by CPU | floor | |",
    "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
)
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
PACKAGES = (
    "polars dataframely duckdb psycopg pyarrow openpyxl python-calamine fastexcel sqlite-utils dlt pandas csvkit "
    "django-import-export"
).split()


@dataclass(frozen=True, kw_only=True)
class Result:
    """The best of both sides of a line; for memory, the smaller and the larger file."""

    line: Line
    ours: dict[str, Any] | None = None
    peer: dict[str, Any] | None = None
    skipped: str = ""


def row_of(result: Result) -> str:
    """The line in Markdown."""
    line = result.line
    if result.ours is None:
        return _cells(line, "", "", "", "", _floor(line), result.skipped)
    if line.measures == "first":
        first_s = result.ours["first_s"]
        return _cells(line, f"{first_s:.2f} s", "", "", "", _floor(line), _verdict(is_kept=first_s <= line.floor))
    if line.measures == "memory":
        return _memory(result)
    ours, peer = result.ours, result.peer or result.ours
    ratio, by_cpu = peer["s"] / ours["s"], peer["cpu_s"] / max(ours["cpu_s"], 0.001)
    digits = 3 if line.name in {"listeners", "store"} else 2
    # What a server does for psql is in no process of ours.
    cpu = "" if line.name == "postgres" else f"{by_cpu:.{digits}f}"
    return _cells(
        line,
        _speed(ours),
        _speed(peer),
        f"{ratio:.{digits}f}",
        cpu,
        _floor(line),
        _verdict(is_kept=ratio >= line.floor),
    )


def _memory(result: Result) -> str:
    less, more = (0.0 if side is None else side["peak_mb"] for side in (result.ours, result.peer))
    is_kept = more <= result.line.floor * less and more < MOST_MB
    return _cells(
        result.line,
        f"{more:.0f} MB",
        f"{less:.0f} MB",
        f"{more / less:.2f}",
        "",
        _floor(result.line),
        _verdict(is_kept=is_kept),
    )


def _cells(line: Line, *rest: str) -> str:
    rows = f"{line.rows:,}"
    against = line.against
    if line.measures == "memory":
        rows, against = f"{line.more_rows:,}", f"{line.rows:,} rows"
    return "| " + " | ".join((line.name, line.what, against, rows, *rest)) + " |"


def _floor(line: Line) -> str:
    if line.measures == "first":
        return f"≤ {line.floor:g} s"
    return f"≤ {line.floor:g}, < {MOST_MB} MB" if line.measures == "memory" else f"{line.floor:g}"


def _speed(figures: dict[str, Any]) -> str:
    return f"{figures['s']:.2f} s, {figures['rows'] / figures['s']:,.0f}/s"


def _verdict(*, is_kept: bool) -> str:
    return "ok" if is_kept else "**below**"


def machine() -> str:
    """The machine and the versions, in one line."""
    found = re.search(r"model name\s*:\s*(.+)", _text("/proc/cpuinfo"))
    memory = re.search(r"MemTotal:\s*(\d+)", _text("/proc/meminfo"))
    parts = [
        f"{os.cpu_count()} × {found.group(1) if found else platform.processor()}",
        f"{int(memory.group(1)) / 2**20:.0f} GB" if memory else "",
        f"load {os.getloadavg()[0]:.1f}",
        platform.system(),
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
    ]
    return ", ".join([part for part in parts if part] + [f"{name} {_version(name)}" for name in PACKAGES])


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _text(path: str) -> str:
    return Path(path).read_text() if Path(path).exists() else ""


def write_into(readme: Path, results: Iterable[Result], runs: int) -> None:
    """Put the table between the two marks; lines that were not measured this time stay as they are."""
    before, _, rest = readme.read_text().partition(BEGIN)
    old, _, after = rest.partition(END)
    rows = {row.split(" | ")[0]: row for row in old.splitlines() if row.startswith("| ") and row not in HEAD}
    rows |= {row.split(" | ")[0]: row for row in map(row_of, results)}
    lines = [f"{datetime.now(UTC).date()}, best of {runs}: {machine()}.", "", *HEAD, *rows.values()]
    readme.write_text("\n".join([before + BEGIN, *lines, END]) + after)
