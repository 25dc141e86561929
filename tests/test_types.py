"""A type checker knows what the public functions take and return."""

from __future__ import annotations

from pathlib import Path

from mypy import api

HERE = Path(__file__).parent


def test_what_is_returned_can_be_annotated_with_public_names():
    options = ["--config-file", str(HERE.parent / "pyproject.toml"), "--warn-unused-ignores"]
    found, errors, status = api.run([*options, str(HERE / "types_of_the_api.py")])
    assert (status, errors) == (0, ""), found
