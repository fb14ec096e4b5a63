"""Wiring only: settings, addresses, navigation, static files, the worker's loop. No rules of its own."""
