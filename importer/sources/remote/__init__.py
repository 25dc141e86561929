"""Files elsewhere: behind https://, s3:// and whatever else fsspec opens."""

from __future__ import annotations

from importer.sources.remote._fetched import fetched
from importer.sources.remote._urls import is_remote, name_of, shown

__all__ = ["fetched", "is_remote", "name_of", "shown"]
