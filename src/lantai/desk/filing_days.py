"""The usual last day of filing as data (filing_days.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lantai.base.home import home
from lantai.kernel.errors import Invalid
from lantai.kernel.recordtypes import Label

BUILTIN = Path(__file__).with_name("filing_days.toml")


@dataclass(frozen=True, slots=True)
class FilingRule:
    """By which day what a year brought is filed, where no clerk says another; ``basis`` as in the file."""

    years_after: int
    month: int
    day: int
    label: Label
    clause: str
    basis: str

    def of(self, year: int) -> date:
        """Return the last day for the records of ``year``."""
        return date(year + self.years_after, self.month, self.day)


def filing_rule() -> FilingRule:
    """Return the rule of the site: its own ``filing_days.toml``, else the builtin one.

    ``Invalid("desk.filing_days.unreadable")`` when its file is not of this form.
    """
    own = home().root / "filing_days.toml"
    path = own if own.is_file() else BUILTIN
    try:
        told = tomllib.loads(path.read_text("utf-8"))["usual"]
        label = Label(str(told["zh"]), str(told["en"]))
        rule = FilingRule(
            int(told["years_after"]),
            int(told["month"]),
            int(told["day"]),
            label,
            str(told["clause"]),
            str(told["basis"]),
        )
        rule.of(2000)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise Invalid("desk.filing_days.unreadable", reason=str(wrong)[:200]) from wrong
    return rule
