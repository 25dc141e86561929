"""The words of the views, and their code that has none."""

from __future__ import annotations

import ast
import re
from importlib import resources
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import pytest

import importer
from importer.views._catalogue import catalogue

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

ROOT = Path(importer.__file__).parent
ROOMS = [file for room in ("app", "listeners", "views") for file in sorted((ROOT / room).rglob("*.py"))]
ROOMS += [
    ROOT / f"{name}.py"
    for name in ("engine/_report_page", "engine/_report_view", "engine/_preview_view", "store/_record_view")
]
SENTENCE = re.compile(r"[A-Za-z]{2,},? [a-z]{2,}")
PIECE = re.compile(r"^ [a-z]{2,}|[a-z]{2,} $|^[a-z]{2,}$")
CODE = re.compile(r"^import |^\nimport |^from \w+ import|^with |^plan = |^\s*df\b|^SELECT |^im-|=\"")
SHOWS = {"escape": 0, "note": 0, "badge": 0, "title": 0, "button": 1}
"""Functions that show a text, and which of their arguments that is."""


def shown(source: str) -> list[str]:
    """Texts in the code that are words for people: no docstring, no error, no HTML, no lines of Python."""
    nodes = list(ast.walk(ast.parse(source)))
    silent: list[ast.AST] = [
        node for node in nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ]
    silent += [node for node in nodes if isinstance(node, ast.Raise)]
    silent += [node for node in nodes if isinstance(node, ast.FunctionDef) and node.name == "__repr__"]
    left = {id(part) for node in silent for part in ast.walk(node)}
    calls = [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SHOWS]
    given = {id(arg) for node in calls for arg in node.args[SHOWS[node.func.id] :][:1]}
    pieces = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    found = []
    for node in nodes:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in left:
            continue
        text = re.sub(r"<[^>]*>?|^[^<]*>", "", node.value)
        is_piece = id(node) in pieces and PIECE.search(text)
        if (SENTENCE.search(text) or is_piece or id(node) in given) and not CODE.search(node.value):
            found.append(node.value)
    return found


def test_a_sentence_in_the_code_is_seen() -> None:
    source = """
def draw(n):
    "A docstring."
    if n < 0:
        raise ValueError("an error of one who programs")
    return note(f"{n} rows were read", 'class="im-note') + button("cancel", "Cancel")
"""
    assert sorted(shown(source)) == [" rows were read", "Cancel"]


@pytest.mark.parametrize("file", ROOMS, ids=lambda file: file.name)
def test_no_word_is_in_the_code_of_a_view(file: Traversable) -> None:
    assert shown(file.read_text("utf-8")) == []


def test_every_word_is_in_the_catalogue_and_none_is_left_over() -> None:
    messages = resources.files("importer").joinpath("views/_messages.py")
    sources = [file.read_text("utf-8") for file in (*ROOMS, messages)]
    said = {
        key for text in sources for key in re.findall(r"""["']((?:[a-z]+|\{[a-z]+\})\.[a-z_]*(?:\{[^"]*)?)["']""", text)
    }
    script = resources.files("importer.app.widgets").joinpath("grid.js").read_text("utf-8")
    said |= {f"grid.{name}" for name in re.findall(r"words\.(\w+)", script)}
    known = {f"{room}.{name}" for room, names in catalogue().items() for name in names}
    called = {key for text in sources for key in re.findall(r"""\bsay\(\s*["']([^"']+)["']""", text)}
    ways = [re.compile(re.sub(r"^{[a-z]+}|{.*", r"[a-z]\\w*", key)) for key in said]
    assert {key for key in known if not any(way.fullmatch(key) for way in ways)} == set()
    assert called <= known


def placeholders(sentence: str | dict[str, str]) -> set[str]:
    """Values that a sentence needs."""
    texts = [sentence] if isinstance(sentence, str) else list(sentence.values())
    names = {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}
    return names if isinstance(sentence, str) else names | {"n"}


@pytest.mark.parametrize("file", ROOMS, ids=lambda file: file.name)
def test_every_sentence_gets_the_values_that_it_needs(file: Path) -> None:
    for call in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not (isinstance(call, ast.Call) and getattr(call.func, "id", "") == "say"):
            continue
        given = {keyword.arg for keyword in call.keywords}
        if isinstance(call.args[0], ast.Constant) and None not in given:
            section, name = str(call.args[0].value).split(".")
            assert given == placeholders(catalogue()[section][name]), call.args[0].value


def test_a_pair_has_a_sentence_for_one_and_for_all_other_numbers() -> None:
    pairs = [sentence for names in catalogue().values() for sentence in names.values() if isinstance(sentence, dict)]
    assert all(set(pair) == {"one", "other"} for pair in pairs)
