"""Writes of the room catalogue."""
