"""What the analyst chose, as the code that does the same: `Choices`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from importer.api import plan, table_name
from importer.app._opened import Opened
from importer.sinks import masked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from importer.planning import Plan

__all__ = ["OPENING", "Choices"]

OPENING = ("sheet", "header_row", "delimiter", "encoding")
"""Options that say how the file is opened."""

INTO = "sqlite:///importer.db"
"""Where rows go until the analyst names another place."""

LINE = 88
"""Characters of a call that stays on one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """A file, and the options of `importer.plan` that the analyst chose.

    Attributes
    ----------
    path
        Where the file lies.
    said
        What the analyst would write for it: the path as typed, or the name of the dropped file.
    is_upload
        Whether it came from a browser, and is ours to delete.
    options
        Those that are not left to the importer.
    """

    path: Path
    said: str
    is_upload: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The file's name, as it is shown."""
        return os.path.basename(self.said)  # noqa: PTH119 - a text from a browser is no path

    @property
    def into(self) -> Any:  # noqa: ANN401 - a URL, a path, or a sink
        """Where the rows go."""
        return self.options.get("into", INTO)

    @property
    def table(self) -> str:
        """The table's name."""
        return self.options.get("table") or table_name(self.name)

    def but(self, **options: object) -> Self:
        """The same with other options; those of None are left to the importer."""
        kept = {name: value for name, value in {**self.options, **options}.items() if value not in (None, "", ())}
        return replace(self, options=kept)

    def opened(self, **options: object) -> Opened:
        """The file, open as chosen."""
        chosen = {name: value for name, value in self.options.items() if name in OPENING}
        return Opened(self.path, self.name, **chosen | options)

    def plan(self, source: Opened) -> Plan:
        """The plan for the open file."""
        chosen = {name: value for name, value in self.options.items() if name not in OPENING}
        return plan(source, **{**chosen, "into": self.into, "table": self.table, "listeners": ()})

    def code(self, *lines: str) -> str:
        """Python that does what was clicked.

        Examples
        --------
        >>> from pathlib import Path
        >>> choices = Choices(path=Path("a.csv"), said="a.csv").but(into="sqlite:///shop.db", key=("id",))
        >>> print(choices.code("report = plan.run()"))
        import importer
        <BLANKLINE>
        plan = importer.plan("a.csv", into="sqlite:///shop.db", table="a", key=["id"])
        report = plan.run()
        """
        options = {"into": self.into, "table": self.table, **self.options}
        texts = [_literal(self.said), *(f"{name}={_literal(value)}" for name, value in options.items())]
        call = f"plan = importer.plan({', '.join(texts)})"
        if len(call) > LINE:
            call = "\n".join(["plan = importer.plan(", *(f"    {text}," for text in texts), ")"])
        return "\n".join(["import importer", "", call, *lines])


def _literal(value: object) -> str:
    """Python for a value, in double quotes where it is a text; passwords stay out of it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, os.PathLike):
        return _literal(os.fspath(value))
    if isinstance(value, str):
        text = repr(masked(value) if "://" in value else value)
        return f'"{text[1:-1].replace(chr(34), chr(92) + chr(34))}"' if text.startswith("'") else text
    return repr(value)
