"""``lantai catalogue export|print``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lantai.cli.holdings import years
from lantai.cli.output import document, language, say
from lantai.cli.transfers import actor_named
from lantai.cli.verbs import Verbs, json_flag, verb

_PRINTS = ("item-list", "file-list", "inner-list", "card", "fonds-file", "note", "spine", "label")
_FORMS = ("xlsx", "csv", "xml", "ead", "ead2002", "dc")


def add_export(catalogue: Verbs) -> None:
    """Add ``export`` and ``print`` to the group ``catalogue``."""
    export = verb(catalogue, "export", "导出目录的任何一部分 · export any part of the catalogue", _export)
    _add_selection(export)
    export.add_argument("--format", choices=_FORMS, default="xlsx")
    printing = verb(
        catalogue, "print", "打印目录、备考表、脊背 · print official lists, notes and spines", _print
    )
    printing.add_argument("form", choices=_PRINTS)
    _add_selection(printing)
    printing.add_argument(
        "--width", type=int, default=30, help="脊背宽度，毫米 · of spines, in mm: 20 30 40 50"
    )
    printing.add_argument("--paper", default="a4", choices=["a4", "a3"], help="脊背用纸 · of spines")
    printing.add_argument("--per-box", type=int, default=0, help="每盒件数 · records of a box")


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fonds", default="", help="全宗号 · fonds number")
    parser.add_argument("--type", default="", help="门类 · record type")
    parser.add_argument("--year", default="", help="1990，与 --query 同用时也可 1990..2000")
    parser.add_argument("--series", default="", help="类别号 · series")
    parser.add_argument("--file", default="", help="案卷的档号：只要卷内各件 · what lies in a file")
    parser.add_argument("--level", default="", choices=["", "top", "series", "file", "item"])
    parser.add_argument("--query", default="", help="检索词 · words to search for")
    parser.add_argument("--import", dest="brought", default="", help="导入编号 · number of an import")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--as", dest="user", default="", metavar="USER|public")
    json_flag(parser)


def _selection(given: argparse.Namespace) -> Any:
    from lantai.catalogue.services.export import Selection
    from lantai.holdings.queries import Place
    from lantai.kernel.errors import Invalid
    from lantai.search.queries import Question

    first, last = years(given.year)
    if given.query:
        filters = {"fonds": given.fonds, "type": given.type, "level": given.level}
        asked = {name: frozenset({value}) for name, value in filters.items() if value}
        return Selection(question=Question(text=given.query, filters=asked, year_from=first, year_to=last))
    if first != last:
        raise Invalid("cli.years.several", years=given.year)
    place = Place(given.fonds, given.type, first, given.series, given.file, "", given.level)
    return Selection(place, brought=given.brought)


def _export(given: argparse.Namespace) -> int:
    from lantai.catalogue.services.export import export

    made = export(actor_named(given.user), _selection(given), given.format, given.out, language=language())
    return _say(given, given.format, made)


def _print(given: argparse.Namespace) -> int:
    from lantai.catalogue.services.export import Options, print_out

    options = Options(given.width, given.paper, given.per_box)
    form = given.form.replace("-", "_")
    made = print_out(actor_named(given.user), _selection(given), form, given.out, options)
    return _say(given, given.form, made)


def _say(given: argparse.Namespace, form: str, made: Any) -> int:
    if given.json:
        told = {"path": str(made.path), "form": form, "count": made.count, "files": made.files}
        document("catalogue-export", {**told, "sha256": made.sha256})
        return 0
    parts = f"，{made.files} 个文件" if made.files > 1 else ""
    say(f"{made.path}  {made.count:,} 条{parts}  SHA-256 {made.sha256[:16]}…")
    return 0
