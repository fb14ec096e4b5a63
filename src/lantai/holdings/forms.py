"""What the address of a fonds page asks for."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from lantai.kernel.errors import NotFound

LEVELS = ("", "file", "item")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """A place in a fonds and filters on its list.

    ``type``, ``year``, ``series`` (类别号) and ``file`` (档号) lead down the tree, and each narrows the list.
    ``year`` is None = any, 0 = records without a year. ``level`` "" is the top of the place: files, and items
    that are in no file.
    """

    type: str = ""
    year: int | None = None
    series: str = ""
    file: str = ""
    open: str = ""
    level: str = ""
    after: str = ""

    @classmethod
    def read(cls, told: QueryDict) -> Asked:
        """Return what ``told`` asks for; values that nothing can have are ``NotFound``."""
        texts = {name: told.get(name, "").strip() for name in ("type", "series", "file", "open", "level")}
        year = told.get("year", "").strip()
        impossible = any("\0" in text or len(text) > _LONGEST for text in texts.values())
        if impossible or texts["level"] not in LEVELS or not (year == "" or _is_year(year)):
            raise NotFound("base.page.missing")
        return cls(**texts, year=int(year) if year else None, after=told.get("after", ""))

    def query(self, **changes: str | int | None) -> str:
        """Return the address part after ``?`` of this place with ``changes``; the cursor is left behind."""
        told = {
            "type": self.type,
            "year": self.year,
            "series": self.series,
            "file": self.file,
            "open": self.open,
            "level": self.level,
            **changes,
        }
        return urlencode({name: value for name, value in told.items() if value not in ("", None)})

    @property
    def narrowed(self) -> bool:
        """Whether the list shows less than the top of the place."""
        return bool(self.open or self.level)


def _is_year(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4
