"""CSV: what the file holds comes out, by whichever way it is read, and what cannot be read is said."""

from __future__ import annotations

import csv
import gzip
import io
import random
import re
import zipfile
from dataclasses import replace
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.core import Header
from importer.errors import SourceError
from importer.sources._patched import patched
from importer.sources.csv._encoding import find_encoding
from importer.sources.csv._exact import complete_records, open_record
from importer.sources.csv._fast import certain_records
from importer.sources.csv._faults import before_next, faults_of
from importer.sources.csv._mended import mended_records
from importer.sources.csv._records import Limits, record_blocks
from importer.sources.csv._source import CsvSource
from importer.sources.csv.dialect import Dialect
from importer.testing._source_contract import SOURCE_CONTRACT, whole

COMMA = Dialect(encoding="utf-8", delimiter=",", quote='"')
DIALECTS = st.builds(
    Dialect,
    encoding=st.just("utf-8"),
    delimiter=st.sampled_from([*",;\t|", "||", ", ", "§"]),
    quote=st.sampled_from(['"', "'", ""]),
) | st.builds(
    Dialect,
    encoding=st.just("utf-8"),
    delimiter=st.just(","),
    quote=st.just('"'),
    escape=st.sampled_from(["", "\\"]),
    is_spaced=st.booleans(),
)


@st.composite
def texts(draw, dialect=COMMA):
    """Texts of the characters that matter, some of them well-formed."""
    quote, delimiter = dialect.quote, dialect.delimiter
    parts = ["a", "é", " ", delimiter, delimiter, delimiter[0], "\n", "\r\n", "\r", '"', "'", "\0"]
    if dialect.escape:
        parts += ["\\", "\\\\", '\\"', '"b\\""', '"\\\\",', "\\N"]
    if quote:
        parts += [
            quote * 2,
            f"{quote}b{quote}",
            f"{quote}{delimiter}\n{quote}{delimiter}",
            f"{quote}{quote * 2}{quote}",
        ]
    return "".join(draw(st.lists(st.sampled_from(parts), max_size=16)))


def padded(records, width):
    """Records of equal width; fields beyond it stay only where one of them is filled."""
    return [
        tuple(record + [None] * (width - len(record)))[: None if any(map(is_cell, record[width:])) else width]
        for record in records
    ]


def is_cell(value):
    return value is not None


@pytest.fixture
def write(tmp_path):
    def write(text, name="file.csv", encoding="utf-8"):
        path = tmp_path / name
        content = text if isinstance(text, bytes) else text.encode(encoding)
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


# The two ways of reading


@settings(max_examples=300)
@given(st.data())
def test_polars_reads_the_same_cells_as_the_exact_path(data):
    dialect = data.draw(DIALECTS)
    text, width = data.draw(texts(dialect)), data.draw(st.integers(1, 4))
    certain = certain_records(text.encode(), dialect, width)
    if certain is not None:
        frame = certain.frame
        records, rest = complete_records(text, dialect, final=True)
        assert (frame.rows(), rest) == (padded(records, width), "")
        assert frame.dtypes == [pl.String] * width


@settings(max_examples=300)
@given(st.data(), st.booleans())
def test_a_mended_text_gives_the_same_records_and_strays_as_the_exact_path(data, final):
    dialect = data.draw(DIALECTS)
    text = data.draw(texts(dialect))
    strays = []
    records, rest = complete_records(text, dialect, final=final, strays=strays)
    mended = mended_records(text, dialect, data.draw(st.integers(1, 4)), final=final, most_cells=1_000)
    if mended is not None:
        width = max(map(len, records))
        assert mended.lengths.to_list() == [len(record) for record in records]
        assert mended.frame.rows() == [(*record, *[None] * (width - len(record))) for record in records]
        assert (mended.rest, list(mended.strays)) == (rest, strays)


@settings(max_examples=300)
@given(st.data(), st.integers(2, 4))
def test_a_mended_text_with_a_usual_number_of_cells_gives_the_same_as_the_exact_path(data, cells):
    dialect = data.draw(DIALECTS)
    text = data.draw(texts(dialect))

    def exact(rest):
        strays = []
        return *complete_records(rest, dialect, final=True, strays=strays, cells=cells), strays

    def mended(rest):
        found = mended_records(rest, dialect, 3, final=True, most_cells=1_000, cells=cells)
        if found is None:
            return exact(rest)
        rows = zip(found.frame.rows(), found.lengths, strict=True)
        return [list(row[:length]) for row, length in rows], found.rest, list(found.strays)

    assert to_the_end(text, exact, dialect, cells) == to_the_end(text, mended, dialect, cells)


def to_the_end(text, read, dialect, cells):
    """All records of a text, and the strays that hold something, by a step that stops at an open quote."""
    records, strays = [], []
    while text:
        found, text, odd = read(text)
        strays += [stray._replace(record=stray.record + len(records)) for stray in odd]
        records += found
        if text:
            record, text = open_record(text, dialect, strays, len(records), cells)
            records.append(record)
    return records, sorted(stray for stray in strays if stray.cell)


@pytest.mark.parametrize("seed", range(4))
def test_polars_reads_large_well_formed_blocks_the_same_in_all_its_threads(seed):
    rng = random.Random(seed)
    cells = ["", "x", "plain text", '""', '"a, b"', '"two\nlines"', '"a ""word"""', "é", '"\r\n"']
    width = rng.choice([1, 3, 12])
    lines = (",".join(rng.choices(cells, k=rng.randint(1, width))) for _ in range(60_000 // width))
    text = rng.choice(["\n", "\r\n"]).join(lines)
    records, _ = complete_records(text, COMMA, final=True)
    assert certain_records(text.encode(), COMMA, width).frame.rows() == padded(records, width)


@pytest.mark.parametrize(
    "block",
    [
        *[b"1,2,3\n", b'5" pipe,"x"\n', b'"a"b,c\n', b'"open\n', b"a\rb\n", b"a\0,b\n", b"\xff,b\n"],
        b'"\xff",b\n',
    ],
    ids=[
        *["more_fields", "stray_quote", "after_quote", "unclosed", "lone_return", "null_byte", "not_utf8"],
        "not_utf8_in_quotes",
    ],
)
def test_polars_never_gets_a_block_that_it_misreads(block):
    assert certain_records(block, COMMA, 2) is None


def test_polars_never_gets_an_escaped_quote_behind_one_that_ends_a_field():
    dialect = replace(COMMA, escape="\\")
    assert certain_records(b'"$"\\"\\"\n', dialect, 1) is None
    assert complete_records('"$"\\"\\"\n', dialect, final=True)[0] == [['$\\"\\"']]
    for cell in ('a\\"\\"b', '\\"a\\"', "\\\\a"):
        assert certain_records(f'1,"{cell}"\n'.encode(), dialect, 2) is not None


@settings(max_examples=300)
@given(texts())
def test_the_exact_path_is_pythons_csv_reader_that_tells_null_from_empty(text):
    strays = []
    records, rest = complete_records(text, COMMA, final=True, strays=strays)
    expected = list(csv.reader(io.StringIO(text, newline="")))
    found = [[] if record == [None] else [cell or "" for cell in record] for record in records]
    # Python lets a quote swallow lines, and goes on with the text behind it.
    swallows = next((stray.record for stray in strays if stray.is_open), None)
    assert found[:swallows] == expected[: len(found)][:swallows]
    assert swallows is not None or len(expected) == len(found) + (rest != "")


@given(texts())
def test_no_character_is_lost_where_a_quote_swallows_lines(text):
    def bare(text):
        return sorted(text.translate(dict.fromkeys(map(ord, ',"\r\n'))))

    assert bare(text) == bare("".join(cell or "" for record in all_records(text, COMMA) for cell in record))


def all_records(text, dialect):
    """The records of a whole text; a quote that is never closed is text."""
    found, rest = complete_records(text, dialect, final=True)
    while rest:
        record, rest = open_record(rest, dialect)
        more, rest = complete_records(rest, dialect, final=True)
        found += [record, *more]
    return found


@settings(max_examples=200)
@given(text=texts(), at=st.integers(0, 30))
def test_a_text_in_two_pieces_gives_the_same_records(text, at):
    first, rest = complete_records(text[:at], COMMA, final=False)
    second, end = complete_records(rest + text[at:], COMMA, final=True)
    assert (first + second, end) == complete_records(text, COMMA, final=True)


LIMITS = st.builds(Limits, st.integers(1, 9), st.integers(1, 4), st.integers(4, 30), st.just(200))


@settings(max_examples=60)
@given(text=texts(), limits=LIMITS, width=st.integers(1, 3))
def test_block_size_changes_nothing(text, limits, width, tmp_path_factory):
    path = tmp_path_factory.mktemp("csv") / "file.csv"
    path.write_bytes(text.encode())
    records = all_records(text, COMMA)
    found, rows = [], []
    for frame, first_row, completed, *_ in record_blocks(path, COMMA, width, limits):
        found += frame.rows()
        rows += range(first_row, first_row + frame.height)
        assert 0 < completed <= len(text.encode())
    assert rows == list(range(1, len(records) + 1))
    assert [trimmed(row) for row in found] == [trimmed(record) for record in records]


def trimmed(record):
    """Cells without the nulls at the end."""
    last = max((at for at, cell in enumerate(record) if is_cell(cell)), default=-1)
    return list(record[: last + 1])


@settings(max_examples=40)
@given(
    rows=st.lists(st.lists(st.text("ab, ;\"'\n\r€", max_size=5), min_size=3, max_size=3), min_size=1, max_size=8),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1252"]),
)
def test_what_goes_in_comes_out(rows, quoting, encoding, tmp_path_factory):
    path = tmp_path_factory.mktemp("csv") / "file.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        rows = [*rows, ["1", "2", "3"]]
        csv.writer(file, quoting=quoting).writerows([["id", "name", "note"], *rows])
    source = CsvSource(path, header_row=1, delimiter=",", encoding=encoding, quote='"')
    kept = [row for row in rows if any(map(str.strip, row))]
    empty = "" if quoting == csv.QUOTE_ALL else None
    assert whole(source)[0] == [tuple(cell or empty for cell in row) for row in kept]


# The promises of a source


LONG = "long " * 39 + "long"


def lines(n, end="\n", delimiter=",", name="name"):
    rows = (delimiter.join([str(at), f"{name} {at}", "" if at % 5 == 0 else f"{at / 4}"]) for at in range(n))
    return end.join([delimiter.join(["id", "name", "qty"]), *rows, ""])


FILES = {
    "plain.csv": lines(40),
    "dos.csv": lines(40, "\r\n"),
    "old_mac.csv": lines(40, "\r"),
    "no_last_line_end.csv": lines(40)[:-1],
    "tabs.tsv": lines(40, delimiter="\t"),
    "zipped.csv.gz": lines(40),
    "zipped_large.csv.gz": lines(30_000),
    "large.csv": lines(24_000, name=LONG),
    "large_quoted.csv": re.sub("((long )+[0-9]+)", r'"\1, b\nc, d"', lines(24_000, name=LONG)),
    "large_odd.csv": lines(30_000).replace("name 7", '"a" b'),
    "quoted.csv": 'id,note\n1,"a\nb"\n\n2,""\n3,\n4,"say ""hi"""\n',
    "ragged.csv": "title\n\nid,name\n1,a\n2\n3,b,,c\n\n4,d,e\n,,f\n",
    "stray.csv": 'id,size,note\n1,5" pipe,"x"\n2,"a"b,y\n3,,\n',
    "headless.csv": "1,a\n2,b\n3,c\n",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for name, text in FILES.items():
        content = text.encode()
        (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return folder


@pytest.mark.parametrize("promise", SOURCE_CONTRACT, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("name", FILES)
def test_a_csv_file_keeps_the_promises_of_a_source(name, promise, files):
    promise(lambda: CsvSource(files / name))


def test_the_flights_come_whole(data, tmp_path):
    path = zipfile.ZipFile(data / "flights.csv.zip").extract("flights.csv", tmp_path)
    source = CsvSource(path)
    frame = pl.concat([chunk.frame for chunk in source.chunks(50_000)])
    assert frame.height == 336_776
    assert frame["distance"].cast(pl.Int64).sum() == 350_217_607
    assert (frame["dep_time"] == "NA").sum() == 8_255


# Rows and cells


def test_rows_are_numbered_as_a_spreadsheet_program_does(write):
    source = CsvSource(write('id,note\n1,"two\nlines"\n\n2,x\n'))
    assert whole(source) == ([("1", "two\nlines"), ("2", "x")], [2, 4], [])


def test_an_empty_field_is_null_and_a_quoted_empty_one_is_empty_text(write):
    well_formed = CsvSource(write('a,b\n1,\n2,""\n'), header_row=1)
    odd = CsvSource(write('a,b\n1,\n2,""\n3,"x"y\n', "odd.csv"), header_row=1)
    assert whole(well_formed)[0] == [("1", None), ("2", "")]
    assert whole(odd)[0][:2] == [("1", None), ("2", "")]


def test_cells_beyond_the_header_are_kept_beside_the_frame(write):
    cells, rows, extras = whole(CsvSource(write("a,b\n1,2\n3,4,5,6\n7,8,\n9,0\n")))
    assert cells == [("1", "2"), ("3", "4"), ("7", "8"), ("9", "0")]
    assert extras == [(3, 2, "5"), (3, 3, "6")]
    assert rows == [2, 3, 4, 5]


def test_a_record_of_thousands_of_cells_is_kept_beside_the_frame_too(write):
    cells, _, extras = whole(CsvSource(write("a,b\n1,2\n" + ",".join("x" * 3_000) + "\n3,4\n"), delimiter=","))
    assert cells == [("1", "2"), ("x", "x"), ("3", "4")]
    assert extras == [(3, position, "x") for position in range(2, 3_000)]


def test_a_header_far_down_is_found_by_its_number(write):
    source = CsvSource(write("note\n" * 99 + "a,b\n1,2\n"), delimiter=",", header_row=100)
    assert (source.header.labels, whole(source)) == (("a", "b"), ([("1", "2")], [101], []))


def test_white_space_and_leading_zeros_stay(write):
    assert whole(CsvSource(write("id,name\n007, Ada \n")))[0] == [("007", " Ada ")]


def test_a_wide_header_above_short_rows_does_not_fill_the_memory(write):
    header = ",".join(f"c{at}" for at in range(2_000))
    source = CsvSource(write(header + "\n" + "x\n" * 10_000), header_row=1, delimiter=",")
    heights = [chunk.rows.len() for chunk in source.chunks(100_000)]
    assert sum(heights) == 10_000
    assert max(heights) * 2_000 <= 1 << 23


# The dialect


@pytest.mark.parametrize(
    ("text", "delimiter", "quote"),
    [
        ("id,name\n1,Ada\n", ",", '"'),
        ("id;amount\n1;2,5\n2;3,5\n", ";", '"'),
        ("id\tname\n1\tLovelace, Ada\n", "\t", '"'),
        ("id|name\n1|Lovelace, Ada\n", "|", '"'),
        ('id,name\n1,"Lovelace; Ada"\n2,"Hopper; Grace"\n', ",", '"'),
        ("id,name\n1,'Lovelace, Ada'\n2,'Hopper, Grace'\n", ",", "'"),
        ("Report of sales\n\nid;name;amount\n1;Lovelace, A;1,5\n2;Hopper;2,75\n3;Turing;3,5\n", ";", '"'),
        ("sep=|\r\nid|name\r\n1|a,b\r\n", "|", '"'),
        ("id^name\n1^Ada\n2^Grace\n", "^", '"'),
        ("id||name\n1||Ada\n2||Grace, H.\n", "||", '"'),
        ('"id"::"at"\n"1"::"08:30"\n"2"::"09:15"\n', "::", '"'),
        ('id, name, city\n1, Ada, "London, UK"\n2, Grace, "New York"\n', ", ", '"'),
        ("1#Aberdeen#http://a.b/#Scotland\n2#Adur#http://c.d/#South East\n3#Alan#http://e.f/#North\n", "#", '"'),
        ("   1 # '100 columbia dr' # ' amherst, ma'\n  12 # '1050 bay rd' # ' pelham, ma'\n" * 2, "#", "'"),
        ('"carat" "cut" "price"\n"1" 0.23 "Ideal" 326\n"2" 0.21 "Very Good" 327\n"3" 0.3 "" 328\n', " ", '"'),
        ("C 0.0 0.1 0.0\nH 0.6 0.6 0.6\nH -0.6 -0.6 0.6\n", " ", '"'),
        ("'Harry''s':'Arlington':'2/1/03'\n'Shark':'Glendale':'12/28/02'\n'Tommy':'Blue':'1/2/02'\n", ":", "'"),
        ("~id~,~name~\n~1~,~Smith, John~\n~2~,~Doe, Jane~\n", ",", "~"),
        ("name,year\nA,'09/10'\nB,'06/07'\nC,'05/06'\n", ",", "'"),
        ("name,quote\nMen's Boots,it's fine\nKids' Hat,don't\n", ",", '"'),
        ("MM_07\nMM_08;ibk.example.at\nMM_09;ibk.example.at\nMM_10;x.example.at\n", ";", '"'),
        ("HTTP/1.1 200 OK\nServer: Tool/1.1\nCache: no-cache, no-store\n\nid,n\n1,2\n3,4\n4,5\n", ",", '"'),
        ("# tool; v8\n# a, b\nid;n;d\n1;2,5;3\n3;4,5;3\n4;5;3\n", ";", '"'),
        ("start,end\n10:30:00,11:30:00\n12:30:00,13:45:00\n14:00:00,15:10:00\n", ",", '"'),
        ("item 1\nitem 2\nitem 3\nitem 4\n", ",", '"'),
        ("08:30\n09:15\n10:00\n11:00\n", ",", '"'),
        ("DAY AT QTY\n31/01/2025 08:30 7\n01/02/2025 08:45 8\n02/02/2025 09:00 9\n", " ", '"'),
        ("1,5;2,5\n3,5;4,5\n5,5;6,5\n", ";", '"'),
        ("# a;b;c\n# x,y\nid;v\n1;2,5\n3;4,5\n", ";", '"'),
        ("#id,name\n1,Ada\n2,Grace\n", ",", '"'),
        ("+49 30 123\n+49 40 456\n+49 50 789\n", ",", '"'),
        ('"NY" ; "NY 2" ; \n4,00 ; 2,04E+05 ; \n3,99 ; 1,73E+05 ; \n3,98 ; 1,70E+05 ; \n', "; ", '"'),
        ("name\nAda\nGrace\n", ",", '"'),
        ("name\nAda Lovelace\nGrace Hopper\nAlan Turing\n", ",", '"'),
        ("opens\n08:30\n09:15\n10:00\n", ",", '"'),
    ],
)
def test_the_delimiter_and_the_quote_are_found(text, delimiter, quote, write):
    dialect = CsvSource(write(text)).dialect
    assert (dialect.delimiter, dialect.quote) == (delimiter, quote)


def test_a_given_dialect_is_not_questioned(write):
    source = CsvSource(write("a;b,c\n'1;2,3\n"), delimiter=";", quote="", header_row=1)
    assert (source.header.labels, whole(source)[0]) == (("a", "b,c"), [("'1", "2,3")])


def test_the_line_that_tells_excel_the_delimiter_is_not_a_row(write):
    assert whole(CsvSource(write("sep=;\nid;name\n1;Ada\n"))) == ([("1", "Ada")], [2], [])


WORDS = {
    "utf-8": "id,name\n1,Ærøskøbing 東京\n",
    "utf-8-sig": "id,name\n1,Ada\n",
    "utf-16": "id,name\n1,Žluťoučký 東京\n",
    "utf-16-le": "id,name\n1,Ada\n2,Grace\n",
    "utf-16-be": "id,name\n1,Ada\n2,Grace\n",
    "utf-32": "id,name\n1,東京\n",
    "cp1252": "id;Name;Straße\n1;Müller;Königsallee 5 – €\n2;François;Cañón\n3;Coração;l’été\n",
    "latin-1": "id;nom\n1;Hélène à Besançon\n",
    "mac_roman": "id,name\n1,Müller\n2,Größe\n3,café\n",
    "cp1250": "id;imię\n1;Łukasz Żółć\n2;Świętosława\n3;Kraków\n",
    "cp1251": "id;имя\n1;Иван Петров\n2;Мария Сидорова\n",
    "cp1253": "Αριθμός;Όνομα;Πόλη\n1;Γιώργος Παπαδόπουλος;Αθήνα\n2;Μαρία Νικολάου;Θεσσαλονίκη\n",
    "cp932": "id,名前\n1,山田太郎\n2,鈴木花子\n3,カタカナ\n",
    "gb18030": "id,姓名\n1,王小明\n2,李华\n3,上海市\n",
    "big5": "id,姓名\n1,王小明\n2,李華\n3,臺北市\n",
    "cp949": "id,이름\n1,김철수\n2,이영희\n",
}


@pytest.mark.parametrize("encoding", WORDS)
def test_the_encoding_is_found(encoding, write):
    text = WORDS[encoding]
    source = CsvSource(write(text, encoding=encoding))
    header, *rows = [tuple(line.split(source.dialect.delimiter)) for line in text.splitlines()]
    assert source.header.labels == header
    assert whole(source)[0] == rows


def test_letters_that_come_late_in_a_large_file_decide_its_encoding(write):
    text = lines(60_000) + "1,Müller,2\n" * 10_000
    assert CsvSource(write(text, encoding="cp1252")).dialect.encoding == "cp1252"


def test_a_text_of_ascii_and_one_damaged_word_is_still_utf8():
    assert find_encoding([("é,à\n" * 20).encode() + b"\xff\n"], "file.csv").name == "utf-8"


# What cannot be read


@pytest.mark.parametrize("name", ["late.csv", "late.csv.gz"])
def test_bytes_outside_the_encoding_fail_at_their_row(name, write):
    text = lines(30_000).replace("name 7\n", "näme 7\n").replace("name 9,", "näme 9,")
    begin, end = (part.encode() for part in text.split("name 20000"))
    source = CsvSource(write(begin + b"\xff" + end, name))
    chunks, rows = source.chunks(1_000), []
    where = f"byte {len(begin):,}"
    with pytest.raises(SourceError, match=rf"row 20,002 of '{name}' holds b'\\xff' \({where} .*utf-8; .*encoding="):
        rows.extend(row for chunk in chunks for row in chunk.rows)
    assert rows == list(range(2, len(rows) + 2))
    assert len(rows) > 15_000


@pytest.mark.parametrize("encoding", ["utf_16", "idna", "punycode"])
def test_an_encoding_that_cannot_read_the_file_is_named(encoding, write):
    with pytest.raises(SourceError, match=f"cannot be read as {encoding}"):
        CsvSource(write("id,qty\n1,2\n"), encoding=encoding)


@pytest.mark.parametrize(("encoding", "bad"), [("cp1252", b"\x81"), ("utf-16-le", b"\x00\xdc"), ("cp932", b"\x81 ")])
def test_bytes_that_cannot_be_decoded_fail_at_their_row(encoding, bad, write):
    text = lines(30_000)
    at = text.index("name 20000")
    source = CsvSource(write(text[:at].encode(encoding) + bad + text[at:].encode(encoding)), encoding=encoding)
    offset = len(text[:at].encode(encoding))
    with pytest.raises(SourceError, match=rf"row 20,002 .*\(byte {offset:,} .*not {encoding}"):
        whole(source)


@pytest.mark.parametrize("at", [3, 150, 199])
def test_a_quote_that_is_never_closed_is_text_and_told(at, write):
    source = CsvSource(write(lines(200).replace(f"name {at},", f'"name {at},')))
    rows, numbers, _ = whole(source)
    assert (len(rows), rows[at][:2], numbers[-1]) == (200, (str(at), f'"name {at}'), 201)
    assert faults(source) == [(at + 2, 1, "stray-quote", "warning")]


def test_the_rest_of_a_row_that_ends_early_with_an_open_quote_is_refused_however_wide_it_is(write):
    source = CsvSource(write('note,qty\nx,1\n"line one\nsaid "hi" there,5\ny,2\n' + "z,3\n" * 9))
    assert faults(source) == [
        (3, None, "short-row", "warning"),
        (3, 0, "stray-quote", "error"),
        (4, None, "torn-row", "error"),
    ]


def test_rows_below_an_open_quote_are_not_taken_for_short_ones(write):
    source = CsvSource(write('id,name\n"1,Ada\n2,Grace\n3,Alan\n'))
    assert (source.book.notes, faults(source)) == ((), [(2, 0, "stray-quote", "warning")])


def test_a_row_that_ends_early_with_an_open_quote_is_refused(write):
    source = CsvSource(write(lines(200) + '200,"of two\nlines,3\n'))
    assert faults(source) == [
        (202, None, "short-row", "warning"),
        (202, 1, "stray-quote", "error"),
        (203, None, "torn-row", "error"),
    ]


def test_a_quote_that_stays_open_for_long_does_not_fill_the_memory(write):
    path = write('a,b\n1,2\n3,"' + "x,y\n" * 100)
    blocks = list(record_blocks(path, COMMA, 2, Limits(16, 16, 16, 64)))
    rows = [trimmed(row) for block in blocks for row in block.frame.rows()]
    assert rows == [["a", "b"], ["1", "2"], ["3", '"x', "y"], *[["x", "y"]] * 99]
    assert [stray.is_open for block in blocks for stray in block.strays] == [True]


def test_where_the_limit_of_a_record_is_reached_depends_on_no_block(write):
    path = write('a,b\n3,"' + "x,y\n" * 60 + '",z\n')
    limits = [Limits(first, smallest, 40, 100) for first, smallest in ((8, 8), (16, 3), (33, 7))]
    found = [
        [trimmed(row) for block in record_blocks(path, COMMA, 2, one) for row in block.frame.rows()] for one in limits
    ]
    assert found[0][:3] == [["a", "b"], ["3", '"x', "y"], ["x", "y"]]
    assert found[0] == found[1] == found[2]


def test_a_record_without_end_is_refused(write):
    with pytest.raises(SourceError, match=r"row 1 .* does not end before 64 bytes"):
        list(record_blocks(write("x" * 1_000), COMMA, 2, Limits(16, 16, 16, 64)))


def test_a_record_of_too_many_cells_is_refused(write):
    with pytest.raises(SourceError, match=r"row 2 .* has 20,000 cells, .*delimiter="):
        CsvSource(write("a;b\n" + "," * 19_999), delimiter=",")


REFUSED = {
    "empty": (b"", "is empty"),
    "blank": (b"\n\n\r\n", "has no cells"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0", r"an image \(PNG\)"),
    "old_excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Excel workbook"),
    "zip": (b"PK\x03\x04" + bytes(60), "damaged or cut short"),
    "pdf": (b"%PDF-1.7\n", "a PDF document"),
    "html": (b"\xef\xbb\xbf <HTML><table><tr>", r"a web page \(HTML\)"),
    "xml": ("<?xml version='1.0'?>".encode("utf-16"), "an XML document"),
    "noise": (random.Random(1).randbytes(5_000), "is not text"),
    "nulls": (bytes(5_000), "is not text"),
    "gzip_cut_short": (gzip.compress(random.Random(1).randbytes(9_000))[:5_000], "damaged or cut short"),
    "gzip_in_name_only": (b"\x1f\x8b\x08\x00garbage-garbage", "cannot be read|damaged"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_is_not_a_table_is_refused_by_what_it_is(content, message, tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=message) as caught:
        CsvSource(path)
    assert "file.csv" in str(caught.value)
    assert not str(caught.value).endswith(".")


def test_the_error_for_a_missing_file_suggests_a_similar_name(write):
    write(lines(3), "orders.csv")
    with pytest.raises(SourceError, match=r"no file 'orders.cvs' in .*did you mean 'orders.csv'\?"):
        CsvSource(write(lines(3), "orders.csv").with_name("orders.cvs"))


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(SourceError, match="is a folder; name the file in it"):
        CsvSource(tmp_path)


@pytest.mark.parametrize(
    "options", [{"delimiter": ""}, {"delimiter": 'a"'}, {"quote": "''"}, {"encoding": "utf9"}, {"delimiter": "\n"}]
)
def test_impossible_options_are_refused(options, write):
    (name,) = options
    with pytest.raises(SourceError, match=f"{name}="):
        CsvSource(write(lines(3)), **options)


def test_a_truncated_gzip_file_is_refused_with_a_fix(tmp_path):
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(lines(60_000).encode())[:-20_000])
    with pytest.raises(SourceError, match=r"damaged or cut short .* download it again"):
        whole(CsvSource(path))


# Samples


def test_a_sample_of_a_large_file_reads_only_parts_and_reaches_its_end(files):
    source = CsvSource(files / "large.csv")
    sample = source.sample(400)
    ids = sample.frame["id"].cast(pl.Int64).to_list()
    assert ids[:100] == list(range(100))
    assert ids[-1] == 23_999
    gaps = [after - before for before, after in pairwise(ids)]
    assert min(gaps) > 0
    assert max(gaps) < 24_000 / 10
    assert max(abs(row - at - 2) for row, at in zip(sample.rows, ids, strict=True)) < 24_000 / 40


def test_a_sample_that_begins_inside_quotes_finds_the_records(files):
    source = CsvSource(files / "large_quoted.csv")
    names = source.sample(400).frame["name"].to_list()
    assert all(re.fullmatch(r"(long )+[0-9]+, b\nc, d", name) for name in names)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp932"])
def test_a_sample_reads_other_encodings_in_the_middle_too(encoding, write):
    text = lines(8_000, name="名前 long " * 50)
    source = CsvSource(write(text, encoding=encoding), encoding=encoding)
    everything = set(whole(source)[0])
    sample = source.sample(200).frame.rows()
    assert len(sample) > 100
    assert set(sample) <= everything


def test_the_first_chunk_comes_before_much_is_read(files):
    source = CsvSource(files / "large.csv")
    first = next(source.chunks(50_000))
    assert first.rows.len() == 1_000
    assert first.completed < source.total / 20


def test_progress_is_bytes_of_the_file_on_disk(files):
    source = CsvSource(files / "zipped_large.csv.gz")
    completed = [chunk.completed for chunk in source.chunks(1_000)]
    assert source.total == (files / "zipped_large.csv.gz").stat().st_size
    assert len(set(completed)) > 10
    assert completed[-1] == source.total


# Faults of single records


def faults(source, size=1_000):
    """Row, position, rule and severity of every fault."""
    found = [chunk.faults for chunk in source.chunks(size) if chunk.faults is not None]
    return [row for frame in found for row in frame.select("row", "position", "rule", "severity").iter_rows()]


SHORT = "id,name,amount\n1,Ann,10.5\n2,Bob\n3,Carl,7.25\n4\n5,Eve,\n6,Fay,1\n"


@pytest.mark.parametrize(
    "text",
    [SHORT, SHORT.replace("Ann", '"Ann, A"'), SHORT.replace("Ann", 'Ann "A"'), SHORT.replace("\n", "\r\n")],
    ids=["plain", "quoted", "odd", "dos"],
)
def test_a_row_without_its_last_cells_is_told(text, write):
    source = CsvSource(write(text))
    assert faults(source) == [(3, None, "short-row", "warning"), (5, None, "short-row", "warning")]
    messages = [message for chunk in source.chunks(9) for message in chunk.faults["message"]]
    assert messages == ["the row ends early, without 'amount'", "the row ends early, without 'name', 'amount'"]
    assert source.book.notes == ()


@settings(max_examples=60)
@given(data=st.data(), quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_exactly_the_short_rows_are_told_however_the_file_is_read(data, quoting, tmp_path_factory):
    cell = st.sampled_from(["", "a", "b, c", "d\ne", 'f "g"', "h"])
    full = st.lists(cell, min_size=3, max_size=3)
    rows = data.draw(st.lists(st.one_of(full, full, full, st.lists(cell, min_size=1, max_size=2)), max_size=20))
    rows = [["1", "2", "3"]] * 20 + rows
    path = tmp_path_factory.mktemp("csv") / "file.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=quoting).writerows([["x", "y", "z"], *rows])
    source = CsvSource(path, header_row=1, delimiter=",", encoding="utf-8", quote='"')
    short = [row for row, cells in enumerate(rows, 2) if any(cells) and len(cells) < 3]
    assert [row for row, *_ in faults(source)] == short
    assert faults(source, 1) == faults(source)


def test_a_file_that_leaves_off_empty_cells_by_habit_has_one_note(write):
    source = CsvSource(write("a;b;c;d\n1;2;3\n4;5;6\n7;8;9;10\n11\n" + "1;2;3\n" * 40))
    assert faults(source) == [(5, None, "short-row", "warning")]
    (note,) = source.book.notes
    assert (note.code, str(note)) == (
        "short-rows",
        "most rows end before the last columns, at most without 'd'; those cells are empty",
    )


def test_a_short_row_far_down_in_a_large_file_is_told(write):
    text = lines(60_000, name="name, or another").replace("\n50000,name, or another 50000,\n", "\n50000,short\n")
    text = re.sub("(name, or another [0-9]+)", r'"\1"', text)
    assert faults(CsvSource(write(text)), 9_999) == [(50_002, None, "short-row", "warning")]


def test_a_nul_refuses_its_row_and_a_lost_letter_is_told(write):
    source = CsvSource(write("id,note\n1,abc\0def\n2,M\ufffdnchen\n3,plain\n"))
    assert faults(source) == [(2, 1, "nul", "error"), (3, 1, "lost-letter", "warning")]
    assert [(note.code, note.n) for note in source.book.notes] == [("lost-letters", 1)]


def test_a_corrected_cell_has_no_fault(write):
    source = CsvSource(write("id,note\n1,abc\0def\n2,g\0h\n"))
    assert faults(patched(source, {(2, "note"): "abcdef"})) == [(3, 1, "nul", "error")]


def test_text_after_a_closing_quote_is_told_and_no_row_is_swallowed(write):
    text = 'id,note,qty\n1,"say "hi"",1\n2,"5 inch,2\n3,"6 inch",3\n' + "4,x,5\n" * 9
    assert faults(CsvSource(write(text))) == [(2, 1, "stray-quote", "warning"), (3, 1, "stray-quote", "warning")]
    assert whole(CsvSource(write(text)))[0][:3] == [("1", 'say "hi"', "1"), ("2", '"5 inch', "2"), ("3", "6 inch", "3")]


@pytest.mark.parametrize("rows", [3, 60_000])
@pytest.mark.parametrize("padding", [1, 4096, 3_000_000])
@pytest.mark.parametrize("end", ["\n", ""])
def test_nul_characters_that_fill_the_end_of_a_file_are_left_out_and_told(rows, padding, end, write):
    text = lines(rows).removesuffix("\n") + end
    source = CsvSource(write(text.encode() + b"\0" * padding))
    found, _, _ = whole(source)
    assert (len(found), found[-1][0], faults(source)) == (rows, str(rows - 1), [])
    assert [note.code for note in source.book.notes] == ["nul-padding"]


def test_nul_characters_between_rows_are_not_left_out(write):
    source = CsvSource(write(b"id,note\n1,a\n2,b\n\0\0\n3,c\n" + b"4,d\n" * 99))
    assert faults(source) == [(4, None, "short-row", "warning"), (4, 0, "nul", "error")]


ORDERS = "id,part,note,qty\n" + '1,pipe,"short, thin",5\n' * 9


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ('2,"5" pipe, steel",x,7', ("2", '5" pipe, steel', "x", "7")),
        ('2,"pipe, 5"","thin, grey",7', ("2", 'pipe, 5"', "thin, grey", "7")),
        ('"2,pipe,"thin, grey",7', ('"2', "pipe", "thin, grey", "7")),
        ('2,pipe,""thin", grey",7', ("2", "pipe", '"thin", grey', "7")),
        ('2,pipe,thin,"', ("2", "pipe", "thin", '"')),
        ('2,"say "hi"","two\nlines, "grey"",7', ("2", 'say "hi"', 'two\nlines, "grey"', "7")),
    ],
)
def test_a_row_whose_quotes_are_wrong_is_read_so_that_it_has_as_many_cells_as_the_others(row, cells, write):
    source = CsvSource(write(f"{ORDERS}{row}\n3,rod,y,8\n"))
    assert whole(source)[0][-2:] == [cells, ("3", "rod", "y", "8")]
    assert {(row, rule, severity) for row, _, rule, severity in faults(source)} == {(11, "stray-quote", "warning")}


def test_a_row_that_could_be_read_in_two_ways_keeps_what_spreadsheet_programs_read(write):
    # Either the first two of the three cells are one, or the last two.
    source = CsvSource(write('x,y\n1,2\n3,4\n5,6\n""a","b","c"\n7,8\n'))
    assert whole(source)[0][3] == ('a"', "b")
    assert [rule for _, _, rule, _ in faults(source)] == ["stray-quote"]


def test_a_header_whose_quotes_are_wrong_is_read_by_the_rows_below_it(write):
    source = CsvSource(write('"id,part,"the note",qty\n' + '1,pipe,"short, thin",5\n' * 9))
    assert source.header.labels == ('"id', "part", "the note", "qty")


def test_text_behind_a_closing_quote_stays_what_spreadsheet_programs_read(write):
    source = CsvSource(write('id,note\n1,"a" b\n2,c\n3,d\n'))
    assert whole(source)[0][0] == ("1", "a b")


def test_a_row_of_another_number_of_cells_is_not_bent_to_fit(write):
    source = CsvSource(write(ORDERS + '2,"5" pipe,x\n'))
    assert whole(source)[0][-1] == ("2", "5 pipe", "x", None)


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("2;rod;thin, grey;7", ("2", "rod", "thin, grey", "7")),
        ('2|rod|"thin, | grey"|7', ("2", "rod", "thin, | grey", "7")),
        ("2\trod\t\t7", ("2", "rod", None, "7")),
        ('2 rod "thin, grey" 7', ("2", "rod", "thin, grey", "7")),
    ],
)
def test_a_row_of_another_delimiter_is_read_and_told(row, cells, write):
    source = CsvSource(write(f"{ORDERS}{row}\n3,rod,y,8\n"))
    assert whole(source)[0][-2:] == [cells, ("3", "rod", "y", "8")]
    assert faults(source) == [(11, None, "other-delimiter", "warning")]


@pytest.mark.parametrize("row", ["see a; b; c; d", "n;rod;thin;many", "1;2;3", "2;rod;thin;7;8", "all rods are out"])
def test_a_short_row_is_not_cut_where_its_parts_do_not_fit_the_columns(row, write):
    source = CsvSource(write(f"{ORDERS}{row}\n3,rod,y,8\n"))
    assert whole(source)[0][-2] == (row, None, None, None)
    assert faults(source) == [(11, None, "short-row", "warning")]


@pytest.mark.parametrize("header", ["id;part;note;qty", 'id "part" "note" qty', "id\tpart\tnote\tqty"])
def test_a_header_of_another_delimiter_is_read_and_told(header, write):
    source = CsvSource(write(f"{header}\n" + '1,pipe,"short, thin",5\n' * 9))
    assert source.header.labels == ("id", "part", "note", "qty")
    assert [(note.code, note.rows) for note in source.book.notes] == [("other-delimiter", (1,))]


def test_a_title_in_front_of_rows_without_a_header_is_no_header(write):
    source = CsvSource(write("All the rods sold\n" + '1,pipe,"short, thin",5\n' * 9))
    assert source.header.labels == ("column_A", "column_B", "column_C", "column_D")


def test_without_a_header_a_column_that_is_empty_here_keeps_its_place(write):
    source = CsvSource(write("1,Ada,\n2,Bob,\n3,Cleo,\n"))
    assert source.header.labels == ("column_A", "column_B", "column_C")


# Ways of quoting that spreadsheet programs do not have


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('id,note,qty\n1,"say \\"hi\\"",2\n2,"5\\" pipe, grey",3\n3,x,4\n', ("2", '5" pipe, grey', "3")),
        ('id,note,qty\n1,"C:\\dir\\",2\n2,"D:\\x, y\\",3\n', ("2", "D:\\x, y\\", "3")),
        ('id,note,qty\n1,"a\\\\",2\n2,"b\\"c, d\\\\\\N",3\n', ("2", 'b"c, d\\\\N', "3")),
        ('id, note, qty\n"1", "a", "2"\n"2", "b, ""c""", "3"\n', ("2", 'b, "c"', "3")),
        ('id,note,qty\n"1" ,"a" ,"2"\n"2" ,"b, c" ,"3"\n', ("2", "b, c", "3")),
        ('""id"",""note"",""qty""\n""1"",""a"",""2""\n""2"",""b, c"",""3""\n', ("2", "b, c", "3")),
        ('"id,""note"",qty"\n"1,""a"",2"\n"2,""b, """"c"""""",3"\n', ("2", 'b, "c"', "3")),
        ('id,note,qty\n1,"a",2\n2,"b, c",3\n3,"",4\n4,"",5\n', ("2", "b, c", "3")),
        ('id,note,qty\n1,"a \0"x\0"",2\n2,"5\0", c",3\n3,"d",4\n', ("2", '5", c', "3")),
        ("id,note,qty\n1,'a \\'x\\'',2\n2,'5\\', c',3\n3,'d',4\n", ("2", "5', c", "3")),
    ],
    ids=[
        "escaped",
        "paths",
        "escaped_escape",
        "spaced",
        "space_after",
        "doubled",
        "quoted_lines",
        "usual",
        "nul",
        "other_quote",
    ],
)
def test_the_way_of_quoting_is_found(text, row, write):
    source = CsvSource(write(text))
    assert source.header.labels == ("id", "note", "qty")
    assert whole(source)[0][1] == row
    assert (source.book.notes, faults(source)) == ((), [])


CELLS = st.text("ab ,;'\"\n", max_size=6).map(lambda text: text.strip(" ") or "x")


@settings(max_examples=100)
@given(
    cells=st.lists(st.tuples(CELLS, CELLS), min_size=4, max_size=12),
    delimiter=st.sampled_from(",;\t|"),
    way=st.sampled_from(["usual", "minimal", "escaped", "spaced", "doubled"]),
)
def test_a_way_of_quoting_is_read_back_or_told(cells, delimiter, way, tmp_path_factory):
    rows = [(str(at), *pair) for at, pair in enumerate([*cells, ('a "b"', f"c{delimiter} d")], 100)]
    target = io.StringIO(newline="")
    quoting = csv.QUOTE_MINIMAL if way == "minimal" else csv.QUOTE_ALL
    escape = "\\" if way == "escaped" else None
    writer = csv.writer(target, delimiter=delimiter, quoting=quoting, escapechar=escape, doublequote=escape is None)
    writer.writerows([("id", "note", "place"), *rows])
    text = target.getvalue()
    if way == "spaced":
        lines = (
            [f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in [("id", "note", "place"), *rows]
        )
        text = "".join(f"{delimiter} ".join(line) + "\n" for line in lines)
    if way == "doubled":
        text = text.replace('"', '""')
    path = tmp_path_factory.mktemp("csv") / "file.csv"
    path.write_bytes(text.encode())
    source = CsvSource(path)
    if source.header.labels != ("id", "note", "place") or whole(source)[0] != rows:
        assert source.book.notes or faults(source)


def test_an_escape_that_comes_late_in_a_large_file_is_known(write):
    late = '"say \\"hi\\", he"'
    text = lines(60_000).replace("name 59000,", f"{late},")
    text += "".join(f"{at},{late},\n" for at in range(70_000, 75_000))
    source = CsvSource(write(text))
    assert source.dialect.escape == "\\"
    assert (whole(source)[0][59_000][1], faults(source)) == ('say "hi", he', [])


@pytest.mark.parametrize(
    ("text", "cell", "is_doubtful"),
    [
        ("name\nSmith, John\nDoe, Jane\nRoe, Rick\n", "Smith, John", False),
        ("full name\nAda Lovelace\nGrace Hopper\nAlan Turing\n", "Ada Lovelace", False),
        ("price\n12,50\n13,00\n14,25\n", "12,50", False),
        ("address\nMain St 5, Apt 2, Rome\nHigh St, Oslo\n", "Main St 5, Apt 2, Rome", False),
        ("date\nMonday, 5 May 2025\nTuesday, 6 May 2025\n", "Monday, 5 May 2025", False),
        ("url\nhttp://a.b/c?d=1,2\nhttp://a.b\nhttp://c.d;e\n", "http://a.b/c?d=1,2", False),
        ("tags\na;b\nc;d;e\nf\n", "a;b", False),
        ("name\nSmith,John\nDoe,Jane\nRoe,Rick\n", "Smith,John", True),
    ],
)
def test_a_single_column_stays_one(text, cell, is_doubtful, write):
    source = CsvSource(write(text))
    assert len(source.header.labels) == 1
    assert whole(source)[0][0] == (cell,)
    assert [note.code for note in source.book.notes] == (["delimiter"] if is_doubtful else [])


@pytest.mark.parametrize(
    "text",
    ["Staff 2025\nid,name\n1,Ada\n2,Grace\n", "Staff\n\nname,city\nAda,Rome\nBob,Oslo\n", "x\na,b,c\nd,e,f\ng,h,i\n"],
)
def test_columns_below_a_title_stay_columns(text, write):
    assert len(CsvSource(write(text)).header.labels) > 1


def test_numbers_without_a_header_that_may_be_decimals_are_a_doubt(write):
    (note,) = CsvSource(write("12,50\n13,00\n14,25\n")).book.notes
    assert (note.code, note.kind) == ("delimiter", "doubt")


def test_the_second_half_of_a_torn_row_is_refused(write):
    torn = "1,fine,5\n2,first line\n\nsecond half,6\n3,ok,7\n4\n5,x\n6,y\n"
    assert faults(CsvSource(write("id,note,qty\n" + torn + "7,z,8\n" * 9))) == [
        (3, None, "short-row", "warning"),
        (5, None, "torn-row", "error"),
        (7, None, "short-row", "warning"),
        (8, None, "short-row", "warning"),
        (9, None, "short-row", "warning"),
    ]


@settings(max_examples=60)
@given(
    rows=st.lists(
        st.sampled_from(["1,2,3", "1,2", "1", "", '"1",2', '"a",b,c', '1,"2",', '1,"2', 'x "y" z",3', 'x"y,2,3']),
        max_size=12,
    ),
    limits=LIMITS,
)
def test_where_blocks_end_changes_no_fault(rows, limits, tmp_path_factory):
    path = tmp_path_factory.mktemp("csv") / "file.csv"
    path.write_text("\n".join(["x,y,z", *rows]))
    header = Header(row=1, labels=("x", "y", "z"))

    def found(limits):
        told, before = [], ()
        for block in record_blocks(path, COMMA, 3, limits, needed=3):
            frame = faults_of(block, header, 3, before)
            told += [] if frame is None else frame.select("row", "rule").rows()
            before = before_next(block, before)
        return sorted(told)

    assert found(limits) == found(Limits())


@pytest.mark.parametrize("text", ["name,lat,lon\nA,52,5,13,4\nB,48,1,11,5\n", "qty,price\nr1,5,6\nr2,7,8\nr3,9,9\n"])
def test_rows_wider_than_the_header_are_a_doubt(text, write):
    assert [note.code for note in CsvSource(write(text), header_row=1).book.notes] == ["rows-wider"]


def test_trailing_delimiters_are_no_doubt(write):
    assert CsvSource(write("a;b\n1;2;\n3;4;;\n")).book.notes == ()


def test_lines_that_are_quoted_as_a_whole_are_divided_and_told(write):
    source = CsvSource(write('"id,name,qty"\n"1,Ann,5"\n"2,Bob,6"\n'))
    assert (source.header.labels, whole(source)[0]) == (("id", "name", "qty"), [("1", "Ann", "5"), ("2", "Bob", "6")])
    assert [note.code for note in source.book.notes] == ["delimiter"]
    assert CsvSource(write('"last, first"\n"Smith, John"\n"Doe, Jane"\n')).header.labels == ("last, first",)


def test_tabs_win_over_commas_that_divide_as_evenly(tmp_path):
    path = tmp_path / "rates.tsv"
    path.write_text("freq,unit,geo\t2019\t2020\nA,PC,DE\t1.5\t2.5\nA,PC,FR\t3.5\t4.5\n")
    assert CsvSource(path).header.labels == ("freq,unit,geo", "2019", "2020")


def test_a_table_is_found_below_a_preamble_of_any_length(tmp_path):
    path = tmp_path / "logger.csv"
    path.write_text("".join(f"# line {n}\n" for n in range(30)) + "id,temp,hum\n1,20.5,50\n2,20.7,51\n3,20.9,52\n")
    assert (CsvSource(path).header.row, CsvSource(path).header.labels) == (31, ("id", "temp", "hum"))


def test_a_line_that_may_be_one_cell_is_told_with_a_delimiter_that_can_be_typed(tmp_path):
    file = tmp_path / "lines.csv"
    file.write_text('"a;b,c"\n"1;x,2"\n"3;y,4"\n"5;z,6"\n', encoding="utf-8")
    [note] = CsvSource(file).book.notes
    assert [(fix.option, fix.value) for fix in note.fixes] == [("delimiter", "|")]
    assert CsvSource(file, delimiter="|").header.labels == ("a;b,c",)


def test_lines_that_begin_with_the_comment_are_no_rows(write):
    text = "# tool; 8\nid;name\n# here; or there; or\n1;Ada\n2;Grace\n#\n3;Alan\n"
    source = CsvSource(write(text), comment="#")
    assert (source.header.row, source.header.labels) == (2, ("id", "name"))
    assert whole(source) == ([("1", "Ada"), ("2", "Grace"), ("3", "Alan")], [4, 5, 7], [])
    assert (source.book.notes, faults(source)) == ((), [])


def test_remarks_above_the_header_are_told_whatever_they_look_like(write):
    source = CsvSource(write("# a;b;c\n# x,y\nid;v\n1;2,5\n3;4,5\n"))
    assert (source.header.labels, whole(source)[0]) == (("id", "v"), [("1", "2,5"), ("3", "4,5")])
    assert [(note.code, note.rows) for note in source.book.notes] == [("rows-above-header", (1, 2))]


def test_an_escape_may_be_given_for_a_file_without_quotes(write):
    source = CsvSource(write('id,note\n1,a\\, b\n2,5" pipe\n3,\\\\\n'), escape="\\", quote="")
    assert whole(source)[0] == [("1", "a, b"), ("2", '5" pipe'), ("3", "\\")]


def test_a_given_escape_is_not_questioned(write):
    text = 'id,note\n1,"a ^"b^", c"\n2,d\n'
    assert whole(CsvSource(write(text), escape="^"))[0] == [("1", 'a "b", c'), ("2", "d")]
    assert CsvSource(write('id,note\n1,"a \\"b"\n2,c\n'), escape="").dialect.escape == ""


def test_a_second_dialect_that_is_as_likely_is_a_doubt(write):
    (note,) = CsvSource(write("a;b|c\ne;f|g\ni;j|k\n"), header_row=1).book.notes
    assert (note.code, note.kind, [fix.option for fix in note.fixes]) == ("delimiter", "doubt", ["delimiter"])


@pytest.mark.parametrize("rows", [2, 600_000], ids=["small", "sampled_from_places"])
@pytest.mark.parametrize("end", ["\r\n\x1a", "\x1a\x1a"])
def test_the_mark_at_the_end_of_a_dos_text_is_no_row(rows, end, write):
    source = CsvSource(write("id,name\r\n" + "\r\n".join(["1,Ada"] * rows) + end))
    assert source.sample(40).frame.rows()[-1] == ("1", "Ada")
    assert sum(len(chunk.rows) for chunk in source.chunks(200_000)) == rows


def test_text_in_ebcdic_is_refused_by_what_it_is(write):
    path = write("id,name\n1,Ada\n2,Bob\n", encoding="cp500")
    with pytest.raises(SourceError, match="is text in EBCDIC, as mainframes write it; give encoding='cp037'"):
        CsvSource(path)
    assert whole(CsvSource(path, encoding="cp500"))[0] == [("1", "Ada"), ("2", "Bob")]


@pytest.mark.parametrize("text", ["id,name\n--,----\n1,Ada\n", "| id | name |\n|:---|:----:|\n| 1 | Ada |\n"])
def test_a_line_drawn_under_the_header_is_no_row(text, write):
    source = CsvSource(write(text))
    assert source.header.below == (2,)
