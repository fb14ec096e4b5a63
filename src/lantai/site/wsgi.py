"""The application that a WSGI server runs."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

from lantai.base.locks import join
from lantai.kernel.collector import look_seldom
from lantai.kernel.freeing import keep_little

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
application = get_wsgi_application()
if not join("site"):
    raise SystemExit("the database of this site is being made anew")

# All rooms are read in now, not by the first reader: what they made stays for good and is looked through once.
resolve("/")
look_seldom()
keep_little()
