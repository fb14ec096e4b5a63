"""Where bytes lie: one contract (:class:`Store`), a local folder, a bucket, memory, and wrappers."""

from lantai.kernel.storage.local import LocalStore
from lantai.kernel.storage.memory import MemoryStore
from lantai.kernel.storage.store import Flow, Source, Store, Stray, Taken, Tree, read
from lantai.kernel.storage.wrappers import FaultyStore, FolderStore, PacedStore, ReadOnlyStore

__all__ = [
    "FaultyStore",
    "Flow",
    "FolderStore",
    "LocalStore",
    "MemoryStore",
    "PacedStore",
    "ReadOnlyStore",
    "Source",
    "Store",
    "Stray",
    "Taken",
    "Tree",
    "read",
]
