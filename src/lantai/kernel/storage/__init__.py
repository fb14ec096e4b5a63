"""Where bytes lie: one contract (:class:`Store`), a local folder, memory, and wrappers."""

from lantai.kernel.storage.local import LocalStore
from lantai.kernel.storage.memory import MemoryStore
from lantai.kernel.storage.store import Source, Store, Stray, Taken, Tree, read
from lantai.kernel.storage.wrappers import FaultyStore, ReadOnlyStore

__all__ = [
    "FaultyStore",
    "LocalStore",
    "MemoryStore",
    "ReadOnlyStore",
    "Source",
    "Store",
    "Stray",
    "Taken",
    "Tree",
    "read",
]
