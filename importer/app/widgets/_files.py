"""The scripts and style sheets of the widgets, read from files: `esm`, `css`."""

from __future__ import annotations

from functools import cache
from importlib import resources

from importer.views import morph_script, panel_style
from importer.views.html import style as common

__all__ = ["css", "esm"]


@cache
def esm(name: str) -> str:
    """The module of a widget, with the function ``morph`` in front of it: a widget cannot import another file."""
    return morph_script() + resources.files(__package__).joinpath(f"{name}.js").read_text("utf-8")


@cache
def css() -> str:
    """Style sheet of the App, and of the panel that it contains."""
    here = resources.files(__package__)
    text = " ".join(here.joinpath(f"{name}.css").read_text("utf-8") for name in ("app", "target", "columns"))
    return f"{common()} {panel_style()} {' '.join(text.split())}"
