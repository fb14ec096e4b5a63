"""A process that indexes until it is killed: ``kill_me.py HOME FIRST`` says each last id after its commit."""

from __future__ import annotations

import sys
from pathlib import Path

from lantai.search.engine.protocol import Document
from lantai.search.engine.tantivy_engine import TantivyEngine

BATCH = 40


def main(home: Path, first: int) -> None:
    engine = TantivyEngine.create(home)
    while True:
        last = first + BATCH
        documents = [
            Document(id=i, title=f"第{i}号档案", text=("水库移民安置" * 20,)) for i in range(first, last)
        ]
        if engine.upsert(documents) or engine.commit():
            raise SystemExit(1)
        sys.stdout.write(f"{last - 1}\n")
        sys.stdout.flush()
        first = last - BATCH // 2


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
