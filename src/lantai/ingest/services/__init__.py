"""Writes of transfers that people ask for; what workers do by themselves is in ``steps``."""

from lantai.ingest.services.decide import accept, return_to_sender, sign_waiting
from lantai.ingest.services.submit import KINDS, submit

__all__ = ["KINDS", "accept", "return_to_sender", "sign_waiting", "submit"]
