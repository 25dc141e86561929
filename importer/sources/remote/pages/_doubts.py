"""What may be wrong with pages that were all fetched: `doubts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import Fix, Note

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.sources.remote.pages._journal import Kept
    from importer.sources.remote.pages._pages import Pages

__all__ = ["doubts"]


def doubts(pages: Pages, kept: Sequence[Kept], *, is_cut: bool) -> Iterator[Note]:
    """What is to be told before the rows are imported.

    Parameters
    ----------
    is_cut
        Whether there are more pages than were wanted.
    """
    rows, repeated = sum(one.rows for one in kept), sum(one.repeated for one in kept)
    total = kept[-1].total if kept else None
    if is_cut:
        said = "only the first page was" if len(kept) == 1 else f"only the first {len(kept):,} pages were"
        yield Note(f"{said} fetched, and there are more", [Fix("max_pages")], code="pages-cut", kind="rows")
    elif total is not None and total != rows:
        ways = [Fix(name, ...) for name in ("next", "page", "offset")] if len(kept) == 1 and rows < total else []
        said = f"the interface tells of {total:,} {'row' if total == 1 else 'rows'}, and {rows:,} came"
        yield Note(said, ways, code="pages-total", kind="doubt", n=abs(total - rows))
    elif total is None and len(kept) == 1 and kept[0].lacks_next and rows:
        said = f"the first page has no field {pages.next!r}, so it is taken for the only one"
        yield Note(said, code="pages-next-absent", kind="doubt")
    if any(one.lacks_end for one in kept):
        said = "the lines came without their length: if the connection broke off between two of them, nobody noticed"
        yield Note(said, code="pages-no-length", kind="doubt")
    if repeated:
        are = "1 row stands" if repeated == 1 else f"{repeated:,} rows stand"
        said = f"{are} on two pages in a row: what is there may have changed while it was fetched"
        yield Note(said, ["give a key, which makes them one"], code="pages-overlap", kind="doubt", n=repeated)
