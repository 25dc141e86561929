"""What is measured of importer: one generator a case, which imports, works, and counts, with a yield between."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from _place import FLIGHTS_KEY, Place
from _postgres import own_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import dataframely as dy


def stock_schema() -> type[dy.Schema]:
    """Ten columns, seven with rules."""
    import dataframely as dy

    class Stock(dy.Schema):
        sku = dy.String(primary_key=True, regex=r"^SKU-\d{9}$")
        name = dy.String(nullable=False, max_length=80)
        category = dy.String(nullable=False, min_length=1)
        quantity = dy.Int64(nullable=False, min=0)
        price = dy.Decimal(12, 2, nullable=False, min=0)
        listed = dy.Date(nullable=False)
        changed = dy.Datetime(nullable=False)
        active = dy.Bool(nullable=False)
        note = dy.String(nullable=True, max_length=500)
        weight = dy.Float64(nullable=False, min=0)

    return Stock


def sqlite_count(path: Path, table: str) -> int:
    """Rows of a table in a SQLite file."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def duckdb_count(path: Path, table: str) -> int:
    """Rows of a table in a DuckDB file."""
    import duckdb

    with duckdb.connect(path) as connection:
        found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(found[0]) if found else 0


def csv_sqlite(place: Place) -> Iterator[Any]:
    """The stock, checked and upserted."""
    yield from _into_sqlite(place, place.csv)


def csv_sqlite_for_good(place: Place) -> Iterator[Any]:
    """The same, with nothing kept to undo it."""
    yield from _into_sqlite(place, place.csv, undo=False)


def xlsx_sqlite(place: Place) -> Iterator[Any]:
    """The same from a workbook."""
    yield from _into_sqlite(place, place.xlsx)


def inline_sqlite(place: Place) -> Iterator[Any]:
    """The same from a workbook whose texts stand in the cells."""
    yield from _into_sqlite(place, place.inline)


def csv_refused(place: Place) -> Iterator[Any]:
    """The stock, every row of which is refused, and a second look at it by the history."""
    import importer

    plan = _refusing(place)
    yield
    report = plan.run()
    str(report), str(importer.jobs()[0]), report.rejects.head(10)
    yield
    yield report.progress.rejected


def csv_refused_resumed(place: Place) -> Iterator[Any]:
    """The same, stopped near its end by another process, and resumed."""
    import importer

    _elsewhere(_stop_refusing, place)
    schema = _weightless()
    yield
    report = importer.resume(importer.jobs()[0], schema=schema, listeners=())
    str(report), report.rejects.head(10)
    yield
    yield report.progress.rejected


def refused_to_csv(place: Place) -> Iterator[Any]:
    """The refused rows of an import by another process, written to a CSV file."""
    yield from _refused_to(place, place.work / "refused.csv")


def refused_to_xlsx(place: Place) -> Iterator[Any]:
    """The same to a workbook."""
    yield from _refused_to(place, place.work / "refused.xlsx")


def _refused_to(place: Place, path: Path) -> Iterator[Any]:
    import importer

    _elsewhere(_refuse, place)
    job = importer.jobs()[0]
    yield
    job.rejects_to(path)
    yield
    yield importer.plan(path, into=place.work / "again.db", listeners=()).check().progress.rows_read


def _elsewhere(act: Callable[[Place], object], place: Place) -> None:
    """Let another process do it, whose memory is not measured."""
    process = get_context("spawn").Process(target=act, args=(place,))
    process.start()
    process.join()


def _refuse(place: Place) -> None:
    _refusing(place).run()


def _stop_refusing(place: Place) -> None:
    """Cancel the import half way."""

    def listen(now: Any) -> None:  # noqa: ANN401 - a Progress
        if now.total and now.completed > now.total / 2:
            job.cancel()

    job = replace(_refusing(place), listeners=(listen,)).job()
    job.start().wait()


def _refusing(place: Place) -> Any:  # noqa: ANN401 - a Plan
    import importer

    return importer.plan(place.csv, schema=_weightless(), into=place.sqlite, table="stock", listeners=())


def _weightless() -> type[dy.Schema]:
    """The schema of the stock with a rule that every row breaks."""
    import dataframely as dy

    class Weightless(stock_schema()):  # type: ignore[misc]
        weight = dy.Float64(nullable=False, max=-1)

    return Weightless


def _into_sqlite(place: Place, path: Path, listeners: tuple[Any, ...] = (), **options: Any) -> Iterator[Any]:  # noqa: ANN401
    import importer

    into = {"into": place.sqlite, "table": "stock", "listeners": listeners}
    load = partial(importer.load, schema=stock_schema(), **into, **options)
    yield
    load(path)
    yield
    yield sqlite_count(place.sqlite, "stock")


def again_sqlite(place: Place) -> Iterator[Any]:
    """A second run over a table that has all the rows already."""
    import importer

    load = partial(importer.load, schema=stock_schema(), into=place.sqlite, table="stock", listeners=())
    load(place.csv)
    yield
    report = load(place.csv, if_imported="again")
    yield
    yield report.progress.unchanged


def csv_heard(place: Place) -> Iterator[Any]:
    """The stock, with the bar and the panel on."""
    import tqdm.auto  # noqa: F401 - so that it is not timed

    import importer

    with (place.work / "bar.txt").open("w") as file:
        yield from _into_sqlite(place, place.csv, (importer.Bar(file=file, ncols=120), _panel()))


def csv_unkept(place: Place) -> Iterator[Any]:
    """The stock, with no history, no fingerprint, no queue and no checkpoints, which nobody can have but here."""
    import importer
    from importer.checking._rejects import Rejects
    from importer.engine._job import Job

    schema = stock_schema()

    def pipeline(job_id: str) -> Any:  # noqa: ANN401 - a Pipeline
        whole = plan._pipeline(job_id, dry_run=False)  # noqa: SLF001
        return replace(whole, sink=_Unkept(whole.sink), table_lock=None, rejects=Rejects())

    yield
    # A source of one's own has no file to hash.
    source = importer.plan(place.csv, into=place.sqlite, listeners=()).source
    plan = importer.plan(source, schema=schema, into=place.sqlite, table="stock", listeners=())
    Job(pipeline).start().result()
    yield
    yield sqlite_count(place.sqlite, "stock")


class _Unkept:
    """A sink that keeps no checkpoints."""

    def __init__(self, inner: Any) -> None:  # noqa: ANN401 - any sink
        self._inner = inner

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._inner, name)

    def open(self, table: Any, claim: Any = None) -> Any:  # noqa: ANN401, ARG002
        return self._inner.open(table)


def _panel() -> Any:  # noqa: ANN401 - whichever of the two can be had
    """The panel with its widget made; where none can be made, a callable."""
    import io
    from contextlib import redirect_stdout

    import importer

    panel = importer.Panel()
    with redirect_stdout(io.StringIO()):
        # Where no kernel listens, the widget lives and its messages go nowhere.
        panel._repr_mimebundle_() if hasattr(panel, "_repr_mimebundle_") else None
    return panel


def flights_csv_sqlite(place: Place) -> Iterator[Any]:
    """The flights, their types found by importer, upserted by seven columns."""
    yield from _flights(place, place.flights_csv)


def flights_xlsx_sqlite(place: Place) -> Iterator[Any]:
    """The same from the workbook."""
    yield from _flights(place, place.flights_xlsx)


def _flights(place: Place, path: Path) -> Iterator[Any]:
    import dataframely  # noqa: F401 - so that it is not timed

    import importer

    load = partial(importer.load, key=FLIGHTS_KEY, into=place.sqlite, table="flights", listeners=())
    yield
    load(path)
    yield
    yield sqlite_count(place.sqlite, "flights")


def xlsx_frames(place: Place) -> Iterator[Any]:
    """Every cell of the sheet in frames of text."""
    yield from _frames(place.xlsx)


def inline_frames(place: Place) -> Iterator[Any]:
    """The same with inline text."""
    yield from _frames(place.inline)


def flights_frames(place: Place) -> Iterator[Any]:
    """The same of the flights."""
    yield from _frames(place.flights_xlsx)


def _frames(path: Path) -> Iterator[Any]:
    from importer.sources import open_source

    yield
    rows, first_s, start = 0, None, time.perf_counter()
    for chunk in open_source(path).chunks(20_000):
        first_s = first_s or time.perf_counter() - start
        rows += chunk.frame.height
    yield {"first_s": first_s}
    yield rows


def submitted(place: Place) -> Iterator[Any]:
    """The command that queues the stock, from its start."""
    command = [sys.executable, "-m", "importer", "submit", str(place.csv), "--into", str(place.sqlite)]
    yield
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    yield {"first_s": time.perf_counter() - start}
    yield place.rows


def csv_duckdb(place: Place) -> Iterator[Any]:
    """The stock into DuckDB."""
    yield from _into_duckdb(place)


def csv_duckdb_for_good(place: Place) -> Iterator[Any]:
    """The same, with nothing kept to undo it."""
    yield from _into_duckdb(place, undo=False)


def _into_duckdb(place: Place, **options: Any) -> Iterator[Any]:  # noqa: ANN401
    import duckdb  # noqa: F401 - so that it is not timed
    import pyarrow as pa  # noqa: F401

    import importer

    into = {"into": f"duckdb:///{place.duckdb}", "table": "stock", "listeners": ()}
    load = partial(importer.load, schema=stock_schema(), **into, **options)
    yield
    load(place.csv)
    yield
    yield duckdb_count(place.duckdb, "stock")


def csv_postgres(place: Place) -> Iterator[Any]:
    """The stock into PostgreSQL."""
    yield from _into_postgres(place)


def csv_sqlite_again(place: Place) -> Iterator[Any]:
    """The stock over a table that has all its rows with another quantity."""
    yield from _over_sqlite(place)


def csv_sqlite_again_for_good(place: Place) -> Iterator[Any]:
    """The same, with nothing kept to undo it."""
    yield from _over_sqlite(place, undo=False)


def _over_sqlite(place: Place, **options: Any) -> Iterator[Any]:  # noqa: ANN401
    def change(sql: str) -> None:
        with closing(sqlite3.connect(place.sqlite)) as connection, connection:
            connection.execute(sql)

    yield from _over(place, str(place.sqlite), change, **options)
    yield sqlite_count(place.sqlite, "stock")


def csv_duckdb_again(place: Place) -> Iterator[Any]:
    """The stock over a table that has all its rows with another quantity."""
    yield from _over_duckdb(place)


def csv_duckdb_again_for_good(place: Place) -> Iterator[Any]:
    """The same, with nothing kept to undo it."""
    yield from _over_duckdb(place, undo=False)


def _over_duckdb(place: Place, **options: Any) -> Iterator[Any]:  # noqa: ANN401
    import duckdb

    def change(sql: str) -> None:
        with duckdb.connect(place.duckdb) as connection:
            connection.execute(sql)

    yield from _over(place, f"duckdb:///{place.duckdb}", change, **options)
    yield duckdb_count(place.duckdb, "stock")


def csv_postgres_again(place: Place) -> Iterator[Any]:
    """The stock over a table that has all its rows with another quantity."""
    yield from _over_postgres(place)


def csv_postgres_again_for_good(place: Place) -> Iterator[Any]:
    """The same, with nothing kept to undo it."""
    yield from _over_postgres(place, undo=False)


def _over_postgres(place: Place, **options: Any) -> Iterator[Any]:  # noqa: ANN401
    with own_schema(place) as run:
        yield from _over(place, place.postgresql, run, **options)
        yield run("SELECT count(*) FROM stock")


def _over(place: Place, into: str, change: Callable[[str], object], **options: Any) -> Iterator[Any]:  # noqa: ANN401
    """Import the stock once, change every row, and import it again, which alone is timed."""
    import importer

    load = partial(importer.load, place.csv, schema=stock_schema(), into=into, table="stock", listeners=())
    load(undo=False)
    change("UPDATE stock SET quantity = quantity + 1")
    yield
    load(if_imported="again", **options)
    yield


def csv_postgres_for_good(place: Place) -> Iterator[Any]:
    """The same, with nothing kept to undo it."""
    yield from _into_postgres(place, undo=False)


def _into_postgres(place: Place, **options: Any) -> Iterator[Any]:  # noqa: ANN401
    import importer

    with own_schema(place) as run:
        into = {"into": place.postgresql, "table": "stock", "listeners": ()}
        load = partial(importer.load, schema=stock_schema(), **into, **options)
        yield
        load(place.csv)
        yield
        yield run("SELECT count(*) FROM stock")
