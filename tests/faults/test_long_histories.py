"""Histories of very many jobs: shown in pages, pruned in seconds, and their space given back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from stores import id_of

import importer
from importer.core import State
from importer.store import JobRecord, open_store


def test_a_long_history_is_shown_in_pages(home):
    store = open_store()
    for n in range(60):
        store.write(JobRecord(job_id=id_of(f"{n:08}"), state=State.FAILED, made_at=f"2026-01-01T00:{n:02}:00"))
    shown = [repr(importer.jobs()), importer.jobs()._repr_html_()]
    assert all(f"{59:08}" in text and f"{10:08}" in text and f"{9:08}" not in text for text in shown)
    assert all("and 10 older ones" in text for text in shown)
    assert len(importer.jobs()) == len(importer.jobs().frame) == 60


def test_many_jobs_are_pruned_and_their_space_is_given_back(home):
    store = open_store()
    for n in range(100):
        made_at = "2025-01-01" if n else ""
        store.write(JobRecord(job_id=id_of(f"{n:08}"), state=State.FAILED, error="x" * 5_000, made_at=made_at))
        Path(home, "rejects", id_of(f"{n:08}")).mkdir(parents=True)
    before = Path(home, "jobs.db").stat().st_size
    assert importer.prune(older_than=timedelta(days=365 * 3_000)) == 0
    assert importer.prune(older_than=timedelta(days=1)) == 99
    assert Path(home, "jobs.db").stat().st_size < before / 5
    assert [folder.name for folder in Path(home, "rejects").iterdir()] == [id_of("00000000")]
