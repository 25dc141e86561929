"""The peak of a process's memory: `peak_mb`."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path


def peak_mb():
    """Most memory that this process had at once; ``ru_maxrss`` of Linux would be no less than the parent's."""
    if sys.platform == "linux":
        return int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 20
