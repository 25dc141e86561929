"""Types and formats inferred from a sample, with reasons."""

from __future__ import annotations

from importer.schema.inference._infer import evidence_of, infer
from importer.schema.inference._inference import Guess, Inference
from importer.schema.inference._marks import decide
from importer.schema.inference._survey import Evidence

__all__ = ["Evidence", "Guess", "Inference", "decide", "evidence_of", "infer"]
