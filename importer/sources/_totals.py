"""Rows of totals, known by their name or by being the sums of other rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.core import EACH, here

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["LEAST_ADDENDS", "NUMBER", "called_totals", "may_be_named", "named_at_all", "sums"]

NUMBER = r"^\s*[-+(]?\s*[$€£¥₹]?\s*[-+]?[.,]?\d[\d.,'\s\u00a0\u202f]*(?:[eE][-+]?\d+)?\s*[%$€£¥₹]?\)?-?\s*$"
"""What a number reads like, whatever its marks."""

_WORDS = (
    "total totals totale totali totales totaux totaal totalt totalsumme totais totaltal toplam jumlah sum "
    "sums summe summen summa suma sumy somma somme soma gesamt gesamtsumme gesamtergebnis gesamtbetrag "
    "insgesamt endsumme zwischensumme teilsumme subtotal subtotals subtotale subtotaal sub-total "
    "sous-total razem ogółem łącznie celkem celkom spolu összesen mindösszesen részösszeg ukupno skupaj "
    "sveukupno yhteensä summat kokku viso iš-viso kopā alls samtals delsum delsumma итого всего итог "
    "разом усього всього общо всичко укупно σύνολο συνολο μερικό-σύνολο σ ∑ σύνολα 合計 小計 総計 总计 總計 "
    "合计 小计 总和 "
    "total-general total-général totale-generale total-geral eindtotaal gran-total suma-całkowita "
    "celkový-součet overall-total report-total column-total total-overall total-sum sum-total all-total "
    "toplam-tutar genel-toplam "
    "végösszeg hovedtotal totalsum totalsumma kaikki-yhteensä 総合計 총합계 общий-итог totale-complessivo suma-końcowa "
    "gran-totale total-généraux total-final summa-totalt slutsumma totaux-généraux jumlah-besar i-alt "
    '合計額 总额 합계 총계 소계 계 المجموع الإجمالي إجمالي مجموع סה״כ סה"כ סהכ कुल योग รวม รวมทั้งสิ้น tổng tổng-cộng '
    "grand-total grand-totals total-amount total-(all) "
)
_NAMES = "|".join(
    sorted(
        {re.escape(word.replace("-", " ")).replace(r"\ ", "[ -]?") for word in _WORDS.split()},
        key=lambda word: (-len(word), word),
    )
)
_AROUND = r"[\s*=:.\-–—()_#>]*"
_PARTS = {max(name.split("-"), key=len) for name in _WORDS.split()} | {"ergebnis", "集計"}


def _any_of(words: Iterable[str]) -> pl.Expr:
    """A fast test: whether one of the words stands in the cell, in a usual case."""
    return EACH.str.contains(
        "|".join(sorted({re.escape(part) for word in words for part in (word, word.upper(), word.title())}))
    )


_MAY_BE = _any_of(_PARTS)
"""Whether the cell has a word of which one stands in every name."""

NAMED = f"(?i)^{_AROUND}(?:{_NAMES}){_AROUND}$"
"""A cell that is the name of a total and nothing else."""

NAMED_LONGER = f"(?i)^{_AROUND}(?:{_NAMES})[\\s:,(]|[\\s)](?:{_NAMES}|ergebnis|集計){_AROUND}$"
"""A cell in which more follows the name, or comes before it: "Total 2024", "North total"."""

_AVERAGES = (
    "average|averages|avg|mean|mittel|mittelwert|durchschnitt|schnitt|moyenne|media|promedio|média|gemiddeld|gemiddelde|genomsnitt|"
    "medelvärde|gennemsnit|gjennomsnitt|średnia|průměr|priemer|átlag|ortalama|keskiarvo|среднее|среднее значение|"
    "в среднем|середнє|平均|平均值|평균"
)
AVERAGES = f"(?i)^{_AROUND}(?:{_AVERAGES}){_AROUND}$"
"""A cell that is the name of an average; the numbers have to show that it is one."""

_MAY_BE_AVERAGE = _any_of(_AVERAGES.split("|"))
_MAY_BE_EITHER = _any_of({*_PARTS, *_AVERAGES.split("|")})

NAMED_ADDENDS = 2
LEAST_ADDENDS = 4
"""Rows whose sum a row without a name has to be; three small numbers add up by chance."""

MOST_SUMMED = 64
"""Columns whose sums are looked at."""


def called_totals(frame: pl.DataFrame, texts: Sequence[str], numbers: Sequence[str], usual: int) -> pl.Series:
    """Which rows are totals by their name, and have a number.

    Parameters
    ----------
    texts, numbers
        Columns of texts and of numbers.
    usual
        How many cells most rows fill.

    Examples
    --------
    >>> frame = pl.DataFrame({"town": ["Ulm", "Total", "Total Wine"], "qty": ["1", "2", "3"]})
    >>> called_totals(frame, ["town"], ["qty"], 2).to_list()
    [False, True, False]
    """
    is_total = pl.repeat(value=False, n=frame.height, eager=True)
    for label in texts if numbers else ():
        cells = frame[label]
        if not (may_be := here(cells, _MAY_BE)).any():
            continue
        different = cells.filter(may_be).unique()
        exact = different.filter(different.str.contains(NAMED))
        longer = different.filter(different.str.contains(NAMED_LONGER))
        if len(exact):
            is_total |= cells.is_in(exact.implode()).fill_null(value=False)
        if len(longer):
            filled = frame.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
            is_total |= cells.is_in(longer.implode()).fill_null(value=False) & (filled < usual)
    if not is_total.any():
        return is_total
    has_number = frame.select(pl.any_horizontal(pl.col(*numbers).str.contains(r"\d"))).to_series()
    return is_total & has_number.fill_null(value=False)


def may_be_named(cells: pl.Series) -> bool:
    """Whether any of the cells may be the name of a total or of an average."""
    return here(cells, _MAY_BE_EITHER).any()


def named_at_all(frame: pl.DataFrame, texts: Sequence[str]) -> list[int]:
    """Places of the rows in which a name of a total, with more in the cell, or of an average stands.

    Examples
    --------
    >>> named_at_all(pl.DataFrame({"town": ["Ulm", "Total 2024", "Mean"]}), ["town"])
    [1, 2]
    """
    found: set[int] = set()
    for label in texts:
        cells = frame[label]
        may_be = here(cells, _MAY_BE_EITHER).arg_true()
        if len(may_be):
            is_named = cells.gather(may_be).str.contains(f"{AVERAGES}|{NAMED_LONGER}")
            found |= set(may_be.filter(is_named))
    return sorted(found)


def sums(frame: pl.DataFrame, numbers: Sequence[str], candidates: Mapping[int, int], known: Iterable[int]) -> list[int]:
    """Those of the candidates whose numbers are the sums of other rows, by their places.

    A row is one if most of its numbers are the sums of all rows above, of those since the last total, or, at the
    top, of all rows below. Rows of totals that are known are not added up.

    Parameters
    ----------
    candidates
        How many numbers a row has to be the sum of, by the place of the row.

    Examples
    --------
    >>> frame = pl.DataFrame({"a": ["1", "5", "2", "4", "12"], "b": ["7", "9", "8", "6", "30"]})
    >>> sums(frame, ["a", "b"], {4: LEAST_ADDENDS}, [])
    [4]
    """
    found = set(known)
    averages = _called_averages(frame, candidates)
    columns = [_Column.of(frame[label], sorted(found)) for label in numbers[:MOST_SUMMED]] if candidates else []
    added: list[int] = []
    for place in sorted(candidates):
        since = max((at + 1 for at in found if at < place), default=0)
        spans = [(0, place), (since, place), *([(place + 1, frame.height)] if place <= len(found) else [])]
        if any(_adds_up(columns, place, span, added, candidates[place], is_mean=place in averages) for span in spans):
            found.add(place)
            added.append(place)
    return added


@dataclass(frozen=True, slots=True)
class _Column:
    """The numbers of a column; what they add up to, and how many there are and differ from 0, down to each row."""

    values: pl.Series
    running: tuple[pl.Series, pl.Series, pl.Series]

    @classmethod
    def of(cls, cells: pl.Series, left_out: Sequence[int]) -> _Column:
        values = _numbers(cells)
        counted = values.scatter(left_out, None) if left_out else values
        parts = counted.fill_null(0.0), counted.is_not_null(), (counted != 0).fill_null(value=False)
        return cls(values, tuple(part.cast(pl.Float64).cum_sum() for part in parts))  # type: ignore[arg-type]

    def between(self, first: int, end: int, left_out: Sequence[int]) -> tuple[float, float, float]:
        """The sum from one row to before another, how many numbers, and how many of them are not 0."""
        total, count, others = (_until(part, end) - _until(part, first) for part in self.running)
        for at in left_out:
            value = self.values[at] if first <= at < end else None
            if value is not None:
                total, count, others = total - value, count - 1, others - (value != 0)
        return total, count, others


def _until(running: pl.Series, end: int) -> float:
    return float(running[end - 1]) if end else 0.0


def _called_averages(frame: pl.DataFrame, candidates: Iterable[int]) -> set[int]:
    cells = {place: pl.Series(frame.row(place), dtype=pl.String) for place in candidates}
    return {
        place for place, row in cells.items() if here(row, _MAY_BE_AVERAGE).any() and row.str.contains(AVERAGES).any()
    }


def _numbers(cells: pl.Series) -> pl.Series:
    """The cells as numbers, with the decimal mark that they show."""
    plain = cells.cast(pl.Float64, strict=False)
    if plain.null_count() == cells.null_count() and plain.is_finite().all():
        return plain
    bare = cells.str.replace_all(r"[^\d.,()\-]", "").str.replace(r"^\((.*)\)$", "-$1")
    point = bare.str.replace_all(",", "", literal=True)
    comma = bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    is_comma = cells.str.contains(r",\d{1,2}\D*$|,\d{4,}").any() and not cells.str.contains(r"\.\d{1,2}\D*$").any()
    values = (comma if is_comma else point).cast(pl.Float64, strict=False)
    # Hundreds of digits are more than a float holds, and add up to nothing.
    return pl.select(pl.when(values.is_finite()).then(values)).to_series()


def _adds_up(  # noqa: PLR0913 - all that decides
    columns: Sequence[_Column],
    place: int,
    span: tuple[int, int],
    left_out: Sequence[int],
    least: int,
    *,
    is_mean: bool,
) -> bool:
    """Whether most numbers of the row are the sums, or the averages, of the rows of the span."""
    right = wrong = most = 0
    for column in columns:
        value = column.values[place]
        total, count, others = column.between(*span, left_out)
        if value is None or others < max(least - 1, NAMED_ADDENDS):
            continue
        # Numbers that were rounded to two places add up to a little more or less.
        rounded = min(0.015 * others**0.5, 0.01 * abs(value)) if value != round(value) else 0.0
        tolerance = 1e-6 * max(abs(value), 1.0) + rounded
        if abs((total / count if is_mean else total) - value) <= tolerance:
            right, most = right + 1, max(most, int(others))
        else:
            wrong += 1
    # Several columns that add up show as much as one more row.
    return right >= max(wrong, 1) and (right > 1 or most >= least)
