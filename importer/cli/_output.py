"""The streams of a command: what becomes of it when nobody can read them, and how warnings read there."""

from __future__ import annotations

import errno
import os
import sys
import warnings
from contextlib import contextmanager, nullcontext, redirect_stdout, suppress
from typing import TYPE_CHECKING, Any, TextIO, cast

from importer.core import why
from importer.errors import ImporterError
from importer.views import for_shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

__all__ = ["UnwrittenError", "can_hold", "complain", "put", "standard_streams", "with_status"]

GONE = {errno.EPIPE, errno.EIO}
"""Nobody reads any more: the pipe was closed, as by ``head``, or the terminal."""


class UnwrittenError(Exception):
    """Standard output takes no more.

    Attributes
    ----------
    status
        Exit status of the command, had its output been written.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error
        self.status = 0

    def told(self) -> int:
        """Say so if somebody may still want the output, and return the exit status, which is then not 0."""
        _silence(sys.__stdout__)
        if self.error.errno in GONE:
            return self.status
        complain(f"standard output cannot be written: {why(self.error)}")
        return self.status or 1


class _Output:
    """A stream that tells its own errors from those of other files."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write as usual; characters that the encoding lacks are escaped."""
        try:
            return self._stream.write(text if can_hold(self._stream, text) else _escaped(self._stream, text))
        except OSError as exc:
            raise UnwrittenError(exc) from exc

    def flush(self) -> None:
        """Flush as usual."""
        try:
            self._stream.flush()
        except OSError as exc:
            raise UnwrittenError(exc) from exc


def can_hold(stream: TextIO, text: str) -> bool:
    """Whether the encoding of the stream has all characters of the text, which an ASCII terminal has not."""
    try:
        text.encode(stream.encoding or "utf-8", stream.errors or "strict")
    except UnicodeEncodeError:
        return False
    return True


def _escaped(stream: TextIO, text: str) -> str:
    return text.encode(stream.encoding, "backslashreplace").decode(stream.encoding)


def put(text: str) -> None:
    """Print what another program reads, which is never escaped.

    Raises
    ------
    ImporterError
        If the encoding of standard output lacks a character.
    """
    if not can_hold(sys.stdout, text):
        raise ImporterError(
            f"standard output is {sys.stdout.encoding}, which lacks characters of what is to be printed",
            code="output-encoding",
            facts={"encoding": sys.stdout.encoding},
            fixes=["set PYTHONIOENCODING=utf-8"],
        )
    sys.stdout.write(text)


@contextmanager
def with_status(status: int) -> Iterator[None]:
    """Keep the exit status of what is told inside, in case that it cannot be."""
    try:
        yield
        sys.stdout.flush()
    except UnwrittenError as exc:
        exc.status = status
        raise


@contextmanager
def standard_streams() -> Iterator[None]:
    """Have `UnwrittenError` where standard output cannot be written, and warnings in one sentence, while inside."""
    _occupy()
    plain = warnings.showwarning
    warnings.showwarning = _show
    try:
        with redirect_stdout(cast("TextIO", _Output(sys.stdout))):
            yield
    finally:
        warnings.showwarning = plain
        # Python flushes at its end, and would print a traceback.
        for stream in (sys.__stdout__, sys.__stderr__):
            try:
                if stream is not None:
                    stream.flush()
            except (OSError, ValueError):
                _silence(stream)


def _show(message: Warning | str, *_place: object, **_line: object) -> None:
    """Print a warning as the shell says it; the place in the code tells a person nothing."""
    said = message.args[0] if isinstance(message, Warning) and message.args else message
    with _beside_bar():
        complain(for_shell(said if isinstance(said, str) else str(said)))


def _beside_bar() -> AbstractContextManager[None]:
    """Clear the bar that stands in the line of a warning, and draw it again below."""
    std = sys.modules.get("tqdm.std")
    return nullcontext() if std is None else std.tqdm.external_write_mode(sys.stderr)


def _occupy() -> None:
    """Open streams that the caller closed: their numbers would go to a database, and a message into its file."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # The lowest number that is free.
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - until the end


def complain(text: str) -> None:
    """Print a sentence to standard error, if anybody can read it."""
    try:
        print(f"importer: {text}", file=sys.stderr, flush=True)
    except OSError:
        _silence(sys.__stderr__)


def _silence(stream: TextIO | None) -> None:
    """Let nothing more go to a stream that is gone, not even when Python ends."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # type: ignore[union-attr]
        os.close(nowhere)
