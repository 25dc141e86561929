"""What a program says of its operation, in a form that views and the history can hold: `text_of`, `json_of`."""

from __future__ import annotations

import json
import operator

from importer.errors import ImporterError, OptionError

__all__ = ["LONGEST_NAME", "count_of", "json_of", "text_of", "why_of"]

LONGEST = 2_000
"""Characters of a text that are kept."""

LONGEST_NAME = 300
"""Characters of a name, or a key."""

LONGEST_JSON = 20_000

DEEPEST = 40


def text_of(value: object, longest: int = LONGEST) -> str:
    r"""The value as text that a screen, a file and a database can hold, cut if it is very long.

    Examples
    --------
    >>> text_of("a" * 9, 5), text_of(12), text_of("half a character: \ud83d")
    ('aaaa…', '12', 'half a character: ?')
    """
    try:
        text = str(value)
    except Exception as exc:  # noqa: BLE001 - a value that cannot be shown stops no operation
        text = f"<{type(value).__name__} that cannot be shown: {type(exc).__name__}>"
    text = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def json_of(value: object) -> str:
    r"""The value as JSON; what JSON cannot hold is text there, and what is too large is named in its place.

    Examples
    --------
    >>> json_of({"n": 1, "rate": float("nan"), "who": {"a"}})
    '{"n": 1, "rate": "nan", "who": "{\'a\'}"}'
    >>> json_of("x" * 50_000)
    '{"left out": "50,002 characters"}'
    """
    try:
        text = json.dumps(_plain(value, DEEPEST), ensure_ascii=False)
    except Exception as exc:  # noqa: BLE001 - a value that cannot be shown stops no operation
        text = json.dumps(text_of(f"{type(value).__name__} that cannot be shown: {type(exc).__name__}"))
    if len(text) > LONGEST_JSON:
        text = json.dumps({"left out": f"{len(text):,} characters"})
    return text.encode(errors="replace").decode()


def _plain(value: object, levels: int) -> object:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        is_plain = type(value) in {int, float} and value - value == 0 and abs(value) < 2**63
        return value if is_plain else text_of(value)
    if levels and isinstance(value, dict):
        return {text_of(key): _plain(one, levels - 1) for key, one in value.items()}
    if levels and isinstance(value, list | tuple):
        return [_plain(one, levels - 1) for one in value]
    return text_of(value)


def why_of(error: BaseException) -> str:
    """Why an operation ended, in the words of the exception.

    Examples
    --------
    >>> why_of(ValueError("no post 7")), why_of(KeyboardInterrupt())
    ('ValueError: no post 7', 'stopped by Ctrl-C')
    """
    if isinstance(error, KeyboardInterrupt):
        return "stopped by Ctrl-C"
    if isinstance(error, GeneratorExit):
        return "its loop was left early"
    if isinstance(error, ImporterError):
        return error.message
    said = text_of(error)
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def count_of(value: object, name: str) -> int:
    """The value as a count of steps.

    Raises
    ------
    OptionError
        If it is none.

    Examples
    --------
    >>> count_of(-1, "total")
    Traceback (most recent call last):
    importer.errors.OptionError: total must be a whole number of steps, 0 or more, not -1
    """
    try:
        found = operator.index(value)  # type: ignore[arg-type]  # that is what it finds out
    except TypeError:
        found = -1
    if not 0 <= found < 2**62:
        raise OptionError(
            f"{name} must be a whole number of steps, 0 or more, not {text_of(repr(value), 80)}",
            facts={"option": name, "value": text_of(value, 80)},
        )
    return found
