"""The lines of the table: what is measured against whom, and the least it has to reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["LINES", "Line"]

ROWS, FLIGHTS_ROWS = 500_000, 336_776


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the table.

    Attributes
    ----------
    name
        By which ``--only`` takes it.
    what, against
        The two sides in words.
    ours, peer
        The two cases, as ``module.function``.
    kinds
        Files that they read: ``csv``, ``xlsx``, ``inline``, ``flights``.
    floor
        Our speed over theirs, at least; for memory the second peak over the first, at most.
    rows
        Rows of the file; fewer where the peer would take minutes.
    repeats
        How many runs are made for each that is asked for: more where the floor is nearer than a machine's noise.
    measures
        The speed, the seconds to the first chunk, or the peak of the memory.
    """

    name: str
    what: str
    ours: str
    floor: float
    against: str = ""
    peer: str = ""
    kinds: tuple[str, ...] = ("csv",)
    rows: int = ROWS
    more_rows: int = 0
    repeats: int = 1
    measures: Literal["speed", "first", "memory"] = "speed"

    @property
    def is_of_flights(self) -> bool:
        """Whether it reads the flights, whose number is given."""
        return "flights" in self.kinds or self.rows == FLIGHTS_ROWS


IN_SQLITE, XLSX_IN_SQLITE = "CSV, checked, upserted into SQLite", "XLSX, checked, upserted into SQLite"
UTILS, IMPORT = "sqlite-utils upsert --csv --pk", "sqlite3 .import, same table"
LOOP = "openpyxl and executemany"

LINES = (
    Line(
        name="sqlite-utils",
        what=IN_SQLITE,
        against=UTILS,
        ours="_ours.csv_sqlite",
        peer="_peers.sqlite_utils_stock",
        floor=12,
    ),
    Line(
        name="sqlite3",
        repeats=2,
        what=IN_SQLITE,
        against=IMPORT,
        ours="_ours.csv_sqlite",
        peer="_peers.sqlite3_stock",
        floor=0.7,
    ),
    Line(
        name="read_excel",
        what="XLSX to frames",
        against="polars.read_excel",
        kinds=("xlsx",),
        ours="_ours.xlsx_frames",
        peer="_peers.polars_stock",
        floor=1.2,
    ),
    Line(
        name="read_excel-inline",
        what="XLSX to frames, text in the cells",
        against="polars.read_excel",
        kinds=("inline",),
        ours="_ours.inline_frames",
        peer="_peers.polars_inline",
        floor=1.2,
    ),
    Line(
        name="first", what="XLSX, first chunk", kinds=("xlsx",), ours="_ours.xlsx_frames", floor=0.3, measures="first"
    ),
    Line(
        name="submit",
        what="importer submit, until its id is there",
        ours="_ours.submitted",
        floor=0.3,
        measures="first",
    ),
    Line(
        name="first-inline",
        what="XLSX, first chunk, text in the cells",
        kinds=("inline",),
        ours="_ours.inline_frames",
        floor=0.3,
        measures="first",
    ),
    Line(
        name="openpyxl",
        what=XLSX_IN_SQLITE,
        against=LOOP,
        kinds=("xlsx",),
        ours="_ours.xlsx_sqlite",
        peer="_peers.openpyxl_stock",
        floor=8,
    ),
    Line(
        name="duckdb",
        repeats=2,
        what="CSV into DuckDB",
        against="INSERT … SELECT FROM read_csv, same table",
        ours="_ours.csv_duckdb",
        peer="_peers.duckdb_stock",
        floor=0.5,
    ),
    Line(
        name="postgres",
        what="CSV upserted into PostgreSQL",
        against=r"\copy, same table",
        ours="_ours.csv_postgres",
        peer="_peers.psql_stock",
        floor=0.4,
    ),
    Line(
        name="dlt",
        what="CSV into DuckDB",
        against="dlt, merge, Arrow",
        ours="_ours.csv_duckdb",
        peer="_peers.dlt_stock",
        floor=1,
    ),
    Line(
        name="django",
        what=IN_SQLITE,
        against="django-import-export, bulk",
        ours="_ours.csv_sqlite",
        peer="_peers.django_stock",
        floor=1,
        rows=20_000,
    ),
    Line(
        name="pandas",
        repeats=2,
        what=IN_SQLITE,
        against="pandas read_csv, to_sql",
        ours="_ours.csv_sqlite",
        peer="_peers.pandas_stock",
        floor=1,
    ),
    Line(
        name="csvsql",
        what=IN_SQLITE,
        against="csvsql --insert",
        ours="_ours.csv_sqlite",
        peer="_peers.csvsql_stock",
        floor=1,
        rows=20_000,
    ),
    Line(
        name="flights-sqlite-utils",
        what="flights, " + IN_SQLITE,
        against=UTILS,
        kinds=("flights",),
        ours="_ours.flights_csv_sqlite",
        peer="_peers.sqlite_utils_flights",
        floor=12,
        rows=FLIGHTS_ROWS,
    ),
    Line(
        name="flights-sqlite3",
        repeats=2,
        what="flights, " + IN_SQLITE,
        against=IMPORT,
        kinds=("flights",),
        ours="_ours.flights_csv_sqlite",
        peer="_peers.sqlite3_flights",
        floor=0.7,
        rows=FLIGHTS_ROWS,
    ),
    Line(
        name="flights-read_excel",
        what="flights, XLSX to frames",
        against="polars.read_excel",
        kinds=("flights",),
        ours="_ours.flights_frames",
        peer="_peers.polars_flights",
        floor=1.2,
        rows=FLIGHTS_ROWS,
    ),
    Line(
        name="flights-first",
        what="flights, XLSX, first chunk",
        kinds=("flights",),
        ours="_ours.flights_frames",
        floor=0.3,
        rows=FLIGHTS_ROWS,
        measures="first",
    ),
    Line(
        name="flights-openpyxl",
        what="flights, " + XLSX_IN_SQLITE,
        against=LOOP,
        kinds=("flights",),
        ours="_ours.flights_xlsx_sqlite",
        peer="_peers.openpyxl_flights",
        floor=8,
        rows=FLIGHTS_ROWS,
    ),
    Line(
        name="memory-csv",
        what="peak memory, CSV into SQLite",
        ours="_ours.csv_sqlite",
        floor=1.2,
        rows=200_000,
        more_rows=2_000_000,
        measures="memory",
    ),
    # A sheet ends at row 1,048,576.
    Line(
        name="memory-xlsx",
        what="peak memory, XLSX into SQLite",
        kinds=("xlsx",),
        ours="_ours.xlsx_sqlite",
        floor=1.2,
        rows=200_000,
        more_rows=1_000_000,
        measures="memory",
    ),
    Line(
        name="memory-inline",
        what="peak memory, XLSX into SQLite, text in the cells",
        kinds=("inline",),
        ours="_ours.inline_sqlite",
        floor=1.2,
        rows=200_000,
        more_rows=1_000_000,
        measures="memory",
    ),
    Line(
        name="memory-rejects",
        what="peak memory, CSV of which every row is refused",
        ours="_ours.csv_refused",
        floor=1.2,
        rows=500_000,
        more_rows=2_000_000,
        measures="memory",
    ),
    Line(
        name="memory-rejects-resumed",
        what="peak memory, the same, stopped half way and resumed",
        ours="_ours.csv_refused_resumed",
        floor=1.2,
        rows=500_000,
        more_rows=2_000_000,
        measures="memory",
    ),
    Line(
        name="memory-rejects-csv",
        what="peak memory, refused rows to a CSV file",
        ours="_ours.refused_to_csv",
        floor=1.2,
        rows=500_000,
        more_rows=2_000_000,
        measures="memory",
    ),
    # openpyxl takes minutes for more; what is held at once are 20,000 rows, and 10,000 comments.
    Line(
        name="memory-rejects-xlsx",
        what="peak memory, refused rows to a workbook",
        ours="_ours.refused_to_xlsx",
        floor=1.2,
        rows=50_000,
        more_rows=200_000,
        measures="memory",
    ),
    *(
        Line(
            name=f"refused-{rule}{kind}-{case}",
            what=f"CSV into {product}, {share} of the rows refused by a {words}",
            against="no row refused",
            ours=f"_constrained.{kind}_{rule.strip('-') or 'check'}_{case}",
            peer=f"_constrained.{kind}_{rule.strip('-') or 'check'}_none",
            floor=0.5,
            rows=200_000,
        )
        for rule, words in (
            ("", "CHECK"),
            ("unique-", "UNIQUE"),
            ("foreign-", "FOREIGN KEY"),
            ("own-", "FOREIGN KEY to the table itself"),
            ("domain-", "domain"),
        )
        for kind, product in (("sqlite", "SQLite"), ("duckdb", "DuckDB"), ("postgres", "PostgreSQL"))
        if rule != "domain-" or kind == "postgres"
        for case, share in (("few", "0.5 %"), ("many", "20 %"))
    ),
    *(
        Line(
            name=f"undo-{kind}{name}",
            repeats=2,
            what=f"CSV into {product}, {what}, which can be undone",
            against="undo=False",
            ours=f"_ours.csv_{kind}{case}",
            peer=f"_ours.csv_{kind}{case}_for_good",
            floor=0.75,
        )
        for kind, product in (("sqlite", "SQLite"), ("duckdb", "DuckDB"), ("postgres", "PostgreSQL"))
        for name, case, what in (("", "", "every row new"), ("-update", "_again", "every row updated"))
    ),
    Line(
        name="listeners",
        repeats=4,
        what=IN_SQLITE + ", bar and panel on",
        against="no listener",
        ours="_ours.csv_heard",
        peer="_ours.csv_sqlite",
        floor=0.98,
    ),
    Line(
        name="store",
        repeats=4,
        what=IN_SQLITE + ", kept and resumable",
        against="neither history nor checkpoints",
        ours="_ours.csv_sqlite",
        peer="_ours.csv_unkept",
        floor=0.95,
    ),
)
