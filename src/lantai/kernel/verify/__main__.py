"""``python -m lantai.kernel.verify`` is ``lantai-verify``."""

import sys

from lantai.kernel.verify.cli import main

sys.exit(main())
