"""Public names use the words of the glossary, and one word for one thing."""

from __future__ import annotations

import argparse
import inspect
import re
from dataclasses import fields, is_dataclass

import pytest

import importer
from importer.cli._parser import parser

RETIRED = {
    "asks": "request",
    "home": "folder",
    "known": "already imported",
    "leaving": "shutdown",
    "let": "wait",
    "opened": "open",
    "plain": "text",
    "tail": "footer",
    "told": "subscribe",
    "turn": "lock",
    "untouched": "unchanged",
    "wishes": "choices",
    "work": "job",
}
"""Words that were used once, and the word to use instead."""

SYNONYMS = {
    "abort": "cancel",
    "amount": "rows",
    "batch": "chunk",
    "bulk": "chunk",
    "callback": "listener",
    "connector": "sink",
    "destination": "sink",
    "dryrun": "dry_run",
    "errors": "rejects",
    "failures": "rejects",
    "handler": "listener",
    "invalid": "rejected",
    "loader": "job",
    "model": "schema",
    "observer": "listener",
    "percent": "fraction",
    "reader": "source",
    "record": "row",
    "separator": "delimiter",
    "status": "state",
    "stop": "cancel",
    "task": "job",
    "tries": "retries",
    "validator": "rule",
    "writer": "sink",
}
"""Words from other libraries, and the word of the glossary."""

EXCEPTIONS = {
    "importer.errors": "the name of every package's errors",
    "importer.JobRecord": "a row of the history",
    "importer.Plan.known_formats": "deprecated",
    "importer.Plan.tail": "deprecated",
    "importer.Preview.opened": "deprecated",
    "importer.Preview.tail": "deprecated",
}


def words_of(name):
    """Words of a name in snake_case, camelCase or with hyphens."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return {word.lower() for word in re.split(r"[\W_]+", spaced) if word}


def parameters_of(value):
    try:
        return [name for name in inspect.signature(value).parameters if not name.startswith("_")]
    except (TypeError, ValueError):
        return []


def names_of(path, value):
    """Every public name behind a name: attributes, methods and parameters."""
    yield path
    if inspect.isclass(value):
        for name in dir(value):
            own = inspect.getattr_static(value, name)
            owner = next((one for one in value.__mro__ if name in vars(one)), object)
            if name.startswith("_") or not owner.__module__.startswith("importer."):
                continue
            yield f"{path}.{name}"
            yield from (f"{path}.{name}({one})" for one in parameters_of(own))
        if is_dataclass(value):
            yield from (f"{path}.{one.name}" for one in fields(value) if not one.name.startswith("_"))
    if callable(value):
        yield from (f"{path}({one})" for one in parameters_of(value))


def public_names():
    for room in (importer, importer.testing, importer.errors):
        for name in room.__all__:
            yield from names_of(f"{room.__name__}.{name}", getattr(room, name))
    [commands] = [one for one in parser()._actions if isinstance(one, argparse._SubParsersAction)]
    for command, made in commands.choices.items():
        yield f"importer {command}"
        yield from (f"importer {command} {flag}" for action in made._actions for flag in action.option_strings)


NAMES = sorted(set(public_names()))


@pytest.mark.parametrize("words", [RETIRED, SYNONYMS], ids=["retired", "synonyms"])
def test_public_names_use_the_words_of_the_glossary(words):
    wrong = {
        name: {word: words[word] for word in words_of(last) & words.keys()}
        for name in NAMES
        for last in [re.split(r"[.( ]", name.rstrip(")"))[-1]]
        if name not in EXCEPTIONS and words_of(last) & words.keys()
    }
    assert wrong == {}


def test_every_exception_is_a_name():
    assert set(EXCEPTIONS) <= set(NAMES)


def test_the_walk_finds_names_of_every_kind():
    found = {
        "importer.Plan.run",
        "importer.Progress.rows_read",
        "importer.load(if_imported)",
        "importer.Job.result(timeout_s)",
        "importer.testing.MemorySink(on_conflict)",
        "importer load --dry-run",
    }
    assert found <= set(NAMES)
