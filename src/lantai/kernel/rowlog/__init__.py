"""The rows of a database beside its log (``lantai.rows/1``): what each act did to each row, chained, readable alone.

docs/formats/rows.md says what the files mean.
"""

from lantai.kernel.rowlog.parts import KINDS, START, Gone, Head, PartWriter, Row, Said, Table, digest
from lantai.kernel.rowlog.shelf import Part, Shelf, Tail
from lantai.kernel.rowlog.wholes import Whole, WholeFile, WholeTable, WholeWriter

__all__ = [
    "KINDS",
    "START",
    "Gone",
    "Head",
    "Part",
    "PartWriter",
    "Row",
    "Said",
    "Shelf",
    "Table",
    "Tail",
    "Whole",
    "WholeFile",
    "WholeTable",
    "WholeWriter",
    "digest",
]
