"""Every option is declared once, and every interface has all of them."""

from __future__ import annotations

import ast
import inspect
import json
import re
from dataclasses import fields, replace
from pathlib import Path

import dataframely as dy
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import importer
from importer.app.choices import Choices, plan_code
from importer.cli._parser import parser
from importer.core import OPTIONS, READING_OPTIONS, Images, Options, OptionsDict
from importer.engine import Plan, options_of, record_of
from importer.errors import OptionError
from importer.schema._code import code_of
from importer.sources import Opening
from importer.store import JobRecord
from importer.testing import MemorySink

OTHERS = ["file", "into", "password", "listeners"]


class Orders(dy.Schema):
    id = dy.Int64(primary_key=True)
    qty = dy.Int64(nullable=True)


def names(*, least=1):
    return st.lists(st.text(min_size=1), min_size=least, max_size=3, unique=True).map(tuple)


VALUES = {
    "table": st.text(min_size=1),
    "key": st.none() | names(),
    "schema": st.sampled_from([None, Orders]),
    "sheet": st.none() | st.text(min_size=1) | st.integers(1, 9),
    "header_row": st.none() | st.integers(0, 99),
    "header_rows": st.none() | st.integers(1, 9),
    "last_row": st.none() | st.integers(1, 99),
    "rows": st.none() | st.sampled_from(["5-120,130-", range(2, 9), {7, 5}, 3]),
    "leave_out": st.none() | st.sampled_from(["totals", ["notes", 12, "totals"], (), "12,17-20"]),
    "merged": st.sampled_from([None, "keep", "fill"]),
    "delimiter": st.none() | st.text(min_size=1, max_size=3),
    "quote": st.none() | st.characters() | st.just(""),
    "escape": st.none() | st.characters() | st.just(""),
    "comment": st.none() | st.text(min_size=1),
    "encoding": st.sampled_from([None, "utf-8", "cp1252"]),
    "file_column": st.sampled_from([None, "source_file"]),
    "mapping": st.dictionaries(st.text(min_size=1), st.text(min_size=1), max_size=3),
    "constants": st.dictionaries(st.text(min_size=1), st.text(min_size=1), max_size=3),
    "types": st.dictionaries(st.text(min_size=1), st.sampled_from(OPTIONS["types"].words), max_size=3),
    "defaults": st.dictionaries(st.text(min_size=1), st.text(min_size=1), max_size=3),
    "day_first": st.none() | st.booleans(),
    "images": st.none() | names() | st.builds(Images, html=names(), max_width=st.none() | st.integers(1, 9)),
    "on_conflict": st.sampled_from(OPTIONS["on_conflict"].choices),
    "on_repeated_key": st.sampled_from(OPTIONS["on_repeated_key"].choices),
    "empty": st.sampled_from(OPTIONS["empty"].choices),
    "if_table_exists": st.none() | st.sampled_from(OPTIONS["if_table_exists"].choices),
    "new_columns": st.sampled_from(OPTIONS["new_columns"].choices),
    "max_rejects": st.none() | st.integers(0, 99) | st.floats(0, 0.99),
    "corrections": st.dictionaries(
        st.tuples(st.integers(1, 99), st.text(min_size=1)), st.none() | st.text(), max_size=3
    ),
    "chunk_rows": st.none() | st.integers(1, 99),
    "atomic": st.booleans(),
    "undo": st.booleans(),
    "pace": st.sampled_from(["full", "gentle", "auto", "5000/s", "0.5s"]),
    "if_imported": st.sampled_from(OPTIONS["if_imported"].choices),
}
CHANGED = {
    "table": "t",
    "key": ("id",),
    "schema": Orders,
    "sheet": "Q3",
    "header_row": 0,
    "header_rows": 2,
    "last_row": 9,
    "rows": "5-120,130-",
    "leave_out": ("totals", "12-13"),
    "merged": "fill",
    "delimiter": ";",
    "quote": "'",
    "escape": "\\",
    "comment": "#",
    "encoding": "cp1252",
    "file_column": "source_file",
    "mapping": {"qty": "Pieces"},
    "constants": {"qty": "5"},
    "types": {"qty": "Float64"},
    "defaults": {"qty": "0"},
    "day_first": False,
    "images": Images(columns="picture"),
    "on_conflict": "skip",
    "on_repeated_key": "first",
    "empty": "keep",
    "if_table_exists": "replace",
    "new_columns": "add",
    "max_rejects": 0,
    "corrections": {(7, "qty"): None},
    "chunk_rows": 7,
    "atomic": True,
    "undo": False,
    "pace": "5000/s",
    "if_imported": "again",
}
"""A value for each option that is not its default."""

FLAGS = {
    "table": ["--table", "t"],
    "key": ["--key", "id"],
    "sheet": ["--sheet", "Q3"],
    "header_row": ["--header-row", "0"],
    "header_rows": ["--header-rows", "2"],
    "last_row": ["--last-row", "9"],
    "rows": ["--rows", "5-120,130-"],
    "leave_out": ["--leave-out", "totals,12,13"],
    "merged": ["--merged", "fill"],
    "delimiter": ["--delimiter", ";"],
    "quote": ["--quote", "'"],
    "escape": ["--escape", "\\"],
    "comment": ["--comment", "#"],
    "encoding": ["--encoding", "cp1252"],
    "file_column": ["--file-column", "source_file"],
    "mapping": ["--mapping", "qty=Pieces"],
    "constants": ["--constant", "qty=5"],
    "types": ["--type", "qty=Float64"],
    "defaults": ["--default", "qty=0"],
    "day_first": ["--no-day-first"],
    "images": ["--images", "picture"],
    "on_conflict": ["--on-conflict", "skip"],
    "on_repeated_key": ["--on-repeated-key", "first"],
    "empty": ["--empty", "keep"],
    "if_table_exists": ["--if-table-exists", "replace"],
    "new_columns": ["--new-columns", "add"],
    "max_rejects": ["--max-rejects", "0"],
    "corrections": ["--correct", "7,qty="],
    "chunk_rows": ["--chunk-rows", "7"],
    "atomic": ["--atomic"],
    "undo": ["--no-undo"],
    "pace": ["--pace", "5000"],
    "if_imported": ["--if-imported", "again"],
}


def squeezed(text):
    return " ".join(text.split())


def test_the_values_of_these_tests_cover_every_option():
    assert list(OPTIONS) == list(VALUES) == list(CHANGED) == [one.name for one in fields(Options)]
    assert Options(**CHANGED).given() == CHANGED


@pytest.mark.parametrize("function", [importer.plan, importer.load])
def test_the_signature_of_the_api_lists_every_option_with_its_default(function):
    parameters = inspect.signature(function).parameters
    assert [name for name in parameters if name not in OTHERS] == list(OPTIONS)
    default = Options()
    for name in OPTIONS:
        assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        assert (parameters[name].default or getattr(Options(), name)) == getattr(default, name), name


def test_options_that_are_passed_on_have_the_types_of_the_signature():
    parameters = inspect.signature(importer.plan).parameters
    types = OptionsDict.__annotations__
    assert {name: one.__forward_arg__ for name, one in types.items()} == {
        name: parameters[name].annotation for name in OPTIONS
    }


def test_a_misspelt_option_of_the_app_is_an_error_that_names_the_nearest():
    with pytest.raises(OptionError, match="there is no option 'on_conflit': did you mean 'on_conflict'"):
        importer.App(on_conflit="skip")


def test_the_docstring_of_plan_explains_every_option_in_the_same_words():
    body = inspect.getdoc(importer.plan).partition("Parameters\n----------\n")[2].partition("\n\nRaises")[0]
    entries = re.findall(r"^(\w+)\n((?:    .*\n?)+)", body, re.MULTILINE)
    explained = {name: squeezed(text) for name, text in entries if name not in OTHERS}
    assert explained == {name: squeezed(f"{one.help} {one.in_python}") for name, one in OPTIONS.items()}


def test_how_a_file_is_opened_is_decided_by_the_same_options_everywhere():
    assert tuple(Opening.__annotations__) == READING_OPTIONS


@given(st.fixed_dictionaries(VALUES).map(lambda values: Options(**values)))
def test_the_history_keeps_the_options_whole(options):
    kept = json.loads(json.dumps(options.as_json()))
    assert Options.of_json(kept, schema=options.schema) == options


@settings(max_examples=30)
@given(
    st.fixed_dictionaries(
        {
            name: VALUES[name]
            for name in OPTIONS
            if name not in {*READING_OPTIONS, "mapping", "constants", "types", "defaults"}
        }
    )
)
def test_a_record_gives_back_the_options_of_its_plan(values):
    frame = pl.DataFrame({name: ["1"] for name in {"id", "qty", *(values["key"] or ())}})
    schema = values["schema"]
    key = ("qty",) if schema is not None and values["key"] is not None else values["key"]
    options = Options(**{**values, "key": key})
    plan = importer.plan(
        frame, into="sqlite:///shop.db", listeners=[], **{name: getattr(options, name) for name in OPTIONS}
    )
    found = options_of(record_of(plan, "4c1d8a52"))
    assert replace(found, schema=None) == replace(options, schema=None) == replace(plan.options, schema=None)
    assert options.schema == plan.schema
    assert (found.schema and code_of(found.schema)) == (options.schema and code_of(options.schema))


def test_a_record_of_version_0_1_0_gives_back_its_options():
    options = {
        "opening": {
            "sheet": "Q3",
            "header_row": None,
            "last_row": None,
            "merged": None,
            "delimiter": None,
            "encoding": None,
        },
        "key": ["id"],
        "inferred": True,
        "mapping": {"qty": "Pieces"},
        "day_first": None,
        "on_conflict": "skip",
        "if_table_exists": None,
        "max_rejects": 0.05,
        "chunk_rows": 100,
        "atomic": False,
        "corrections": [[7, "qty", None]],
    }
    record = JobRecord(
        job_id="4c1d8a52",
        target="sqlite:///shop.db",
        table_name="orders",
        schema_code="import dataframely as dy\n\n\nclass Orders(dy.Schema):\n    id = dy.Int64(primary_key=True)\n",
        options=json.dumps(options),
    )
    found = options_of(record)
    assert found.schema.primary_key() == ["id"]
    assert replace(found, schema=None) == Options(
        table="orders",
        sheet="Q3",
        mapping={"qty": "Pieces"},
        on_conflict="skip",
        max_rejects=0.05,
        chunk_rows=100,
        corrections={(7, "qty"): None},
    )


def test_a_plan_has_every_option():
    plan = importer.plan(pl.DataFrame({"id": [1]}), into=MemorySink(), listeners=[])
    assert isinstance(plan, Options)
    assert {one.name for one in fields(Plan)} >= set(OPTIONS)


def test_options_print_as_the_python_that_makes_them():
    options = Options(**CHANGED)
    assert eval(f"Options({', '.join(options.arguments())})", {"Options": Options, "Orders": Orders}) == options


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"on_conflict": "Skip"}, "on_conflict cannot be 'Skip': did you mean 'skip'? There are: update, skip, reject"),
        ({"if_table_exists": "REPLACE"}, "did you mean 'replace'?"),
        ({"if_imported": "agian"}, "did you mean 'again'?"),
        ({"if_imported": None}, "if_imported cannot be None"),
        ({"chunk_rows": 0}, "chunk_rows must be a whole number from 1, not 0"),
        ({"chunk_rows": True}, "chunk_rows must be a whole number from 1, not True"),
        ({"header_row": -1}, "header_row must be a whole number from 0, not -1"),
        ({"max_rejects": -1}, "max_rejects must be a count, or a share below 1, not -1"),
        ({"max_rejects": float("nan")}, "max_rejects must be"),
        ({"max_rejects": "5%"}, "max_rejects must be"),
        ({"key": ()}, r"key must be one or more different names, not ()"),
        ({"key": ("id", "id")}, "key must be one or more different names"),
        ({"key": {"a"}}, "key must be one or more different names"),
        ({"key": ("id", 1)}, "key must be one or more different names"),
        ({"table": ""}, "table must be a name, not ''"),
        ({"atomic": "no"}, "atomic must be True or False, not 'no'"),
        ({"day_first": "yes"}, "day_first must be True, False or None, not 'yes'"),
        ({"mapping": [("a", "b")]}, "mapping must be {column: header}"),
        ({"mapping": {"a": None}}, "mapping must be {column: header}"),
        (
            {"types": {"ordered": "dat"}},
            "types must be one of String, Int64, Float64, Date, Datetime, Time, Bool for each",
        ),
        ({"corrections": {(0, "qty"): "5"}}, "corrections must be {(row, header): text}"),
        ({"corrections": {(7, "qty"): 5}}, "corrections must be {(row, header): text}"),
        ({"last_row": 10**30}, "last_row must be a whole number from 1"),
        ({"images": 5}, "images must be one or more columns, or what importer.images() makes of them, not 5"),
        ({"images": {"colums": ["a"]}}, "images must be"),
        ({"images": {"columns": ["a"], "max_width": 0}}, "images must be"),
        ({"schema": "Orders"}, "schema must be a dataframely.Schema class, not 'Orders'"),
    ],
    ids=str,
)
def test_a_value_that_an_option_cannot_have_is_refused_in_words(options, words):
    with pytest.raises(OptionError, match=re.escape(words)):
        importer.plan(pl.DataFrame({"id": [1]}), into=MemorySink(), listeners=[], **options)


class Text(str):
    """A text as numpy has one, whose representation is no literal."""

    __slots__ = ()

    def __repr__(self):
        return f"Text({super().__repr__()})"


def test_texts_of_other_libraries_become_texts_that_copied_code_can_hold():
    options = Options(key=[Text("id")], table=Text("t"), corrections={(7, Text("a")): Text("5")})
    assert options.arguments() == ['table="t"', 'key=["id"]', 'corrections={(7, "a"): "5"}']
    assert Options(max_rejects=10**400) == Options()


def test_a_plan_is_checked_when_it_is_changed():
    plan = importer.plan(pl.DataFrame({"id": [1]}), into=MemorySink(), listeners=[])
    with pytest.raises(OptionError, match="did you mean 'skip'"):
        replace(plan, on_conflict="SKIP")


def typed(*arguments):
    found = parser().parse_args(["load", "orders.csv", "--into", "shop.db", *arguments])
    return {name: value for name, value in vars(found).items() if name in OPTIONS}


def test_the_shell_has_a_flag_for_every_option():
    flags = {**FLAGS, "schema": ["--schema", "shop.py:Orders"]}
    given = typed(*(word for name in OPTIONS for word in flags[name]))
    assert given == {**CHANGED, "schema": "shop.py:Orders"}
    assert [flag[0] for flag in flags.values() if flag[0] not in {one.flag for one in OPTIONS.values()}] == [
        "--no-day-first",
        "--no-undo",
    ]


def test_an_option_that_is_not_typed_keeps_its_default():
    assert typed() == {}


def test_the_help_of_the_shell_explains_every_option_in_the_same_words(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        parser().parse_args(["load", "--help"])
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    for name, declared in OPTIONS.items():
        assert squeezed(f"{declared.help} {declared.in_shell}") in squeezed(shown), name


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        (["--mapping", "a=b=c", "--mapping", '"x=y"=z'], {"mapping": {"a": "b=c", "x=y": "z"}}),
        (
            ["--correct", "7,qty=5", "--correct", '8,"a, ""b""=c"=', "--correct", "9,a, b=x"],
            {"corrections": {(7, "qty"): "5", (8, 'a, "b"=c'): None, (9, "a, b"): "x"}},
        ),
        (["--max-rejects", "5%"], {"max_rejects": 0.05}),
        (["--sheet", '"2025"'], {"sheet": "2025"}),
        (["--delimiter", "\\t"], {"delimiter": "\t"}),
        (["--key", "a, b"], {"key": ("a", "b")}),
    ],
    ids=["mapping", "correct", "share", "sheet that is a number", "tab", "key"],
)
def test_values_are_typed_as_the_help_says(arguments, given):
    assert typed(*arguments) == given


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--chunk-rows", "0"], "--chunk-rows: must be a whole number from 1, not '0'"),
        (["--max-rejects", "100%"], "--max-rejects: must be a count, or a share below 1, not '100%'"),
        (["--mapping", "qty"], "--mapping: must be written COLUMN=HEADER, not 'qty'"),
        (["--mapping", "qty="], "--mapping: must be written COLUMN=HEADER, not 'qty='"),
        (["--correct", "qty=5"], "--correct: must be written ROW,HEADER=TEXT, not 'qty=5'"),
        (["--correct", "7,a=1", "--correct", "7,a=2"], "--correct: (7, 'a') is given twice"),
        (["--key", "id,id"], "--key: must be one or more different names, not 'id,id'"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_value_that_an_option_cannot_have_is_refused_by_the_shell(arguments, words, capsys):
    with pytest.raises(SystemExit) as stopped:
        typed(*arguments)
    assert stopped.value.code == 2
    assert words in capsys.readouterr().err


def test_copied_code_names_every_option_that_was_chosen():
    given = {name: value for name, value in CHANGED.items() if name != "schema"}
    choices = Choices(path=Path("orders.csv"), said="orders.csv").but(into="sqlite:///shop.db", **given)
    [call] = [node for node in ast.walk(ast.parse(plan_code(choices))) if isinstance(node, ast.Call)]
    written = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    assert written.pop("into") == "sqlite:///shop.db"
    assert Options(**written).given() == given


def test_the_app_plans_with_every_option(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("id;Pieces\n" + "".join(f"{n};{n}\n" for n in range(9)))
    given = {name: value for name, value in CHANGED.items() if name not in {"sheet", "merged", "types", "file_column"}}
    given |= {"header_row": 1, "header_rows": 1, "corrections": {(7, "Pieces"): None}}
    app = importer.App(file, into=tmp_path / "shop.db", **given)
    app.wait()
    assert app.plan.given() == given
    app.close()


COMMANDS = "load preview infer cat jobs show resume pause cancel prune sample".split()


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_the_help_of_every_command_is_sentences_that_fit_a_terminal(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        parser().parse_args([*command.split(), "--help"])
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    if command:
        about = shown.partition("\n\n")[2].partition("\n\n")[0]
        assert about[0].isupper()
        assert about.endswith(".")
