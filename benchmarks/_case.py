"""One case in a process of its own: made ready, timed, counted, and told as one line of JSON."""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from _place import Place


def main(name: str, data: str, rows: int) -> dict[str, Any]:
    """What the case took, or why it cannot be measured here."""
    module, _, function = name.partition(".")
    with tempfile.TemporaryDirectory(dir=data) as work:
        # Not into the user's own history.
        os.environ["IMPORTER_HOME"] = work
        place = Place(data=Path(data), work=Path(work), rows=rows)
        case = getattr(import_module(module), function)(place)
        try:
            # Up to its first yield a case imports and prepares; up to its second it does the work.
            next(case)
        except ImportError as exc:
            return {"skip": f"not installed: {exc.name}"}
        except Unavailable as exc:
            return {"skip": str(exc)}
        # What the imports left over is nobody's work.
        gc.collect()
        seconds, cpu_seconds = time.perf_counter(), _cpu_s()
        found = next(case)
        seconds, cpu_seconds = time.perf_counter() - seconds, _cpu_s() - cpu_seconds
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        # After it, the case counts what is there.
        count = next(case)
        case.close()
    if count != rows:
        raise SystemExit(f"{name}: {count:,} rows of {rows:,} arrived")
    return {"s": seconds, "cpu_s": cpu_seconds, "peak_mb": peak_mb, "rows": rows} | (found or {})


class Unavailable(Exception):  # noqa: N818 - it is a fact about the machine
    """What the case needs is not on this machine."""


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    # Cases raise the class of the module they import, not that of the script.
    sys.modules["_case"] = sys.modules["__main__"]
    print(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
