"""Schedules of units."""
