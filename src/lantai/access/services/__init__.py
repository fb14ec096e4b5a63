"""Writes of reading: exports leave a trace in the ledger."""

from lantai.access.services.export import export, export_zip, proof_document

__all__ = ["export", "export_zip", "proof_document"]
