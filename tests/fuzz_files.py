"""Search for files that are read wrong: inputs that reach new code are changed further, as atheris and libFuzzer do it.

``make fuzz-files SECONDS=3600`` runs this. It stops at the first failure, and leaves the failing input in
``.fuzz/``, which ``python tests/fuzz_files.py TARGET FILE`` tries again.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from contextlib import closing, redirect_stderr
from pathlib import Path

INSTRUMENTED = ["importer.sources.csv", "importer.sources.xlsx"]
"""Changing the code of all modules would take a minute."""

try:
    import atheris
except ImportError:
    sys.exit("atheris is missing: make fuzz-files installs it")

# It names every module on the way.
with redirect_stderr(io.StringIO()), atheris.instrument_imports(include=INSTRUMENTED):
    from test_xlsx import HEAD, TAIL, parts, write
    from test_xlsx_laws import PROLOGUE, SST, STRINGS, USUAL, Sheet, exactly, quickly

    from importer.errors import ImporterError, SourceError
    from importer.sources import open_source
    from importer.sources.csv._exact import complete_records
    from importer.sources.csv._fast import certain_records
    from importer.sources.csv._mended import mended_records
    from importer.sources.csv._records import MOST_CELLS
    from importer.sources.csv.dialect import Dialect
    from importer.sources.xlsx.exact._strings_parser import StringsParser
    from importer.sources.xlsx.fast._strings import fast_strings

USAGE = "usage: python tests/fuzz_files.py SECONDS | TARGET [FILE or libFuzzer arguments]"
KEPT = Path(".fuzz")
PLACE = Path(tempfile.mkdtemp(prefix="importer-fuzz-"))

DIALECTS = [
    Dialect(encoding="utf-8", delimiter=",", quote='"'),
    Dialect(encoding="utf-8", delimiter=";", quote="'"),
    Dialect(encoding="utf-8", delimiter="||", quote='"', is_spaced=True),
    Dialect(encoding="utf-8", delimiter="\t", quote=""),
    Dialect(encoding="utf-8", delimiter=",", quote='"', escape="\\"),
]

TOKENS = """<c r=" <row r="1"> </row> <v> </v> </c> <is><t> </t></is> t="s" t="inlineStr" t="str" t="b" t="e" s="1" <f>
</f> <f/> <!-- --> <![CDATA[ ]]> &amp; &#10; _x000D_ <si> </si> <r><t> xml:space="preserve" hidden="1"
<mergeCell ref="A1:B2"/> "" \\" , ; | || sep=; 1.234,50 2024-01-31 31/12/2024 Total # '""".split()
BYTES = [*(token.encode() for token in TOKENS), b"\t", b"\r\n", b"\0", b"\xff\xfe", b"\xef\xbb\xbf"]
"""What such files are made of, for libFuzzer to put together."""


def sheet(data):
    """The fast path gives the same cells as the exact one, or does not understand them, or both refuse them."""
    made = Sheet(PROLOGUE, "", data)
    found = quickly(made)
    if isinstance(found, str):
        assert not isinstance(exactly(made), dict), found
    elif found is not None:
        assert found == exactly(made)


def strings(data):
    """So do both paths of shared strings."""
    found = fast_strings(data, SST, "", "")
    if found is not None:
        parser = StringsParser("")
        parser.feed(SST + data)
        assert parser.resting
        assert found.to_list() == parser.take().to_list()


def records(data):
    """Polars reads the same cells as the exact reader, or the text is not for it; blocks make no difference."""
    dialect = DIALECTS[data[0] % len(DIALECTS)] if data else DIALECTS[0]
    text = data[1:].decode(errors="ignore")
    found, rest = complete_records(text, dialect, final=True)
    certain = certain_records(text.encode(), dialect, 3, MOST_CELLS)
    if certain is not None and not rest:
        assert [filled(list(row)) for row in certain.frame.rows()] == [filled(one) for one in found]
    mended = mended_records(text, dialect, 3, final=True, most_cells=MOST_CELLS)
    if mended is not None:
        assert ([filled(list(row)) for row in mended.frame.rows()], mended.rest) == (list(map(filled, found)), rest)
    before, left = complete_records(text, dialect, final=False)
    assert before == found[: len(before)] or left != rest, (before, found)


def filled(record):
    """The record without empty cells at its end."""
    return record[: max((at for at, cell in enumerate(record, 1) if cell is not None), default=0)]


def text(data):
    """A text file is read, the same in chunks of any size, or refused with a reason."""
    path = PLACE / "made.csv"
    path.write_bytes(data)
    is_same(path)


def workbook(data):
    """So is a workbook with these bytes as its sheet."""
    is_same(write(PLACE / "made.xlsx", parts(sheet=HEAD.encode() + data + TAIL.encode())))


def is_same(path):
    """Open the file, and read it in two ways."""
    try:
        source = open_source(path)
        source.sample(100)
        one, other = (read(source, size) for size in (3, 1_000))
    except ImporterError:
        return
    assert one == other


def read(source, size):
    """All that the source yields."""
    found = []
    try:
        with closing(source.chunks(size)) as chunks:
            for chunk in chunks:
                found += zip(chunk.rows, chunk.frame.rows(), strict=True)
                found += [] if chunk.extra is None else chunk.extra.rows()
    except SourceError as exc:
        return str(exc)
    return sorted(found, key=repr)


def seeds():
    """For each target, files to begin with."""
    rows = [one.format(1, 2).encode() for one in USUAL.values()]
    tables = [
        b'id,name,day\n1,Ada,2024-01-31\n2,"Bob, Jr.",2024-02-01\n',
        b'id;name;price\r\n1;J\xc3\xbcrgen;1.234,50\r\n2;"a ""b""";2,5\r\n\r\nTotal;;3,5\r\n',
        b"# made by a tool\n# on Monday\nid\tname\n1\tAda\n2\t'x\ty'\n",
        'id,name\n1,"two\nlines"\n2,"open\n'.encode("utf-16"),
        b'"id,""name"""\n"1,""Ada"""\n',
        b"a|b\n1|x\n1|x|y|z\n",
    ]
    return {
        sheet: rows,
        strings: [one.format("a").encode() for one in STRINGS],
        records: [bytes([at]) + table for at, table in enumerate(tables)],
        text: tables,
        workbook: rows,
    }


TARGETS = {each.__name__: each for each in seeds()}


def fuzz(target, arguments):
    """Run one target in this process until libFuzzer stops."""
    begun = PLACE / "seeds"
    begun.mkdir(exist_ok=True)
    for at, one in enumerate(seeds()[TARGETS[target]]):
        (begun / str(at)).write_bytes(one)
    words = PLACE / "words"
    words.write_text("".join('"' + "".join(f"\\x{byte:02x}" for byte in one) + '"\n' for one in BYTES))
    KEPT.mkdir(exist_ok=True)
    settings = [f"-dict={words}", f"-artifact_prefix={KEPT}/{target}-", "-max_len=2048", "-timeout=30", "-verbosity=0"]
    files = [one for one in arguments if not one.startswith("-")]
    atheris.Setup([sys.argv[0], *settings, *arguments, *([] if files else [str(begun)])], TARGETS[target])
    atheris.Fuzz()


def main(arguments):
    """Run every target for its share of the seconds, each in a copy of this process."""
    if arguments and arguments[0] in TARGETS:
        fuzz(arguments[0], arguments[1:])
    if len(arguments) != 1 or not arguments[0].isdigit():
        print(USAGE, file=sys.stderr)
        return 2
    share = max(int(arguments[0]) // len(TARGETS), 1)
    for target in TARGETS:
        print(f"{target}, {share} s", flush=True)
        child = os.fork()
        if child == 0:
            fuzz(target, [f"-max_total_time={share}"])
        if status := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            print(f"\n{target} failed: mend the code, and keep the input in {KEPT}/ as a test")
            return abs(status)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
