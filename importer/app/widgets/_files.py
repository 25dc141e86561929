"""The scripts and style sheets of the widgets, read from files: `esm`, `css`."""

from __future__ import annotations

from functools import cache
from importlib import resources

from importer.views import morph_script, panel_style
from importer.views.html import style as common

__all__ = ["css", "esm"]


@cache
def esm(*names: str) -> str:
    """The module of a widget, with what widgets share in front of it: a widget cannot import another file."""
    return morph_script() + "".join(_text(f"{name}.js") for name in ("shortcuts", *names))


@cache
def css() -> str:
    """Style sheet of the App, and of the panel that it contains."""
    text = " ".join(_text(f"{name}.css") for name in ("app", "target", "columns", "grid"))
    return f"{common()} {panel_style()} {' '.join(text.split())}"


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")
