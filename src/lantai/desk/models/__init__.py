"""Tables of the desk, one module per part of its work."""

from lantai.desk.models.captures import Capture, Component, Part, Source, State

__all__ = ["Capture", "Component", "Part", "Source", "State"]
