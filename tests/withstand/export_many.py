"""Run by test_export_memory: writes many invented records in one form and tells the memory it took."""

from __future__ import annotations

import io
import sys
import time
import uuid
from collections.abc import Iterator

import django

django.setup()

from lantai.base.actors import SYSTEM  # noqa: E402
from lantai.catalogue import exports  # noqa: E402
from lantai.holdings.queries import RecordView, types  # noqa: E402
from tests.memory import peak_bytes  # noqa: E402


class Nowhere(io.RawIOBase):
    """Takes bytes and keeps none."""

    def __init__(self) -> None:
        super().__init__()
        self.place = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        size = len(memoryview(data))  # type: ignore[arg-type]
        self.place += size
        return size

    def tell(self) -> int:
        return self.place


def records(count: int) -> Iterator[RecordView]:
    """Yield ``count`` items of twelve values."""
    known = types()
    assert "WS" in known
    for number in range(1, count + 1):
        ref = f"Z109-WS·2011·Y-{number:06d}"
        values = {
            **{
                "ref": ref,
                "title": f"关于第 {number} 件事情的请示和有关部门的批复",
                "author": "云岭区民政局",
            },
            **{"date": "20110304", "year": "2011", "retention": "永久", "security": "公开", "pages": "12"},
            **{
                "doc_number": f"云民〔2011〕{number}号",
                "keywords": "水库；移民",
                "fonds": "Z109",
                "note": "附图",
            },
        }
        yield RecordView(
            id=number,
            urn=f"urn:uuid:{uuid.UUID(int=number)}",
            ref=ref,
            level="item",
            type="WS",
            fonds="Z109",
            fonds_name="云岭区民政局",
            unit=1,
            series="WS·2011·Y",
            series_id=1,
            parent="",
            title=values["title"],
            author=values["author"],
            doc_number=values["doc_number"],
            date="20110304",
            year=2011,
            retention="永久",
            open_status="控制",
            pages=12,
            values=values,
            batch=uuid.UUID(int=0),
            object_id="",
            access=1,
        )


def main() -> int:
    """Write and print count, bytes, peak memory and seconds of the processor."""
    form, count = sys.argv[1], int(sys.argv[2])
    out = Nowhere()
    before = time.process_time()
    made = exports.write(SYSTEM, records(count), form, out, language="zh")  # type: ignore[arg-type]
    print(made.count, out.place, peak_bytes(), round(time.process_time() - before, 2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
