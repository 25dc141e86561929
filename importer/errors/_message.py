"""A sentence that says what is wrong, and what to do about it: `Message`, `Fix`, `Command`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from importer.errors._visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Command", "Fix", "Message", "Remedy", "in_code", "joined"]


@dataclass(frozen=True, slots=True)
class Fix:
    """An option to give.

    Attributes
    ----------
    option
        Its name, as `importer.load` spells it.
    value
        The value to give; ``...`` if the user has to find it.
    when
        Words after it: when it helps, or why.

    Examples
    --------
    >>> Fix("header_row", 0).as_python(), Fix("encoding").as_python()
    ('header_row=0', 'encoding=…')
    """

    option: str
    value: object = ...
    when: str = ""

    def as_python(self) -> str:
        """The option as a keyword argument."""
        return f"{self.option}={_literal(self.value)}"


@dataclass(frozen=True, slots=True)
class Command:
    """A function to call, which is a command in a shell and a button on a screen.

    Attributes
    ----------
    what
        What it does, in words: "resume it".
    name
        The command: ``"resume"``, ``"show"``, ``"jobs"`` or ``"load"``.
    argument
        Its argument; ``...`` if the user has to find it.
    options
        Options to give with it.

    Examples
    --------
    >>> Command("resume it", "resume", "4c1d8a52", (Fix("into"),)).as_python()
    "importer.resume('4c1d8a52', into=…)"
    """

    what: str
    name: str
    argument: object = None
    options: tuple[Fix, ...] = ()

    def as_python(self) -> str:
        """The call."""
        arguments = [] if self.argument is None else [_literal(self.argument)]
        arguments += [option.as_python() for option in self.options]
        return f"importer.{'job' if self.name == 'show' else self.name}({', '.join(arguments)})"


def _literal(value: object) -> str:
    """The value in Python, with … in place of what the user has to find."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key!r}: {_literal(one)}' for key, one in value.items())}}}"
    return "…" if value is ... else repr(value)


Remedy: TypeAlias = Fix | Command | str
"""What to do: an option to give, a function to call, or words for what no option does."""


class Message(str):
    """A sentence with its remedies; as text it reads as in Python, and ``importer.views`` has the other forms.

    Attributes
    ----------
    sentence
        What is wrong and where, without code.
    fixes
        What to do about it; any one of them helps.

    Examples
    --------
    >>> print(Message("'a.csv' has only one row", ["export it again", Fix("header_row", 0, "if it is not a header")]))
    'a.csv' has only one row; export it again, or give header_row=0 if it is not a header
    """

    __slots__ = ("fixes", "sentence")

    sentence: str
    fixes: tuple[Remedy, ...]

    def __new__(cls, sentence: str, fixes: Iterable[Remedy] = ()) -> Self:
        """Write the Python form."""
        fixes = tuple(fixes)
        if isinstance(sentence, Message):
            fixes = (*sentence.fixes, *fixes)
            sentence = sentence.sentence
        sentence = visible(sentence)
        whole = visible(joined(sentence, in_code(fixes, lambda fix: fix.as_python())))
        message = super().__new__(cls, whole)
        message.sentence, message.fixes = sentence, fixes
        return message

    def after(self, words: str) -> Message:
        """The same message with words before its sentence.

        Examples
        --------
        >>> print(Message("it is taken", [Fix("table", "b")]).after("table 'a': "))
        table 'a': it is taken; give table='b'
        """
        return Message(words + self.sentence, self.fixes)

    def as_json(self) -> str:
        """The message as JSON, from which `of_json` makes it again.

        Examples
        --------
        >>> message = Message("it is taken", ["wait", Command("see it", "show", "4c1d"), Fix("mapping", {"id": ...})])
        >>> Message.of_json(message.as_json()) == message
        True
        """
        fixes = [fix if isinstance(fix, str) else _written(fix) for fix in self.fixes]
        return json.dumps({"sentence": self.sentence, "fixes": fixes}, ensure_ascii=False, default=_text)

    @classmethod
    def of_json(cls, text: str) -> Self:
        """The message that was written as JSON."""
        kept = json.loads(text)
        return cls(kept["sentence"], [fix if isinstance(fix, str) else _read(fix) for fix in kept["fixes"]])


def _written(fix: Fix | Command) -> dict[str, Any]:
    return {field.name: getattr(fix, field.name) for field in fields(fix)} | (
        {"options": [_written(option) for option in fix.options]} if isinstance(fix, Command) else {}
    )


def _text(value: object) -> str:
    return "…" if value is ... else str(value)


def _read(kept: Mapping[str, Any]) -> Fix | Command:
    if "what" in kept:
        options = tuple(Fix(**_opened(option)) for option in kept["options"])
        return Command(**{**_opened(kept), "options": options})
    return Fix(**_opened(kept))


def _opened(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The value with … for what the user has to find."""
    if isinstance(value, Mapping):
        return {key: _opened(one) for key, one in value.items()}
    return ... if value == "…" else value


def in_code(fixes: Iterable[Remedy], write: Callable[[Fix | Command], str]) -> Iterator[str]:
    """What to do, each option and command as code."""
    is_list = False
    for fix in fixes:
        match fix:
            case Fix():
                yield " ".join(filter(None, ["" if is_list else "give", write(fix), fix.when]))
            case Command():
                yield f"{fix.what} with {write(fix)}"
            case _:
                yield fix
        is_list = isinstance(fix, Fix) and not fix.when


def joined(sentence: str, ways: Iterable[str]) -> str:
    """The sentence, then what to do.

    Examples
    --------
    >>> joined("it is full", ["make room", "name another folder"]), joined("it is full", [])
    ('it is full; make room, or name another folder', 'it is full')
    """
    do = ", or ".join(ways)
    return f"{sentence}; {do}" if do else sentence
