"""Databases that outlive their program: every table as XML beside one document of its columns (the idea of DA/T 57-2014).

``lantai.tables/1`` is a zip: ``schema.xml`` names the tables with columns, rows and SM3; ``tables/t1.xml`` … hold the rows
as ``<row><c1>…</c1></row>``, an empty cell left out. Made of CSV files and given back as CSV files, cell for cell.
"""

from __future__ import annotations

from lantai.kernel.tablesets.reading import check_set, read_schema, rows, write_csv
from lantai.kernel.tablesets.schema import SCHEMA, Table, TableSet
from lantai.kernel.tablesets.writing import write_set

__all__ = ["SCHEMA", "Table", "TableSet", "check_set", "read_schema", "rows", "write_csv", "write_set"]
