"""``python -m importer``: the same as the command ``importer``."""

from importer.cli import main

raise SystemExit(main())
