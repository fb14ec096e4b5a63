"""Writes of search: feeding the index, which is derived and can be built again; saved searches."""

from lantai.search.services.feed import follower
from lantai.search.services.rebuild import Rebuilt, rebuild
from lantai.search.services.saved import delete, rename, save, see

__all__ = ["Rebuilt", "delete", "follower", "rebuild", "rename", "save", "see"]
