"""Messages of the package as the App says them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import importer
from importer.app._plain import SAYINGS, plain

CODE = re.compile(r"\b[a-z_]+=|importer[. ][a-z]+|--[a-z]")
ROOMS = (
    "errors",
    "recognising",
    "limit",
    "fingerprint",
    "spool",
    "checkpoint",
    "sources/*",
    "sinks/_tables",
    "history",
)
ONLY_IN_CODE = re.compile(r"^<|^ r=|^(size|quote|delimiter|encoding)=|atomic=True|importer\.jobs|JobRecord|schema=")


def messages() -> list[str]:
    """Every text of an error, with … for its values."""
    found = []
    for room in ROOMS:
        for file in Path(importer.__file__).parent.glob(f"{room}.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    parts = (str(part.value) if isinstance(part, ast.Constant) else "'…'" for part in node.values)
                    found.append("".join(parts))
    return [text for text in found if CODE.search(text) and not ONLY_IN_CODE.search(text)]


@pytest.mark.parametrize("message", messages())
def test_no_message_of_the_app_reads_like_code(message: str) -> None:
    assert CODE.search(plain(message)) is None


@pytest.mark.parametrize("saying", SAYINGS)
def test_every_saying_is_one_that_some_message_has(saying: str) -> None:
    package = Path(importer.__file__).parent
    sources = (file.read_text("utf-8") for file in package.rglob("*.py") if file.name != "_plain.py")
    texts = (
        re.sub(r"'?\{[^}]*\}'?", "'…'", node.value)
        if isinstance(node, ast.Constant)
        else "".join(str(part.value) if isinstance(part, ast.Constant) else "'…'" for part in node.values)
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    )
    assert any(re.search(saying, text) for text in texts)
