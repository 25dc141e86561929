"""A function that is called with the wrong arguments says so in words: `called_rightly`."""

from __future__ import annotations

from functools import wraps
from inspect import Parameter, signature
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from importer.core import raise_for_unknown
from importer.errors import Fix, OptionError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["called_rightly"]

P = ParamSpec("P")
T = TypeVar("T")


def called_rightly(function: Callable[P, T]) -> Callable[P, T]:
    """The same function, whose arguments are looked at first; Python says less of them, below our own code.

    Examples
    --------
    >>> @called_rightly
    ... def draw(shape: str, *, into: str) -> None: ...
    >>> draw("circle", colour="red")
    Traceback (most recent call last):
    importer.errors.OptionError: draw() has no option 'colour': there are: into
    >>> draw("circle")
    Traceback (most recent call last):
    importer.errors.OptionError: draw() needs into; give into=…
    >>> draw("circle", "a.png")
    Traceback (most recent call last):
    importer.errors.OptionError: draw() takes only shape without a name; give into='a.png'
    """
    wanted = signature(function).parameters
    bare = [name for name, one in wanted.items() if one.kind is Parameter.POSITIONAL_OR_KEYWORD]
    named = [name for name, one in wanted.items() if one.kind is Parameter.KEYWORD_ONLY]
    needed = [name for name, one in wanted.items() if one.default is Parameter.empty]
    name = f"{function.__name__}()"

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        if len(args) > len(bare):
            fixes = [Fix(option, value) for option, value in zip(named, args[len(bare) :], strict=False)]
            raise OptionError(f"{name} takes only {', '.join(bare)} without a name", code="option-unnamed", fixes=fixes)
        raise_for_unknown(kwargs, [*bare[len(args) :], *named], of=name)
        given = {*bare[: len(args)], *kwargs}
        if missing := [one for one in needed if one not in given]:
            raise OptionError(
                f"{name} needs {' and '.join(missing)}",
                code="option-missing",
                facts={"options": missing},
                fixes=[Fix(one) for one in missing],
            )
        return function(*args, **kwargs)

    return checked
