"""Every option that is a closed set, through every door: any other value is refused before anything is opened."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dataframely as dy
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import importer
from importer.cli import main
from importer.core import OPTIONS, READING_OPTIONS, Options
from importer.engine import options_of, record_of
from importer.errors import OptionError, SchemaError
from importer.schema import Format
from importer.testing import MemorySink

if TYPE_CHECKING:
    from collections.abc import Callable

NOWHERE = "nowhere.csv"
"""A file that is not there: whoever opens it fails otherwise."""

CLOSED = {name: option for name, option in OPTIONS.items() if option.choices}
"""Options that are closed sets."""


class Untouched(MemorySink):
    """A target that nobody may look at."""

    def open(self, *_args: object, **_options: object) -> Any:
        raise AssertionError


def saved(name: str, value: object) -> None:
    """Resume a job whose record has the value."""
    plan = importer.plan(pl.DataFrame({"id": ["1"]}), into=Untouched(), listeners=[])
    record = record_of(plan, "4c1d8a52")
    kept = json.loads(record.options or "") | {name: value}
    options_of(replace(record, options=json.dumps(kept)))


def changed(name: str, value: object) -> None:
    replace(importer.plan(pl.DataFrame({"id": ["1"]}), into=Untouched(), listeners=[]), **{name: value})


DOORS: dict[str, Callable[[str, object], object]] = {
    "plan": lambda name, value: importer.plan(NOWHERE, into=Untouched(), **{name: value}),
    "load": lambda name, value: importer.load(NOWHERE, into=Untouched(), **{name: value}),
    "App": lambda name, value: importer.App(NOWHERE, into=Untouched(), **{name: value}),
    "Options": lambda name, value: Options(**{name: value}),
    "changed plan": changed,
    "saved plan": saved,
}


def wrong(option: str) -> st.SearchStrategy[object]:
    """Values that are none of the option's, mostly nearly one."""
    names = CLOSED[option].choices
    near = st.sampled_from(names).flatmap(
        lambda name: st.sampled_from([name.title(), name.upper(), f" {name}", name[1:]])
    )
    others = st.integers() | st.booleans() | st.lists(st.sampled_from(names)) | st.dictionaries(st.text(), st.text())
    return (near | st.text() | others).filter(lambda value: value not in names)


WRONG = st.sampled_from(sorted(CLOSED)).flatmap(lambda option: st.tuples(st.just(option), wrong(option)))


@pytest.mark.parametrize("door", DOORS)
@given(wrong=WRONG)
def test_what_is_not_in_a_closed_set_is_refused(door: str, wrong: tuple[str, object]) -> None:
    option, value = wrong
    with pytest.raises(OptionError, match=option) as caught:
        DOORS[door](option, value)
    assert caught.value.facts["values"] == list(CLOSED[option].choices)
    assert all(name in str(caught.value) for name in CLOSED[option].choices)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("option", CLOSED)
def test_the_nearest_value_is_named(door: str, option: str) -> None:
    for value in CLOSED[option].choices:
        with pytest.raises(OptionError, match=f"{option} cannot be '{value.upper()}': did you mean '{value}'"):
            DOORS[door](option, value.upper())


@pytest.mark.parametrize("door", DOORS)
def test_an_option_that_there_is_not_is_refused_with_the_nearest(door: str) -> None:
    wanted = pytest.raises(TypeError) if door in {"Options", "changed plan"} else pytest.raises(OptionError)
    with wanted as caught:
        DOORS[door]("on_conflit", "skip")
    if isinstance(caught.value, OptionError):
        assert "did you mean 'on_conflict'?" in str(caught.value)


LOOKING = ("day_first", "types", "key")
"""Options that some functions which look at a file take too."""


@pytest.mark.parametrize("function", [importer.preview, importer.infer, importer.read])
@pytest.mark.parametrize("option", [name for name in OPTIONS if name not in {*READING_OPTIONS, *LOOKING}])
def test_a_look_takes_no_option_of_an_import(function: Callable[..., object], option: str) -> None:
    with pytest.raises(OptionError, match=f"{function.__name__}.. has no option '{option}'"):
        function(NOWHERE, **{option: None})


def shell(*arguments: str) -> str:
    """What a command that is refused says."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), pytest.raises(SystemExit, match="2"):
        main([*arguments])
    return said.getvalue().splitlines()[-1]


@given(wrong=WRONG.filter(lambda wrong: isinstance(wrong[1], str)))
def test_the_shell_refuses_the_same(wrong: tuple[str, object]) -> None:
    option, value = wrong
    said = shell("load", NOWHERE, "--into", "shop.db", f"{CLOSED[option].flag}={value}")
    assert f"argument {CLOSED[option].flag}: cannot be " in said


def test_the_shell_names_what_is_nearest() -> None:
    load = ("load", NOWHERE, "--into", "shop.db")
    for option in CLOSED.values():
        for value in option.choices:
            assert f"did you mean '{value}'?" in shell(*load, option.flag, value.upper())
        assert shell(*load, f"{option.flag}x", "1").endswith(f"; did you mean {option.flag}?")
        assert shell(*load, f"{option.flag}x=1").endswith(f"; did you mean {option.flag}?")
    assert shell(*load, "--leave-out", "total").endswith("did you mean 'totals'?")
    assert "did you mean 'failed'?" in shell("jobs", "--state", "fail")


def test_no_secret_is_repeated() -> None:
    secret = "postgresql://ann:s3cret@db/shop"
    for flag in ("--on-conflict", "--if-imported", "--on-conflit"):
        assert "s3cret" not in shell("load", NOWHERE, "--into", "shop.db", f"{flag}={secret}")


HINTS = [
    ({"decimal": ";"}, "decimal in the metadata of 'a' must be '.' or ',', not ';'"),
    ({"decimal": 3}, "must be '.' or ',', not 3"),
    ({"decimel": ","}, "has no hint 'decimel': did you mean 'decimal'?"),
    ({"formats": ["%Q"]}, "must be a list of formats such as '%d.%m.%Y', not ['%Q']"),
    ({"formats": ["DD.MM.YYYY"]}, "must be a list of formats"),
    ({"formats": 3}, "must be a list of formats"),
    ({"format": "%d.%m.%Y"}, "did you mean 'formats'?"),
    ({"day_first": "yes"}, "must be True or False, not 'yes'"),
    ({"strip": 1}, "must be True or False, not 1"),
    ({"last_year": "99"}, "must be a year, not '99'"),
    ({"language": "polish"}, "must be a language such as 'pl', not 'polish'"),
    ({"nulls": 3}, "must be a list of words, not 3"),
    ({"nulls": [None]}, "must be a list of words"),
    ({"true": {"yes": "no"}}, "must be a list of words"),
    ({"aliasses": ["x"]}, "did you mean 'aliases'?"),
]


@pytest.mark.parametrize(("metadata", "words"), HINTS, ids=str)
def test_a_hint_that_a_column_cannot_have_is_refused_before_the_file_is_opened(metadata: Any, words: str) -> None:
    schema = type("Orders", (dy.Schema,), {"a": dy.Float64(metadata=metadata)})
    with pytest.raises(SchemaError) as caught:
        importer.plan(NOWHERE, into=Untouched(), schema=schema)
    assert words in str(caught.value)


def test_one_word_stands_alone_and_is_not_taken_for_its_letters() -> None:
    column = dy.Bool(metadata={"true": "ja", "nulls": "k.A.", "formats": "%d.%m.%Y", "owner": "sales"})
    found = Format.of(column)
    assert (found.true, found.nulls, found.formats) == (("ja",), ("k.A.",), ("%d.%m.%Y",))
