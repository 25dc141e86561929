"""Doubles that you may test with too, and the contract that every `Sink` must keep."""

from __future__ import annotations

from importer.testing._doubles import FakeClock, MemorySink, feed
from importer.testing._sink_contract import SINK_CONTRACT, check_sink

__all__ = ["SINK_CONTRACT", "FakeClock", "MemorySink", "check_sink", "feed"]
