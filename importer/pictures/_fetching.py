"""Many pictures, fetched side by side: `Fetching`."""

from __future__ import annotations

import math
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from importer.pictures._cache import Cache
from importer.pictures._ending import Ending
from importer.pictures._faults import PictureError, needs

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from concurrent.futures import Future
    from threading import Event
    from types import TracebackType

    from importer.core import Images

__all__ = ["Fetched", "Fetching"]


LISTEN_S = 0.1
"""Longest single wait, after which somebody may want it to end."""


class Fetched(NamedTuple):
    """What became of one address.

    Attributes
    ----------
    address
        The address.
    path
        The file; None if it cannot be had.
    why
        Why not; empty if it is here.
    is_new
        Whether it was fetched now.
    """

    address: str
    path: Path | None
    why: str = ""
    is_new: bool = False


class Fetching:
    """Fetches pictures into the cache; use it with ``with``.

    An address that failed is not asked again as long as it is open, and by the next one.

    Parameters
    ----------
    images
        How.
    stop
        Once it is set, everything ends.

    Raises
    ------
    OptionError
        If a package is missing.
    StoreError
        If the cache cannot be used.
    """

    def __init__(self, images: Images, stop: Event | None = None) -> None:
        try:
            from importer.pictures._asking import Asking
        except ImportError as exc:
            raise needs("httpx", exc) from exc
        try:
            from importer.pictures._content import looked_at
        except ImportError as exc:
            raise needs("pillow", exc) from exc
        self._images, self._looked_at = images, looked_at
        self._how = "" if images.max_width is None else f"max_width={images.max_width}"
        self._max_age_s = math.inf if images.max_age_s is None else images.max_age_s
        self._stop = Ending(stop)
        self._asking = Asking(images, self._stop)
        folder = images.folder
        self._cache = Cache(images.cache_bytes) if folder is None else Cache(None, Path(folder))
        self._failed: dict[str, str] = {}

    def fetch(
        self, addresses: Iterable[str], tick: Callable[[], object] = lambda: None
    ) -> Generator[Fetched, None, None]:
        """What becomes of each address, in the order in which they are done, each once.

        Parameters
        ----------
        addresses
            The addresses.
        tick
            Called now and then while nothing is done; what it raises ends all.

        Raises
        ------
        StoreError
            If the cache cannot be written.
        """
        left = iter(dict.fromkeys(addresses))
        pool = ThreadPoolExecutor(self._images.workers, thread_name_prefix="importer-pictures")
        try:
            # No more than are in hand, so that a million addresses are no million tasks.
            coming = {pool.submit(self._one, one) for one in islice(left, 2 * self._images.workers)}
            while coming:
                done: set[Future[Fetched]]
                done, coming = wait(coming, LISTEN_S, return_when=FIRST_COMPLETED)
                if self._stop.is_set():
                    self._asking.cut()
                tick()
                coming |= {pool.submit(self._one, one) for one in islice(left, len(done))}
                for each in done:
                    yield each.result()
        except BaseException:
            self.stop()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def next_set(self) -> None:
        """Begin with other pictures: the cache may let go of those before the last ones."""
        self._cache.next_set()

    def stop(self) -> None:
        """Have what is being fetched end soon; what comes of it is of no use."""
        self._stop.set()
        self._asking.cut()

    def close(self) -> None:
        """End everything."""
        self.stop()
        self._asking.close()
        self._cache.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _one(self, address: str) -> Fetched:
        if (why := self._failed.get(address)) is not None:
            return Fetched(address, None, why)
        if (kept := self._cache.find(address, self._how, self._max_age_s)) is not None:
            return Fetched(address, kept.path)
        part = self._cache.part()
        try:
            self._asking.fetch(address, part)
            looks = self._looked_at(part, self._images)
            kept = self._cache.keep(part, address, looks.suffix, self._how)
        except OSError as exc:
            raise self._cache.unusable(exc) from exc
        except PictureError as exc:
            self._failed[address] = str(exc)
            return Fetched(address, None, str(exc))
        finally:
            with suppress(OSError):
                part.unlink()
        return Fetched(address, kept.path, is_new=True)
