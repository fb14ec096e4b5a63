"""Every store that must keep the contract."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lantai.kernel.storage import FaultyStore, LocalStore, MemoryStore, Store

STORES: dict[str, Callable[[Path], Store]] = {
    "local": lambda folder: LocalStore(folder / "store"),
    "memory": lambda folder: MemoryStore(),
    "faulty that never fails, over local": lambda folder: FaultyStore(LocalStore(folder / "store"), at=0),
    "faulty that never fails, over memory": lambda folder: FaultyStore(MemoryStore(), at=0),
}


@pytest.fixture(params=list(STORES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return STORES[request.param](tmp_path)
