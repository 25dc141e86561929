"""The files that are measured, made the same on every machine: a shop's stock, and the flights unpacked."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

BLOCK = 50_000
NAMES, CATEGORIES, NOTES = 4_000, 12, 20_000
COLUMNS = "sku name category quantity price listed changed active note weight".split()
EPOCH_2020 = 43_831
"""1 January 2020 as Excel counts days."""

NOTE = "note {}, seen on shelf {}, 'as is'"


def main(kind: str, target: Path, rows: int) -> None:
    """Make one file, under another name until it is whole."""
    part = target.with_name(target.name + ".part")
    if kind == "csv":
        write_csv(part, rows)
    elif kind == "flights":
        unpack(part)
    else:
        write_xlsx(part, rows, is_shared=kind == "xlsx")
    part.rename(target)


def blocks(rows: int) -> Iterator[pl.DataFrame]:
    """Numbers from which the cells are made, in blocks."""
    import polars as pl

    for start in range(0, rows, BLOCK):
        row = pl.int_range(start, min(start + BLOCK, rows), dtype=pl.UInt64)
        # Multiples of a large prime jump about, and are the same everywhere.
        jump = (row * 2_654_435_761) % 4_294_967_296
        yield pl.select(
            sku=row,
            name=jump % NAMES,
            category=(jump // 7) % CATEGORIES,
            quantity=(jump // 11) % 5_000,
            cents=(jump // 13) % 1_000_000,
            day=(jump // 17) % 2_000,
            second=(jump // 19) % 86_400,
            active=(jump // 23) % 3 > 0,
            note=pl.when(jump % 3 == 0).then((jump // 29) % NOTES),
            weight=((jump // 31) % 1_000_003) / 977.0,
        )


def price() -> pl.Expr:
    """Price with exactly two decimals."""
    import polars as pl

    cents = pl.col("cents").cast(pl.String).str.zfill(3)
    return pl.format("{}.{}", cents.str.head(-2), cents.str.tail(2))


def write_csv(path: Path, rows: int) -> None:
    """A CSV file: every third note is filled, with commas and so in quotes."""
    import polars as pl

    day = pl.date(2020, 1, 1) + pl.duration(days=pl.col("day"))
    with path.open("wb") as file:
        file.write((",".join(COLUMNS) + "\n").encode())
        for block in blocks(rows):
            block.select(
                sku=pl.format("SKU-{}", pl.col("sku").cast(pl.String).str.zfill(9)),
                name=pl.format("Article {}", "name"),
                category=pl.format("Category {}", "category"),
                quantity="quantity",
                price=price(),
                listed=day,
                changed=day.cast(pl.Datetime) + pl.duration(seconds=pl.col("second")),
                active="active",
                note=pl.format(NOTE, "note", pl.col("note") % 97),
                weight="weight",
            ).write_csv(file, include_header=False, datetime_format="%Y-%m-%d %H:%M:%S")


def write_xlsx(path: Path, rows: int, *, is_shared: bool) -> None:
    """A workbook of one sheet: text shared, as Excel writes it, or inline, as exporting programs do."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as file:
            file.write(f'{HEAD}<worksheet xmlns="{MAIN}"><dimension ref="A1:J{rows + 1}"/><sheetData>'.encode())
            cells = [
                f'<c r="{"ABCDEFGHIJ"[i]}1" t="inlineStr"><is><t>{name}</t></is></c>' for i, name in enumerate(COLUMNS)
            ]
            file.write(f'<row r="1">{"".join(cells)}</row>'.encode())
            for block in blocks(rows):
                file.write(_rows(block, is_shared=is_shared).encode())
            file.write(b"</sheetData></worksheet>")
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as file:
            file.write(f'{HEAD}<sst xmlns="{MAIN}">'.encode())
            for texts in _shared(rows) if is_shared else ():
                file.write("".join(f"<si><t>{escape(text)}</t></si>" for text in texts).encode())
            file.write(b"</sst>")


def _rows(block: pl.DataFrame, *, is_shared: bool) -> str:
    import polars as pl

    row = (pl.col("sku") + 2).cast(pl.String)
    sku, note = pl.col("sku").cast(pl.String).str.zfill(9), pl.col("note")
    texts = {
        "A": (pl.col("sku") + NAMES + CATEGORIES + NOTES, pl.format("SKU-{}", sku)),
        "B": (pl.col("name"), pl.format("Article {}", "name")),
        "C": (pl.col("category") + NAMES, pl.format("Category {}", "category")),
        "I": (note + NAMES + CATEGORIES, pl.format(NOTE, note, note % 97)),
    }
    before, after = ('t="s"><v>', "</v></c>") if is_shared else ('t="inlineStr"><is><t>', "</t></is></c>")
    serial = pl.col("day") + EPOCH_2020
    parts = {
        **{name: (before, index if is_shared else text, after) for name, (index, text) in texts.items()},
        "D": ("><v>", pl.col("quantity"), "</v></c>"),
        "E": ("><v>", price(), "</v></c>"),
        "F": ('s="1"><v>', serial, "</v></c>"),
        "G": ('s="2"><v>', serial + pl.col("second") / 86_400, "</v></c>"),
        "H": ('t="b"><v>', pl.col("active").cast(pl.Int8), "</v></c>"),
        "J": ("><v>", pl.col("weight"), "</v></c>"),
    }
    cells = [
        # An empty cell is left out, as spreadsheet programs do.
        pl.format(f'<c r="{name}{{}}" {middle}{{}}{end}', row, value).str.replace(" >", ">", literal=True).fill_null("")
        for name, (middle, value, end) in sorted(parts.items())
    ]
    lines = block.select(pl.concat_str(pl.format('<row r="{}">', row), *cells, pl.lit("</row>")))
    return "".join(lines.to_series())


def _shared(rows: int) -> Iterator[Iterator[str]]:
    yield (f"Article {index}" for index in range(NAMES))
    yield (f"Category {index}" for index in range(CATEGORIES))
    yield (NOTE.format(index, index % 97) for index in range(NOTES))
    for start in range(0, rows, BLOCK):
        yield (f"SKU-{index:09}" for index in range(start, min(start + BLOCK, rows)))


def unpack(path: Path) -> None:
    """The flights as a plain CSV file."""
    with zipfile.ZipFile(Path(os.environ["IMPORTER_TEST_DATA"], "flights.csv.zip")) as archive:
        path.write_bytes(archive.read("flights.csv"))


HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": (
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KINDS}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KINDS}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{KINDS}.styles+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{KINDS}.sharedStrings+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
        '<sheets><sheet name="stock" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId3" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    ),
    "xl/styles.xml": (
        f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
        '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
        "<fonts><font/></fonts><fills><fill><patternFill/></fill></fills><borders><border/></borders>"
        "<cellStyleXfs><xf/></cellStyleXfs>"
        '<cellXfs><xf/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/></cellXfs>'
        "</styleSheet>"
    ),
}

if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
