"""``lantai table-set make|open``: CSV files as XML with a schema, and back; needs no site."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from lantai.cli.output import say
from lantai.cli.verbs import Verbs, group, verb
from lantai.kernel.errors import Corrupt, NotFound


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    sets = group(verbs, "table-set", "数据库表集 · tables of a database as XML with a schema")
    make = verb(
        sets,
        "make",
        "由一个文件夹的 CSV 制成表集 · make a set of the CSV files of a folder",
        _make,
        site=False,
    )
    make.add_argument("folder", type=Path)
    make.add_argument("out", type=Path, help="新的 zip · a new zip")
    make.add_argument("--name", default="", help="数据库名称，默认文件夹名 · name of the database")
    back = verb(
        sets, "open", "核对表集，还原成 CSV · check a set and give its CSV files back", _open, site=False
    )
    back.add_argument("set", type=Path)
    back.add_argument("folder", type=Path)


def _make(given: argparse.Namespace) -> int:
    from lantai.kernel.digests import digest_file
    from lantai.kernel.tablesets import write_set

    files = {path.stem: path for path in sorted(given.folder.glob("*.csv"))}
    if not files:
        raise NotFound("cli.table_set.empty", path=str(given.folder))
    told = write_set(files, given.out, given.name or given.folder.resolve().name)
    for table in told.tables:
        say(f"{table.name}：{len(table.columns)} 列，{table.rows:,} 行")
    say(f"SM3 {digest_file(given.out, ('sm3',)).sm3}  {given.out.name}")
    return 0


def _open(given: argparse.Namespace) -> int:
    from lantai.kernel.packages import unpack
    from lantai.kernel.tablesets import check_set, write_csv

    with tempfile.TemporaryDirectory(prefix="lantai-") as place:
        root = Path(place) / "set"
        unpack(given.set, root, digests=False)
        findings = check_set(root)
        for finding in findings:
            say(finding.message())
        if findings:
            raise Corrupt("cli.table_set.damaged", path=given.set.name)
        for path in write_csv(root, given.folder):
            say(str(path))
    return 0
