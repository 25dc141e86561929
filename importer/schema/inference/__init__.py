"""Types and formats inferred from a sample, with reasons."""

from __future__ import annotations

from importer.schema.inference._infer import infer
from importer.schema.inference._inference import Guess, Inference
from importer.schema.inference._marks import decide

__all__ = ["Guess", "Inference", "decide", "infer"]
