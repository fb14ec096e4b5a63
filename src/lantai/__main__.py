"""``python -m lantai``."""

from __future__ import annotations

import sys

from lantai.cli.main import main

sys.exit(main())
