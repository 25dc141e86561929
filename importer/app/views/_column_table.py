"""The table of the columns: a line for each, and a field that finds one among many: `draw_table`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from importer.app._messages import worded
from importer.app.choices import FORMATS, KINDS, ColumnChoice, wrong_names
from importer.app.views._controls import Option, button, check_box, select, text
from importer.app.views._kinds import kind_badge, kind_class, kind_name, kind_of
from importer.core import letter
from importer.schema import schema_columns
from importer.views import say
from importer.views.html import Html, escape, exact, part, scrolling

if TYPE_CHECKING:
    from collections.abc import Mapping

    import dataframely as dy

    from importer.app._model import Looked
    from importer.app.choices import Choices, Target
    from importer.schema import Match
    from importer.schema.inference import Guess

__all__ = ["draw_table"]

HEADS = ("key", "column", "from", "type", "required", "values", "why")

FEW = 12
"""Columns that need no field to find one."""


def draw_table(looked: Looked, target: Target, choices: Choices, *, find: str, most: int) -> Html:
    """The lines in which the text occurs, at most so many."""
    lines = _Lines(looked=looked, target=target, choices=choices)
    found = [one for one in target.matches if lines.has(one, find.casefold().strip())]
    heads = "".join(f'<th scope="col">{escape(say(f"columns.{name}"))}</th>' for name in HEADS)
    rows = "".join(part(lines.draw(one)) for one in found[:most])
    drawn = Html(f'<table class="im-table im-match"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>')
    more = min(len(found) - most, most)
    beyond = button("more_columns", say("columns.show_more", n=more)) if more > 0 else ""
    return Html(
        f"{_finder(find, len(found), len(target.matches))}{lines.headers}"
        f"{scrolling(drawn, say('columns.label'))}{beyond}"
    )


def _finder(find: str, found: int, columns: int) -> Html:
    """The field that finds a column, if there are many."""
    if columns <= FEW and not find:
        return Html("")
    field = text("find", say("columns.find"), find, hint=say("columns.find_hint"), typing="find")
    said = f'<span role="status">{escape(say("columns.found", n=found, all=columns))}</span>' if find else ""
    whole = button("find", say("columns.find_all"), value="") if find else ""
    return Html(f'<div class="im-finder">{field}{said}{whole}</div>')


@dataclass(frozen=True, kw_only=True)  # without slots: what all lines share is kept
class _Lines:
    """What the lines share."""

    looked: Looked
    target: Target
    choices: Choices

    @cached_property
    def is_mine(self) -> bool:
        """Whether the columns come from the file, so that they can be changed."""
        return self.looked.draft.inference is not None

    @cached_property
    def columns(self) -> Mapping[str, dy.Column]:
        return schema_columns(self.target.schema)

    @cached_property
    def key(self) -> frozenset[str]:
        return frozenset(self.target.key_of(self.choices))

    @cached_property
    def guesses(self) -> Mapping[str, Guess]:
        inference = self.looked.draft.inference
        return {} if inference is None else {guess.name: guess for guess in inference.guesses}

    @cached_property
    def before(self) -> Mapping[str, str]:
        """The names by which the choices know columns that have another name now."""
        return self.target.named_before

    @cached_property
    def wrong(self) -> Mapping[str, str]:
        return wrong_names(self.looked.look.reading.header, self.choices.columns) if self.is_mine else {}

    @cached_property
    def letters(self) -> Mapping[str, str]:
        header = self.looked.look.reading.header
        return {label: letter(place) for place, label in enumerate(header.labels, header.first)}

    @property
    def headers(self) -> Html:
        """The headers to choose from, once for all lists."""
        if self.is_mine:
            return Html("")
        options = "".join(
            f'<option value="{exact(label)}">{escape(f"{at} {label}")}</option>' for label, at in self.letters.items()
        )
        return part(Html(f'<datalist data-options="from">{options}</datalist>'))

    def has(self, found: Match, text: str) -> bool:
        """Whether the text, in lower case, occurs in what the line says."""
        return not text or text in self.searched(found)

    def searched(self, found: Match) -> str:
        """What is searched of a line, in lower case."""
        parts = (found.column, found.label or "", kind_name(self.kind(found)), self.why(found)[0])
        return "\n".join(parts).casefold()

    def kind(self, found: Match) -> str:
        """The type, as chosen even if the plan is still being made."""
        chosen = self.choice(found).kind if self.is_mine else None
        return chosen or kind_of(self.columns[found.column].dtype)

    def choice(self, found: Match) -> ColumnChoice:
        return self.choices.columns.get(self.of(found), ColumnChoice())

    def of(self, found: Match) -> str:
        """The name by which the choices know the column."""
        return self.before.get(found.column, found.column)

    def draw(self, found: Match) -> Html:
        """One line."""
        name, of = found.column, self.of(found)
        # Corrected rows keep the key of the import that they belong to.
        is_fixed = self.choices.corrects is not None
        marks = check_box("key", say("columns.key_of", column=name), of=of, is_on=name in self.key, off=is_fixed)
        values = "" if found.label is None else ", ".join(self.looked.look.samples.get(found.label, ()))
        why, is_doubtful = self.why(found)
        mark = "im-warn" if is_doubtful else "im-quiet" if found.label is None else ""
        return Html(
            f'<tr data-find="{exact(self.searched(found))}"><td>{marks}</td>'
            f'<th scope="row">{self._name(found)}</th><td>{self._from(found)}</td>'
            f'<td class="im-kinds">{self._kind(found)}</td><td>{self._required(found)}</td>'
            f'<td class="im-values">{escape(values)}</td><td class="im-long {mark}">{escape(why)}</td></tr>'
        )

    def _name(self, found: Match) -> Html:
        """The name in the table, which can be changed if the file brings the column."""
        if not self.is_mine:
            return escape(found.column)
        of = self.of(found)
        given, wrong = self.choice(found).name, self.wrong.get(of)
        shown, label, is_wrong = of if given is None else given, say("columns.name_of", column=of), wrong is not None
        field = text("name", label, shown, of=of, bare=True, is_wrong=is_wrong)
        if wrong is None:
            return field
        return Html(f'{field}<span class="im-wrong" role="alert">{escape(wrong)}</span>')

    def label(self, found: Match) -> str | None:
        """The header that fills the column, as chosen even if the plan is still being made."""
        if self.choice(found).is_left_out:
            return None
        chosen = self.choices.options.get("mapping", {})
        given = chosen.get(self.of(found), found.label)
        is_taken = given == found.label and given in chosen.values() and chosen.get(self.of(found)) != given
        return None if is_taken or given not in self.letters else given

    def _from(self, found: Match) -> Html:
        """Which header fills the column; a header fills one column at most."""
        label = self.label(found)
        options = [] if label is None else [Option(value=label, text=f"{self.letters[label]} {label}")]
        if self.is_mine or self.target.is_there or label is None:
            options.append(Option(value="", text=say("columns.leave_out" if self.is_mine else "columns.nothing")))
        name, more = say("columns.from_of", column=found.column), "" if self.is_mine else "from"
        drawn = select("from", name, options, label or "", of=self.of(found), bare=True, more=more)
        if label is not None:
            return Html(drawn + self._default(found, label))
        return drawn if self.is_mine else Html(drawn + self._constant(found))

    def _default(self, found: Match, label: str) -> Html:
        """The value in place of empty cells, if the sample has any or must not."""
        given = self.choices.options.get("defaults", {}).get(self.of(found), "")
        is_given = self.choices.corrects is None and (self.is_mine or self.target.is_there)
        if not is_given or (not given and self.looked.look.filled.get(label, 1) == 1):
            return Html("")
        name, hint = say("columns.default_of", column=found.column), say("columns.default")
        return text("default", name, given, hint=hint, of=self.of(found), bare=True)

    def _constant(self, found: Match) -> Html:
        """The value of every row of a column that no header fills, or that must have one."""
        name, hint = say("columns.constant_of", column=found.column), say("columns.constant")
        return text("constant", name, found.constant or "", hint=hint, of=self.of(found), bare=True)

    def _required(self, found: Match) -> Html:
        name, column, wanted = found.column, self.columns[found.column], self.choice(found).is_required
        is_left = self.target.is_there and name not in self.target.written
        is_required = not is_left and (name in self.key or (not column.nullable if wanted is None else wanted))
        if not self.is_mine:
            return escape(say("columns.yes" if is_required else "columns.no"))
        need = say("columns.required_of", column=name)
        return check_box("required", need, of=self.of(found), is_on=is_required, off=name in self.key)

    def _kind(self, found: Match) -> Html:
        """The type, and how its cells are written if there is more than one way."""
        name, of, choice, column = found.column, self.of(found), self.choice(found), self.columns[found.column]
        kind, drawn = self.kind(found), kind_badge(column.dtype)
        if self.is_mine:
            chooser = select("kind", say("columns.type_of", column=name), _kinds(kind), kind, of=of, bare=True)
            drawn = Html(f'<span class="{kind_class(kind)}">{chooser}</span>')
        ways = FORMATS.get(kind)
        if ways is None or not (self.is_mine or self.target.is_there):
            return drawn
        is_own = "formats" in choice.hints
        chosen = "own" if is_own else next((way for way, known in ways.items() if known == choice.hints), "")
        options = [Option(value=way, text=say(f"columns.format_{way or 'auto'}")) for way in ("", *ways)]
        drawn = Html(drawn + select("format", say("columns.format_of", column=name), options, chosen, of=of, bare=True))
        if not is_own:
            return drawn
        hint, label = say("columns.format_hint"), say("columns.own_format_of", column=name)
        return Html(drawn + text("own_format", label, " | ".join(choice.hints["formats"]), hint=hint, of=of, bare=True))

    def why(self, found: Match) -> tuple[str, bool]:
        """The reason for the match, and whether it is in doubt."""
        if (guess := self.guesses.get(found.column)) is not None:
            return worded(guess.doubt or guess.why), guess.doubt is not None
        if found.column in self.target.missing:
            return say("columns.needed"), True
        way = "kept" if not found.is_filled and self.target.is_there else found.how
        return say(f"columns.how_{way}", score=round(found.score)), found.how == "likeness"


@lru_cache
def _kinds(kind: str) -> tuple[Option, ...]:
    """The types to choose from, and this one."""
    return tuple(Option(value=one, text=kind_name(one)) for one in dict.fromkeys((*KINDS, kind)))
