"""The tables of the store, created and changed by numbered steps; a store records how many it has taken."""

from __future__ import annotations

from importer.errors import StoreError

__all__ = ["JOBS", "QUEUE", "STEPS", "WORKERS", "raise_if_newer"]

JOBS, QUEUE, WORKERS = "importer_jobs", "importer_queue", "importer_workers"

STEPS: tuple[str, ...] = (
    f"""CREATE TABLE {JOBS} (
        job_id TEXT PRIMARY KEY, state TEXT NOT NULL, label TEXT NOT NULL,
        path TEXT, name TEXT, size BIGINT, content TEXT, sheet TEXT,
        target TEXT NOT NULL, table_name TEXT NOT NULL, key_columns TEXT, schema_code TEXT, options TEXT,
        rows_read BIGINT NOT NULL, created BIGINT NOT NULL, updated BIGINT NOT NULL, unchanged BIGINT NOT NULL,
        rejected BIGINT NOT NULL, warnings BIGINT NOT NULL, current_key TEXT,
        completed BIGINT NOT NULL, total BIGINT, unit TEXT NOT NULL,
        elapsed_s DOUBLE PRECISION NOT NULL, rows_per_s DOUBLE PRECISION, error TEXT, first_refused TEXT,
        user_name TEXT, host TEXT, pid BIGINT, asked TEXT, checkpoint TEXT,
        made_at TEXT NOT NULL, started_at TEXT, heard_at TEXT NOT NULL, finished_at TEXT
    )""",
    f"CREATE INDEX {JOBS}_made ON {JOBS} (made_at DESC, job_id)",
    f"CREATE INDEX {JOBS}_heard ON {JOBS} (heard_at)",
    f"ALTER TABLE {JOBS} ADD COLUMN notes TEXT",
    f"ALTER TABLE {JOBS} ADD COLUMN process TEXT",
    f"ALTER TABLE {JOBS} ADD COLUMN message TEXT",
    f"ALTER TABLE {JOBS} ADD COLUMN seal TEXT",
    f"ALTER TABLE {JOBS} ADD COLUMN kind TEXT NOT NULL DEFAULT 'import'",
    f"ALTER TABLE {JOBS} ADD COLUMN undoes TEXT",
    f"ALTER TABLE {JOBS} ADD COLUMN pace TEXT",
    f"""CREATE TABLE IF NOT EXISTS {QUEUE} (
        job_id TEXT PRIMARY KEY, priority BIGINT NOT NULL, after_job TEXT,
        tries BIGINT NOT NULL, most_tries BIGINT NOT NULL,
        queued_at TEXT NOT NULL, due_at TEXT NOT NULL, worker TEXT, claim TEXT, heard_at TEXT
    )""",
    f"""CREATE TABLE IF NOT EXISTS {WORKERS} (
        worker_id TEXT PRIMARY KEY, host TEXT NOT NULL, pid BIGINT NOT NULL, process TEXT,
        started_at TEXT NOT NULL, heard_at TEXT NOT NULL
    )""",
    f"ALTER TABLE {JOBS} ADD COLUMN stage TEXT",
    f"ALTER TABLE {JOBS} ADD COLUMN owner TEXT",
    f"CREATE INDEX {JOBS}_owner ON {JOBS} (owner, made_at DESC, job_id)",
    f"DROP TABLE {WORKERS}",  # Workers write themselves down again every few seconds.
    f"""CREATE TABLE {WORKERS} (
        worker_id TEXT PRIMARY KEY, host TEXT NOT NULL, pid BIGINT NOT NULL, process TEXT,
        started_at TEXT NOT NULL, heard_at TEXT NOT NULL, owner TEXT
    )""",
    f"ALTER TABLE {JOBS} ADD COLUMN undo_refusal TEXT",
    f"ALTER TABLE {JOBS} ADD COLUMN given_up_at TEXT",
    f"ALTER TABLE {JOBS} ADD COLUMN lapses_at TEXT",
)
"""Never change a step that was released; add one."""


def raise_if_newer(taken: int, label: str) -> None:
    """Refuse a store that has taken steps which this version does not know.

    Raises
    ------
    StoreError
        If it has.
    """
    if taken > len(STEPS):
        raise StoreError(
            f"the history of jobs in {label} was written by a newer version of importer (step {taken}, this one "
            f"knows {len(STEPS)})",
            code="store-too-new",
            facts={"store": label, "step": taken, "known": len(STEPS)},
            fixes=["upgrade notebook-importer"],
        )
