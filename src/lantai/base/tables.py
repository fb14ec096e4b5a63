"""Tables that leave the house as CSV, for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Beginnings of formulas; spreadsheets set to Chinese or Japanese take the full-width signs for them, too."""


def cell(value: object) -> str:
    """Return ``value`` as a cell that no spreadsheet takes for a formula."""
    told = "" if value is None else str(value)
    return f"'{told}" if told.startswith(_FORMULA) else told


class _Line:
    def write(self, text: str) -> str:
        return text


def csv_answer(filename: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """Return a CSV file, streamed, in UTF-8 with the mark that spreadsheets look for."""
    writer = csv.writer(_Line())

    def lines() -> Iterator[str]:
        yield "\ufeff" + str(writer.writerow(list(head)))
        for row in rows:
            yield str(writer.writerow([cell(value) for value in row]))

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer
