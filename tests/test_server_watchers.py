"""Fifty programs watch ten imports at once: each sees the end of its own, and the server grows no larger."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from servers import serving

pytest.importorskip("jupyter_server", reason="the server needs jupyter_server, from the extra 'lab'")

JOBS, WATCHERS = 10, 50
MOST_GROWTH_KB = 16 * 1024


def memory_kb(pid):
    return int(re.search(r"VmRSS:\s*(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


def follow(server, job):
    """States and counts that one watcher sees."""
    return [(kind, data["state"], data["rows_read"]) for kind, _, data in server.events(job["job_id"])]


def watched(server, chunks):
    """Ten imports of so many chunks, each watched by five from its beginning to its end."""
    jobs = [server.submit(server.file(5 * chunks), f"{n}.db", chunk_rows=5, pace="0.1s")[1] for n in range(JOBS)]
    command = [sys.executable, "-m", "importer", "worker", "--jobs", str(JOBS), "--limit", str(JOBS)]
    worker = subprocess.Popen(command, env=os.environ | {"IMPORTER_HOME": str(server.home)}, stderr=subprocess.DEVNULL)
    with worker, ThreadPoolExecutor(WATCHERS) as pool:
        return list(pool.map(lambda n: follow(server, jobs[n % JOBS]), range(WATCHERS)))


def test_fifty_watchers_of_ten_imports_all_see_the_end_and_the_memory_is_flat(tmp_path):
    with serving(tmp_path, IMPORTER_SERVER_WORKER="0") as server:
        watched(server, 2)  # What is loaded on first use is loaded now.
        before = memory_kb(server.pid)
        seen = watched(server, 20)
        assert memory_kb(server.pid) - before < MOST_GROWTH_KB
    for events in seen:
        assert events[-1] == ("complete", "succeeded", 100)
        assert [rows for _, _, rows in events] == sorted(rows for _, _, rows in events)
        assert len(events) > 2
