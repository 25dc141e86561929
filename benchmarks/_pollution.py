"""A table, written in every way in which CSV files in the wild differ from the standard: `cases`.

The kinds are those that Vitagliano et al. found in public files (Pollock: A Data Loading Benchmark, VLDB 2023), and
how often. The table and the files are our own, and the same in every run.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Case", "cases"]

HEADER = ("DATE", "TIME", "Qty", "ITEM", "Price", "Kind", "Description", "URL", "Comments")
ROWS = 84

WORDS = (
    "boots lamp jacket kettle chair tent rope stove compass blanket mirror bottle saddle lantern paddle canvas wool "
    "sturdy light warm quiet bright narrow woven folded painted small that which holds keeps carries and with for"
).split()


@dataclass(frozen=True, slots=True)
class Form:
    """How a table is written."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    end: str = "\n"
    encoding: str = "utf-8"
    quotes_all: bool = False

    def line(self, cells: Sequence[str]) -> str:
        """One record, with its line end."""
        return self.delimiter.join(map(self.field, cells)) + self.end

    def field(self, cell: str) -> str:
        """One field, in quotes if it needs them."""
        if not self.quote:
            return cell
        needs = self.quotes_all or any(
            mark in cell for mark in (self.delimiter, self.delimiter.strip() or " ", self.quote, "\n", "\r")
        )
        if self.escape != self.quote:
            cell = cell.replace("\\", "\\\\") if self.escape == "\\" else cell
        return f"{self.quote}{cell.replace(self.quote, self.escape + self.quote)}{self.quote}" if needs else cell


@dataclass(frozen=True, slots=True)
class Case:
    """A file, and what a careful person reads from it.

    Attributes
    ----------
    kind
        What is odd about it.
    weight
        How often files of this kind occur among 3,712 public ones, shared among the cases of a kind.
    """

    name: str
    kind: str
    content: bytes
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    weight: float = field(default=1.0)


def table(rows: int = ROWS) -> list[tuple[str, ...]]:
    """Rows of dates, times, numbers, codes, prices, short and long texts, addresses, and an empty column."""
    draw = random.Random(7)
    made = []
    for at in range(rows):
        kind = " ".join(draw.sample(WORDS, 2)).title()
        kind = {0: f"{kind}, Large", 1: f'{kind}, {draw.randint(5, 50)}"', 2: f"Men's {kind}"}.get(at % 5, kind)
        text = " ".join(draw.choices(WORDS, k=draw.randint(8, 24))).capitalize()
        text = f"{text}, {draw.choice(WORDS)}, and {draw.choice(WORDS)}."
        made.append(
            (
                f"{1 + at % 28:02d}/{1 + at % 12:02d}/2018",
                f"{at // 4 % 24:02d}:{at % 4 * 15:02d}",
                str(draw.randint(0, 33)),
                f"{draw.choice('ABGHRYZ')}{draw.choice('ACNJZ')}-{draw.randint(1000, 9999)}",
                f"${draw.randint(50, 9999) / 100:.2f}",
                kind,
                text,
                f"https://www.example.com/item/{draw.randint(1000, 9999)}.html",
                "",
            )
        )
    return made


def written(rows: Sequence[Sequence[str]], form: Form, header: Sequence[str] | None = HEADER) -> str:
    """The table as text."""
    lines = [*([header] if header else []), *rows]
    return "".join(map(form.line, lines))


def cases() -> Iterator[Case]:
    """Every kind, each in some strengths."""
    rows, form = table(), Form()
    for make in (_whole, _forms, _encodings, _headers, _around, _tables, _shapes, _cells, _lines):
        yield from make(rows, form)


def _case(  # noqa: PLR0913 - what a file is
    name: str,
    kind: str,
    text: str,
    rows: Sequence[Sequence[str]],
    *,
    header: Sequence[str] = HEADER,
    encoding: str = "utf-8",
    weight: float = 1.0,
) -> Case:
    return Case(name, kind, text.encode(encoding), tuple(header), tuple(map(tuple, rows)), weight)


Rows = list[tuple[str, ...]]


def _whole(rows: Rows, form: Form) -> Iterator[Case]:
    text = written(rows, form)
    yield _case("standard", "standard", text, rows)
    yield _case("crlf", "standard", written(rows, replace(form, end="\r\n")), rows, weight=400)
    yield _case("no_trailing_newline", "end of file", text.removesuffix("\n"), rows, weight=184)
    yield _case("double_trailing_newline", "end of file", text + "\n", rows, weight=5)
    yield _case("many_trailing_newlines", "end of file", text + "\n" * 5, rows)
    yield _case("trailing_delimiters", "end of file", text + form.line([""] * len(HEADER)) * 3, rows)
    yield _case("control_z", "end of file", text + "\x1a", rows)


def _forms(rows: Rows, form: Form) -> Iterator[Case]:
    delimiters = {"semicolon": (";", 834), "tab": ("\t", 4), "space": (" ", 4), "comma_space": (", ", 101)}
    delimiters |= {name: (mark, 1) for name, mark in (("bar", "|"), ("caret", "^"), ("tilde", "~"), ("colon", ":"))}
    delimiters |= {"hash": ("#", 1), "two_bars": ("||", 1), "two_colons": ("::", 1), "section": ("§", 1)}
    for name, (mark, weight) in delimiters.items():
        yield _case(f"delimiter_{name}", "delimiter", written(rows, replace(form, delimiter=mark)), rows, weight=weight)
    for name, mark, weight in (("single", "'", 11), ("tilde", "~", 1), ("all", '"', 1)):
        for quotes_all in (True, False) if name != "all" else (True,):
            other = replace(form, quote=mark, escape=mark, quotes_all=quotes_all)
            label = f"quote_{name}{'_all' if quotes_all and name != 'all' else ''}"
            yield _case(label, "quote", written(rows, other), rows, weight=weight)
    bare = [tuple(cell.replace(",", "").replace('"', "") for cell in row) for row in rows]
    yield _case("quote_none", "quote", written(bare, replace(form, quote="")), bare)
    escapes = (("backslash", "\\", 1), ("nul", "\0", 7))
    for name, mark, weight in escapes:
        yield _case(f"escape_{name}", "escape", written(rows, replace(form, escape=mark)), rows, weight=weight)
        all_of_them = replace(form, escape=mark, quotes_all=True)
        yield _case(f"escape_{name}_all", "escape", written(rows, all_of_them), rows)
    inner = [(*row[:5], row[5].replace(",", "").replace("Large", 'the "big" one'), *row[6:]) for row in rows]
    yield _case("escape_none", "escape", written(inner, form).replace('""', '"'), inner)
    yield _case(
        "spaces_before_quotes", "quote", written(rows, replace(form, quotes_all=True)).replace('","', '", "'), rows
    )
    for name, end, weight in (("lf", "\n", 1691), ("cr", "\r", 7)):
        yield _case(f"line_ends_{name}", "line ends", written(rows, replace(form, end=end)), rows, weight=weight)
    mixed = written(rows[:40], form) + written(rows[40:], replace(form, end="\r\n"), None)
    yield _case("line_ends_mixed", "line ends", mixed, rows)
    mixed = written(rows[:40], replace(form, end="\r")) + written(rows[40:], form, None)
    yield _case("line_ends_mixed_cr", "line ends", mixed, rows)


def _encodings(rows: Rows, form: Form) -> Iterator[Case]:
    accented = [(*row[:5], f"{row[5]} für Größe", f"{row[6]} Très léger, à Málaga.", *row[7:]) for row in rows]
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "latin-1"):
        yield _case(f"encoding_{encoding}", "encoding", written(accented, form), accented, encoding=encoding)
    cyrillic = [(*row[:5], "Лампа", "Тёплая и тихая, для палатки.", *row[7:]) for row in rows]
    yield _case("encoding_cp1251", "encoding", written(cyrillic, form), cyrillic, encoding="cp1251")


def _headers(rows: Rows, form: Form) -> Iterator[Case]:
    yield _case("no_header", "header", written(rows, form, None), rows, header=(), weight=470)
    for count, weight in ((2, 47), (3, 47)):
        lines = form.line(HEADER) * count
        yield _case(f"header_same_{count}", "header", lines + written(rows, form, None), rows, weight=weight)
    upper, lower = ["", "", "One", "", "Two", "", "Other", "", ""], [*HEADER[:2], "a", "b", "a", "b", "a", "b", "c"]
    joined = [*HEADER[:2], "One a", "One b", "Two a", "Two b", "Other a", "Other b", "Other c"]
    lines = form.line(upper) + form.line(lower)
    yield _case("header_upper", "header", lines + written(rows, form, None), rows, header=joined)
    units = ["d/m/y", "h:m", "pcs", "code", "USD", "text", "text", "address", "text"]
    yield _case("header_units", "header", form.line(HEADER) + form.line(units) + written(rows, form, None), rows)
    yield _case("header_short", "header", form.line(HEADER[:-1]) + written(rows, form, None), rows, header=HEADER[:-1])
    yield _case(
        "header_long",
        "header",
        form.line([*HEADER, "More"]) + written(rows, form, None),
        rows,
        header=[*HEADER, "More"],
    )
    twice = [*HEADER[:2], "Qty", "Qty", *HEADER[4:]]
    yield _case("header_repeated_names", "header", form.line(twice) + written(rows, form, None), rows, header=twice)
    named = ["", *HEADER[1:4], "", *HEADER[5:]]
    yield _case("header_empty_names", "header", form.line(named) + written(rows, form, None), rows, header=named)
    long = [*HEADER[:6], "long " * 60, *HEADER[7:]]
    yield _case(
        "header_long_name",
        "header",
        form.line(long) + written(rows, form, None),
        rows,
        header=[name.strip() for name in long],
    )


def _around(rows: Rows, form: Form) -> Iterator[Case]:
    text, blank = written(rows, form), form.line([""] * len(HEADER))
    title = form.line(["PREAMBLE", *[""] * (len(HEADER) - 1)])
    yield _case("preamble", "preamble", title + blank + text, rows, weight=282)
    yield _case("preamble_3", "preamble", title * 3 + text, rows)
    yield _case("preamble_bare", "preamble", "Stock of the shop\n\n" + text, rows)
    yield _case("preamble_bare_3", "preamble", "Stock of the shop\nas of 3 March 2018, all branches\n\n" + text, rows)
    yield _case("preamble_comments", "preamble", "# shop 4.2\n# stock, prices, dates\n# 2018\n" + text, rows)
    yield _case("preamble_settings", "preamble", "Shop:,North\nYear:,2018\nUnit:,USD\n\n" + text, rows)
    yield _case("preamble_settings_wide", "preamble", "Shop:,North,Street 5\nYear:,2018,,\n" + text, rows)
    banner = "Stocktool v8.1 build 3\nCopyright 1995-2018 Tools Inc. All rights reserved.\n\n"
    banner += "Note: the comma ',' separates fields.\n\n"
    yield _case("preamble_banner", "preamble", banner + text, rows)
    http = (
        "HTTP/1.1 200 OK\nServer: Tool/1.1\nContent-Type: text/csv;charset=UTF-8\nCache-Control: no-cache, no-store\n\n"
    )
    yield _case("preamble_http", "preamble", http + text, rows)
    yield _case("preamble_semicolons", "preamble", "a;b;c;d\ne;f;g;h\n\n" + text, rows)
    yield _case("blank_lines_first", "preamble", "\n\n\n" + text, rows)
    yield _case("footnote", "footnote", text + "\nSource: the shop, 2018\n", rows)
    yield _case("footnote_delimited", "footnote", text + blank + form.line(["Source: the shop", *[""] * 8]), rows)
    yield _case("sep_line", "preamble", "sep=,\n" + text, rows)


def _tables(rows: Rows, form: Form) -> Iterator[Case]:
    text = written(rows, form)
    same = written(rows[:40], form)
    yield _case("tables_same", "several tables", text + "\n" + same, [*rows, *rows[:40]], weight=63)
    for name, width in (("less", 5), ("more", 12)):
        other = [(*row, *row)[:width] for row in rows[:40]]
        names = [f"{name} {at}" for at, name in enumerate((*HEADER, *HEADER)[:width])]
        again = written(other, form, names)
        yield _case(f"tables_{name}", "several tables", text + "\n" + again, [*rows, *other], weight=63)


def _shapes(rows: Rows, form: Form) -> Iterator[Case]:
    yield _case("one_row", "few rows", written(rows[:1], form), rows[:1], weight=4)
    yield _case("two_rows", "few rows", written(rows[:2], form), rows[:2])
    for at, name in ((0, "dates"), (2, "numbers"), (5, "texts")):
        column = [(row[at],) for row in rows]
        text = written(column, form, [HEADER[at]])
        yield _case(f"one_column_{name}", "few columns", text, column, header=[HEADER[at]])
    pairs = [row[2:4] for row in rows]
    yield _case("two_columns", "few columns", written(pairs, form, HEADER[2:4]), pairs, header=HEADER[2:4])
    wide = [row * 60 for row in rows]
    names = [f"{name} {at}" for at in range(60) for name in HEADER]
    yield _case("many_columns", "many columns", written(wide, form, names), wide, header=names)


def _cells(rows: Rows, form: Form) -> Iterator[Case]:
    changes: dict[str, Callable[[str], str]] = {
        "line_end": lambda cell: cell.replace(",", ",\n", 1),
        "line_ends_and_quotes": lambda cell: f'"{cell}"\nsaid "he"\n',
        "crlf": lambda cell: cell.replace(",", ",\r\n"),
        "delimiters": lambda cell: f",,{cell},,",
        "semicolons": lambda cell: cell.replace(" ", ";"),
        "tabs": lambda cell: cell.replace(" ", "\t", 2),
        "quotes": lambda cell: f'"{cell}" ""',
        "long": lambda cell: cell * 200,
        "json": lambda cell: f'{{"a": "{cell}", "b": [1, 2]}}',
        "markup": lambda cell: f"<p class='x'>{cell} &amp; more; and more</p>",
    }
    for name, change in changes.items():
        for some in (1, 10, len(rows)):
            other = [
                (*row[:6], change(row[6]), *row[7:]) if at % (len(rows) // some) == 0 else row
                for at, row in enumerate(rows)
            ]
            yield _case(f"cells_{name}_{some}", "cells", written(other, form), other)


def _lines(rows: Rows, form: Form) -> Iterator[Case]:
    """Faults of single lines: fields too few or too many, a quote too many, another delimiter or line end."""
    places = (0, 1, 2, 10, len(rows) // 2, len(rows))
    everything = [HEADER, *rows]
    weight = 330 / (len(places) * 3)
    for at in places:
        for column in (0, 2, 6):
            cells = list(everything[at])
            fields = [form.field(cell) for cell in cells]
            lines = {
                "more": (",".join([*fields[:column], "", *fields[column:]]), [*cells[:column], "", *cells[column:]]),
                "less": (
                    _without_delimiter(fields, column),
                    [*cells[:column], cells[column] + cells[column + 1], *cells[column + 2 :]],
                ),
            }
            for name, (line, expected) in lines.items():
                if name == "less" and '"' in line.replace('""', "") and column > 4:  # noqa: PLR2004 - two quoted fields
                    continue
                yield _lined(
                    f"row_{name}_{at}_{column}", f"row with {name} delimiters", everything, at, line, expected, weight
                )
            if '"' not in cells[column] and "," not in cells[column]:
                line = ",".join([*fields[:column], f'"{cells[column]}', *fields[column + 1 :]])
                expected = [*cells[:column], f'"{cells[column]}', *cells[column + 1 :]]
                yield _lined(
                    f"row_quote_{at}_{column}", "row with an extra quote", everything, at, line, expected, weight
                )
        for mark in ";\t ":
            line = mark.join(form.field(cell) for cell in everything[at])
            name = f"row_delimiter_{at}_{ord(mark):x}"
            yield _lined(name, "row with another delimiter", everything, at, line, list(everything[at]), weight / 3)


def _without_delimiter(fields: Sequence[str], column: int) -> str:
    return ",".join([*fields[:column], fields[column] + fields[column + 1], *fields[column + 2 :]])


def _lined(  # noqa: PLR0913, PLR0917 - one line of a file
    name: str,
    kind: str,
    everything: Sequence[Sequence[str]],
    at: int,
    line: str,
    expected: Sequence[str],
    weight: float,
) -> Case:
    form = Form()
    text = "".join([*map(form.line, everything[:at]), f"{line}\n", *map(form.line, everything[at + 1 :])])
    rows = [expected if one == at else row for one, row in enumerate(everything)]
    return _case(name, kind, text, rows[1:], header=rows[0], weight=weight)
