"""How fast text is read that polars does not read exactly, and in how much memory: `python benchmarks/exact.py`."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

KINDS = {
    "no quotes": "{i},name {i},London,{q},{i}.50,2024-01-31,some text {i},TRUE,A{i},tail\n",
    "a quote within a text": '{i},name {i},London,{q},{i}.50,2024-01-31,5" pipe {i},TRUE,A{i},tail\n',
    "such a quote, and quotes around another": '{i},"name, {i}",London,{q},{i}.50,2024-01-31,5" pipe,TRUE,A{i},tail\n',
    "a line end within quotes": '{i},name {i},London,{q},{i}.50,2024-01-31,"a ""b""",TRUE,"A\r\n{i}",tail\n',
    "a lone carriage return within quotes": '{i},name {i},London,{q},{i}.50,2024-01-31,"a",TRUE,"A\r{i}",tail\n',
    "a carriage return at its end": '{i},"name, {i}",London,{q},{i}.50,2024-01-31,some text,TRUE,A{i},tail\r',
    "text behind a closing quote": '{i},name {i},London,{q},{i}.50,2024-01-31,"x" y,TRUE,A{i},tail\n',
    "quotes that are not doubled": '{i},"name {i}",London,{q},{i}.50,2024-01-31,"he said "hi" there",TRUE,A{i},tail\n',
    "spaces beside its quotes": '{i}, "name, {i}", "London", {q}, {i}.50, 2024-01-31, "x", TRUE, "A{i}", tail\n',
    "escapes": '{i},"\\"name {i}\\"",London,{q},{i}.50,2024-01-31,a\\,b,TRUE,A{i},tail\n',
    "NUL in a cell": '{i},"name, {i}",London,{q},{i}.50,2024-01-31,x\0y,TRUE,A{i},tail\n',
    "a cell too many": '{i},name {i},London,{q},{i}.50,2024-01-31,"x, y",TRUE,A{i},tail,more\n',
    "a quote that is never closed": '{i},name {i},London,{q},{i}.50,2024-01-31,"x y,TRUE,A{i},tail\n',
}
HEADER = "id,name,city,qty,price,day,note,flag,code,text\n"
ROWS = 100_000, 400_000
PIECE = 1 << 22


def read_one(kind: str, rows: int) -> None:
    """Read one file in this process; print rows a second of processor time, those of others, and the peak in MB."""
    from importer.sources import open_source
    from importer.sources.csv._exact import complete_records

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.csv")
        with path.open("w", newline="", encoding="utf-8") as file:
            file.write(HEADER.replace("\n", KINDS[kind][-1]))
            file.writelines(KINDS[kind].format(i=i, q=i % 9) for i in range(rows))
        began_s = time.process_time()
        with path.open(newline="", encoding="utf-8") as file:
            count = sum(1 for _ in csv.reader(file))
        by_csv = count / (time.process_time() - began_s)
        source = open_source(path)
        began_s = time.process_time()
        with closing(source.chunks(20_000)) as chunks:
            count = sum(len(chunk.rows) for chunk in chunks)
        ours = count / (time.process_time() - began_s)
        peak_mb = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024
        with path.open(newline="", encoding="utf-8") as file:
            text = file.read(PIECE)
        dialect = source.book.dialect
        assert dialect is not None
        began_s = time.process_time()
        count = len(complete_records(text, dialect, final=False)[0])
        print(json.dumps([ours, count / (time.process_time() - began_s), by_csv, peak_mb]))


def main() -> None:
    """Print the table."""
    if len(sys.argv) > 1:
        read_one(sys.argv[1], int(sys.argv[2]))
        return
    print("| every row has | rows a second | without polars | csv.reader | MB with 100,000, 400,000 rows |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for kind in KINDS:
        found = []
        for rows in ROWS:
            command = [sys.executable, __file__, kind, str(rows)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found.append(json.loads(done.stdout))
        ours, alone, by_csv, _ = found[-1]
        print(f"| {kind} | {ours:,.0f} | {alone:,.0f} | {by_csv:,.0f} | {found[0][3]}, {found[1][3]} |", flush=True)


if __name__ == "__main__":
    main()
