"""The body of a request for an import, which arrives piece by piece: `Incoming`, as JSON or as a form with a file."""

from __future__ import annotations

import shutil
import threading
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from importer.core import private_folder, uploads_home, why
from importer.server._handler import LARGEST_BODY, parsed_body, too_large
from importer.server._problem import ProblemError
from importer.server._submission import Submission
from importer.store import Upload, sweep_uploads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.server._places import Places

__all__ = ["Incoming", "incoming"]

FORM = "multipart/form-data"
JOB, FILE = "job", "file"
"""The two parts of a form."""

MOST_PARTS = 8


class Incoming(Protocol):
    """A body of which nothing but options is ever in memory as a whole. Called from one thread at a time."""

    def take(self, piece: bytes) -> None:
        """The next bytes of it."""
        ...

    def submission(self, places: Places) -> Submission:
        """What it asks for, once all of it is here."""
        ...

    def keep(self) -> None:
        """Leave what arrived to its job."""
        ...

    def drop(self) -> None:
        """Delete what arrived, unless a job has it by now."""
        ...


def incoming(content_type: str, length: int | None, largest_upload: int) -> Incoming:
    """What takes a body of this type, and of so many bytes if that is known.

    Raises
    ------
    ProblemError
        If it is too large.
    """
    kind, given = parse_options_header(content_type)
    largest = largest_upload if kind == FORM else LARGEST_BODY
    if length is not None and length > largest:
        raise too_large(largest)
    if kind != FORM:
        return _Json(content_type)
    try:
        free = shutil.disk_usage(private_folder(uploads_home())).free
    except OSError as exc:
        raise _not_kept(exc) from exc
    if length is not None and length > free:
        raise ProblemError.of(
            HTTPStatus.INSUFFICIENT_STORAGE, "no-room", f"the file does not fit: {free:,} bytes are free on the server"
        )
    return _Form(given, largest)


class _Json:
    """Names a file that is there."""

    def __init__(self, content_type: str) -> None:
        self._content_type = content_type
        self._sent = bytearray()

    def take(self, piece: bytes) -> None:
        if len(self._sent) + len(piece) > LARGEST_BODY:
            raise too_large(LARGEST_BODY)
        self._sent += piece

    def submission(self, places: Places) -> Submission:
        return Submission.of(parsed_body(bytes(self._sent), self._content_type), places)

    def keep(self) -> None:
        pass

    def drop(self) -> None:
        pass


class _Form:
    """Brings the file along, which goes to disk as it arrives."""

    def __init__(self, given: Mapping[str, str], largest: int) -> None:
        try:
            self._parser = PushMultipartParser(
                given.get("boundary", ""), max_segment_count=MOST_PARTS, max_segment_size=largest, strict=True
            )
        except MultipartError as exc:
            raise _malformed(str(exc)) from exc
        self._left = largest
        self._largest = largest
        self._part = ""
        self._job: bytearray | None = None
        self._upload: Upload | None = None
        self._lock = threading.Lock()
        self._is_over = False

    def take(self, piece: bytes) -> None:
        with self._lock:
            if self._is_over:
                return
            self._left -= len(piece)
            if self._left < 0:
                raise too_large(self._largest)
            try:
                for event in self._parser.parse(piece):
                    if isinstance(event, MultipartSegment):
                        self._begin(event)
                    elif event:
                        self._add(event)
            except MultipartError as exc:
                raise _malformed(str(exc)) from exc
            except OSError as exc:
                raise _not_kept(exc) from exc

    def submission(self, places: Places) -> Submission:
        try:
            self._parser.close()
        except MultipartError as exc:
            raise _malformed(str(exc)) from exc
        if self._upload is None:
            raise _malformed(f"it has no part {FILE!r} with a file")
        sent = parsed_body(bytes(self._job or b""), "application/json")
        return Submission.of(sent, places, upload=self._upload)

    def keep(self) -> None:
        self._is_over = True

    def drop(self) -> None:
        with self._lock:
            if self._upload is not None and not self._is_over:
                self._upload.drop()
            self._is_over = True

    def _begin(self, part: MultipartSegment) -> None:
        self._part = part.name or ""
        if self._part == JOB and self._job is None:
            self._job = bytearray()
        elif self._part == FILE and self._upload is None:
            if not part.filename:
                raise _malformed(f"its part {FILE!r} has no name of a file")
            sweep_uploads()
            self._upload = Upload(str(uuid.uuid4()), part.filename)
        else:
            raise _malformed(f"it has a part {self._part[:80]!r}; it takes one {JOB!r} and one {FILE!r}")

    def _add(self, piece: bytes) -> None:
        if self._part == FILE and self._upload is not None:
            self._upload.write(piece)
        elif self._job is not None:
            if len(self._job) + len(piece) > LARGEST_BODY:
                raise too_large(LARGEST_BODY)
            self._job += piece


def _not_kept(exc: OSError) -> ProblemError:
    said = f"the file cannot be kept: {why(exc)}"
    return ProblemError.of(HTTPStatus.INSUFFICIENT_STORAGE, "no-room", said)


def _malformed(reason: str) -> ProblemError:
    return ProblemError.of(HTTPStatus.BAD_REQUEST, "not-a-form", f"the body is not a form that can be read: {reason}")
