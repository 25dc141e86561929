"""What errors and notes say to a user with a mouse; the only place that knows how they are worded."""

from __future__ import annotations

from importer.errors import ImporterError
from importer.views import for_mouse, say

__all__ = ["offers_of", "sentence_of", "worded"]


def sentence_of(error: Exception) -> str:
    """What an error says."""
    return for_mouse(error) if isinstance(error, ImporterError | OSError) else say("app.unexpected", error=repr(error))


def offers_of(error: Exception) -> tuple[str, ...]:
    """Options of the file that may fix an error, so that the App can offer them next to it."""
    return tuple(error.options) if isinstance(error, ImporterError) else ()


def worded(text: str) -> str:
    """A note or a reason that is kept as text, without Python in it."""
    return for_mouse(text)
