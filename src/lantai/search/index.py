"""The indexes of the site, each opened once per process: that of the archives, and what other rooms keep for their own."""

from __future__ import annotations

import threading
from pathlib import Path

from lantai.base.home import home
from lantai.search.engine.tantivy_engine import TantivyEngine

_lock = threading.Lock()
_open: dict[Path, TantivyEngine] = {}


def engine() -> TantivyEngine:
    """Return the engine of this site's index, made empty when there is none."""
    return engine_in(home().index)


def engine_in(folder: Path) -> TantivyEngine:
    """Return the engine of the index in ``folder``, made empty when there is none."""
    with _lock:
        if folder not in _open:
            folder.mkdir(parents=True, exist_ok=True)
            _open[folder] = TantivyEngine.create(folder)
        return _open[folder]


def close_all() -> None:
    """Let go of every index this process opened (its folder is going away)."""
    with _lock:
        for one in _open.values():
            one.close()
        _open.clear()
