"""The page of public threads names only tests and benchmarks that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "what-people-asked.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")] for line in PAGE.splitlines() if re.match(r"\| \d", line)
]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def functions_of(file: Path) -> set[str]:
    if not file.exists():
        return set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_thread_has_a_link_an_answer_and_a_proof() -> None:
    assert [row[0] for row in ROWS] == [str(n) for n in range(1, 42)]
    for number, thread, hurt, answered, what, proof in ROWS:
        assert re.search(r"\[[\w-]+#\d+\]\(https://github\.com/\S+/\d+\)", thread), number
        assert answered in ("Yes", "Partly", "No"), number
        assert hurt, number
        assert what, number
        assert NAMED.search(proof) or answered == "No", number


def test_the_counts_at_the_top_are_those_of_the_rows() -> None:
    answers = [row[3] for row in ROWS]
    assert f"{answers.count('Yes')} are answered, {answers.count('Partly')} in part." in PAGE


def test_every_test_that_is_named_exists() -> None:
    named = NAMED.findall(PAGE)
    assert len(named) == PAGE.count("`tests/")
    assert [(path, name) for path, name in named if name not in functions_of(ROOT / path)] == []


def test_every_line_of_the_benchmarks_that_is_named_exists() -> None:
    figures = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    named = [
        name for lines in re.findall(r"README\.md`, lines? ([^|]*)", PAGE) for name in re.findall(r"`([\w-]+)`", lines)
    ]
    assert len(named) > len(re.findall(r"README\.md`, line", PAGE))
    assert [name for name in named if f"| {name} |" not in figures] == []
