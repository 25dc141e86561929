"""What is to become of the posts of one chunk: `Row`, `wish_of`, `Tally`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from importer.core import Refusal, Written
from importer.sinks.wordpress._draft import held
from importer.sinks.wordpress._ledger import Intent, digest
from importer.sinks.wordpress._posts import Wish

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.sinks._protocol import Mode
    from importer.sinks.wordpress._draft import Drafting
    from importer.sinks.wordpress._kind import Kind
    from importer.sinks.wordpress._ledger import Ledger
    from importer.sinks.wordpress._posts import LookUp

__all__ = ["KEY", "Row", "Tally", "refusal_of", "rounds", "wish_of"]

KEY = "slug"


class Row(NamedTuple):
    """A row.

    Attributes
    ----------
    number
        As the spreadsheet numbers it.
    key, slug
        What its cell says, and what its post has.
    cells
        Its other cells by column.
    """

    number: int
    key: str
    slug: str
    cells: Mapping[str, Any]


@dataclass(slots=True)
class Tally:
    """What one `Sink.write` did so far."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[Refusal] = field(default_factory=list)
    warned: list[Refusal] = field(default_factory=list)

    @property
    def written(self) -> Written:
        """The same, in the order of the rows."""
        return Written(
            created=self.counts["create"],
            updated=self.counts["update"],
            unchanged=self.counts["keep"],
            refused=tuple(sorted(self.refused, key=lambda one: one.row)),
            warned=tuple(sorted(self.warned, key=lambda one: one.row)),
        )


def rounds(rows: list[Row]) -> list[list[Row]]:
    """The rows in as many rounds as one slug comes; those of one slug in their order.

    Examples
    --------
    >>> found = rounds([Row(2, "a", "a", {}), Row(3, "a", "a", {}), Row(4, "b", "b", {})])
    >>> [[row.number for row in each] for each in found]
    [[2, 4], [3]]
    """
    found: list[list[Row]] = []
    counts: Counter[str] = Counter()
    for row in rows:
        if counts[row.slug] == len(found):
            found.append([])
        found[counts[row.slug]].append(row)
        counts[row.slug] += 1
    return found


def refusal_of(row: Row, there: LookUp, intent: Intent | None, mode: Mode, *, is_ours: bool) -> Refusal | None:
    """Why the row may not go in, as the look-up and the job's way with keys have it.

    Parameters
    ----------
    is_ours
        Whether an undo has put the post that is in the trash there.
    """
    if there.trashed is not None and not is_ours:
        why = "its post is in the trash: restore it in WordPress, or delete it for good"
        return Refusal(row=row.number, rule="constraint-error", message=why, column=KEY)
    if there.why_not is not None:
        return Refusal(row=row.number, rule="constraint-error", message=there.why_not, column=KEY)
    if intent is None and there.post is None and mode.on_conflict == "update_only":
        return Refusal(row=row.number, rule="unknown-key", message="no post has its slug", column=KEY)
    if intent is None and there.post is not None and mode.on_conflict == "reject":
        return Refusal(row=row.number, rule="unique-error", message="a post has its slug already", column=KEY)
    return None


def wish_of(  # noqa: PLR0913 - what a decision needs
    row: Row,
    there: LookUp,
    intent: Intent | None,
    mode: Mode,
    *,
    kind: Kind,
    drafting: Drafting,
    ledger: Ledger,
) -> Wish | str:
    """What to do for a row: a wish, or how to count it if there is nothing to do.

    Parameters
    ----------
    intent
        What an earlier run intended for this row and may have done.

    Raises
    ------
    CellError
        If a cell holds what no post can hold.
    DoubtError
        If nobody knows whether the site made a term or took a picture.
    """
    post = there.post
    if post is not None and intent is None and mode.on_conflict == "skip":
        return "keep"
    is_kept = post is not None and mode.keeps_empty
    wanted = drafting.draft({name: cell for name, cell in row.cells.items() if cell is not None or not is_kept})
    if post is None:
        fields = {name: value for name, value in wanted.items() if value not in (None, "", [], 0)}
        new = intent or Intent(slug=row.slug, row=row.number, action="create")
        return Wish(new if there.trashed is None else replace(new, post_id=there.trashed["id"]), fields, wanted)
    fields = held(post, kind)
    changes = {name: value for name, value in wanted.items() if fields.get(name) != value}
    if not changes or ledger.is_as_left(row.slug, digest(wanted), digest(fields)):
        return "keep" if intent is None else intent.action
    before = {name: fields.get(name) for name in changes}
    found = intent or Intent(slug=row.slug, row=row.number, action="update", before=before)
    return Wish(replace(found, post_id=post["id"]), changes, wanted, post)
