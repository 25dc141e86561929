"""Doubles that you may test with too, and the contracts that every `Sink` and every `Source` must keep."""

from __future__ import annotations

from importer.testing._doubles import FakeClock, MemorySink, feed
from importer.testing._sink_contract import SINK_CONTRACT, check_sink
from importer.testing._source_contract import SOURCE_CONTRACT, check_source

__all__ = ["SINK_CONTRACT", "SOURCE_CONTRACT", "FakeClock", "MemorySink", "check_sink", "check_source", "feed"]
