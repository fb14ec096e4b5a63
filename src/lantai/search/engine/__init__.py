"""The engine half of search: pure Python, no Django, no knowledge of accounts.

``folding`` defines when two texts are the same, ``query`` what a typed line means, ``protocol`` what an
engine promises. Two engines keep the promises: ``memory_engine`` (brute force, the truth) and
``tantivy_engine``.
"""
