"""What the public functions return, as a type checker sees it; `test_types.py` checks this file."""

from __future__ import annotations

from typing import assert_type

import polars as pl

import importer


def returned(sink: importer.Sink) -> None:
    plan = importer.plan("orders.csv", into=sink, key="id", on_conflict="skip")
    assert_type(plan, importer.Plan)
    assert_type(plan.options, importer.Options)
    assert_type(plan.preview(), importer.Preview)
    assert_type(plan.inference, importer.Inference)
    assert_type(plan.check(), importer.Report)
    assert_type(plan.start(), importer.Job)
    assert_type(importer.load("orders.csv", into="shop.db", atomic=True), importer.Report)
    assert_type(importer.preview("orders.csv"), importer.Preview)
    assert_type(importer.infer("orders.csv"), importer.Inference)
    assert_type(importer.jobs(state=importer.State.FAILED), importer.Jobs)
    assert_type(importer.job("4c1d8a52"), importer.JobRecord)
    assert_type(importer.resume("4c1d8a52"), importer.Report)
    assert_type(importer.images("picture", max_width=800), importer.Images)
    assert_type(importer.images("picture", of=pl.DataFrame()), pl.DataFrame)
    assert_type(importer.images(["https://example.org/a.png", None]), pl.DataFrame)


def refused() -> None:
    importer.plan("orders.csv", into="shop.db", on_conflict="Skip")  # type: ignore[arg-type]
    importer.load("orders.csv", into="shop.db", atomc=True)  # type: ignore[call-arg]
    importer.images("picture", max_widht=800)  # type: ignore[call-overload]
    importer.App("orders.csv", on_conflit="skip")  # type: ignore[call-arg]
    importer.App("orders.csv", atomic="yes")  # type: ignore[arg-type]


class Doubling:
    """A sink of one's own, annotated with public names alone."""

    def refusals(self, table: importer.Table) -> tuple[importer.Refusal, ...]:
        names: list[importer.TableColumn] = list(table.columns)
        return tuple(importer.Refusal(row=1, rule="r", message=one.name) for one in names)

    def checkpoint(self) -> importer.Checkpoint:
        return importer.Checkpoint()
