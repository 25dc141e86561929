"""The refused rows of a job as a file, `Rejects`, and in pages, `RejectsPage`."""

from __future__ import annotations

import json
import tempfile
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tornado.iostream import StreamClosedError

from importer.server._call import JSON, call
from importer.server._handler import Handler, whole_id, whole_number
from importer.server._problem import ProblemError
from importer.store import open_store

if TYPE_CHECKING:
    from importer.checking import Rejects as Refused
    from importer.store import JobRecord

__all__ = ["Rejects", "RejectsPage"]

KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}

PIECE_BYTES = 1 << 20

BLOCK_ROWS, PAGE_ROWS, MOST_ROWS = 500, 1_000, 100_000
"""Rows in memory at a time, and of one page by default and at most."""

MOST_NUMBER = 2**62

PAGE = {
    "after": {"type": "integer", "minimum": 0, "maximum": MOST_NUMBER},
    "limit": {"type": "integer", "minimum": 1, "maximum": MOST_ROWS},
}
ROW = {
    "type": "object",
    "properties": {
        "number": {"type": "integer"},
        "file": {"type": ["string", "null"]},
        "row": {"type": ["integer", "null"]},
        "values": {"type": "object"},
        "cells": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["number", "file", "row", "values", "cells"],
}
PAGED = {
    "type": "object",
    "properties": {"rows": {"type": "array", "items": ROW}, "next": {"type": ["integer", "null"]}},
    "required": ["rows", "next"],
}


class Rejects(Handler):
    """The refused rows, to correct and import again."""

    @call(answers=dict.fromkeys(KINDS.values()), refuses=(HTTPStatus.GONE,))
    async def get(self, job_id: str, kind: str) -> None:
        """Write the file where only this user can read it, and send it piece by piece."""
        record = await self.service.quickly(lambda: open_store().own_job(whole_id(job_id)))
        with tempfile.TemporaryDirectory(prefix="importer-rejects-") as folder:
            file = await self.service.slowly(lambda: _written(record, Path(folder), kind))
            self.set_header("Content-Type", KINDS[kind])
            self.set_header("Content-Disposition", f'attachment; filename="rejects-{record.short_id}.{kind}"')
            self.set_header("Content-Length", str(file.stat().st_size))
            self.set_header("Cache-Control", "no-store")
            try:
                with file.open("rb") as pieces:
                    while piece := pieces.read(PIECE_BYTES):
                        self.write(piece)
                        await self.flush()
            except StreamClosedError:
                return
        self.finish(set_content_type=KINDS[kind])


class RejectsPage(Handler):
    """The refused rows, for a program that shows them."""

    @call(query=PAGE, answers={JSON: PAGED}, refuses=(HTTPStatus.GONE,))
    async def get(self, job_id: str) -> None:
        """Send those that come after one, some at a time."""
        last = whole_number("after", self.get_query_argument("after", "0"), least=0, most=MOST_NUMBER)
        left = whole_number("limit", self.get_query_argument("limit", str(PAGE_ROWS)), most=MOST_ROWS)
        rejects = await self.service.quickly(lambda: _refused(open_store().own_job(whole_id(job_id))).refused)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        begin = '{"rows": ['
        try:
            while True:
                after, count = last, min(left, BLOCK_ROWS)
                rows = await self.service.slowly(lambda: _block(rejects, after, count))  # noqa: B023 - awaited at once
                last, left = (rows[-1]["number"], left - len(rows)) if rows else (last, 0)
                self.write(begin + ", ".join(json.dumps(row, ensure_ascii=False) for row in rows))
                await self.flush()
                if not left or len(rows) < count:
                    break
                begin = ", "
        except StreamClosedError:
            return
        has_more = await self.service.slowly(lambda: bool(_block(rejects, last, 1)))
        self.finish(f'], "next": {last if has_more else "null"}}}')


def _block(rejects: Refused, after: int, count: int) -> list[dict[str, Any]]:
    """The first refused rows beyond this number, each with its cells at fault."""
    cells, rows = rejects.after(after, count)
    numbers = rows.to_series(0)
    names, places = rejects.files.columns(numbers) if rejects.files.are_many else ([None] * len(numbers), numbers)
    faults: dict[int, list[dict[str, Any]]] = {}
    for cell in cells.iter_rows(named=True):
        faults.setdefault(cell.pop("row"), []).append(cell)
    values = rows[:, 1:].iter_rows(named=True)
    return [
        {"number": number, "file": name, "row": place, "values": value, "cells": faults.get(number, [])}
        for number, name, place, value in zip(numbers, names, places, values, strict=True)
    ]


def _written(record: JobRecord, folder: Path, kind: str) -> Path:
    """The file of the refused rows."""
    return _refused(record).rejects_to(folder / f"rejects.{kind}")


def _refused(record: JobRecord) -> JobRecord:
    """The job, if it has refused rows."""
    if not record.rejected:
        raise ProblemError.of(HTTPStatus.NOT_FOUND, "no-rejects", f"job {record.short_id} has refused no rows")
    return record
