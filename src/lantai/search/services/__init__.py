"""Writes of search: feeding the index. Everything here is derived and can be built again."""

from lantai.search.services.feed import follower
from lantai.search.services.rebuild import Rebuilt, rebuild

__all__ = ["Rebuilt", "follower", "rebuild"]
