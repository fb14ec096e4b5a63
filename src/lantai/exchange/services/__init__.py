"""Writes of the room exchange."""
