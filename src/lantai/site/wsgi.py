"""The application that a WSGI server runs."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
application = get_wsgi_application()

YOUNG = 20_000
"""Objects made before the collector looks for cycles: about one page, where Python's 700 are a tenth of one."""

# All rooms are read in now, not by the first reader; what they made stays for good and is no longer looked through.
resolve("/")
gc.collect()
gc.freeze()
gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
