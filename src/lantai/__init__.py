"""Lantai 兰台: the digital archives of a whole district."""

__version__ = "0.1.0"
