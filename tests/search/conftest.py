"""Every promise is kept by both engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lantai.search.engine.memory_engine import MemoryEngine
from lantai.search.engine.protocol import Engine
from lantai.search.engine.tantivy_engine import TantivyEngine


@pytest.fixture(params=[MemoryEngine, TantivyEngine], ids=["memory", "tantivy"])
def kind(request: pytest.FixtureRequest) -> type[Engine]:
    """Return an engine class."""
    chosen: type[Engine] = request.param
    return chosen


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return where an index may live."""
    return tmp_path / "index"


@pytest.fixture
def engine(kind: type[Engine], home: Path) -> Iterator[Engine]:
    """Return a new, empty engine."""
    made = kind.create(home)
    yield made
    made.close()
