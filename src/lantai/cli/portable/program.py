"""``build`` and ``check`` without a site: what the portable program does."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lantai import __version__
from lantai.cli.output import document, language, note, problem, say, size
from lantai.cli.package import add_build
from lantai.cli.verbs import json_flag, verb
from lantai.kernel import recordtypes
from lantai.kernel.digests import ALGORITHMS, digest_files
from lantai.kernel.errors import Invalid, LantaiError, NotFound
from lantai.kernel.findings import Finding, failed
from lantai.kernel.packages import Package, compare_digests, opened
from lantai.kernel.texts import text

_TEXTS = (".csv", ".tsv", ".txt")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 the answer is no, 2 wrong call, 3 not possible."""
    _speak_utf8()
    top = argparse.ArgumentParser(prog="lantai-package", description="兰台信息包工具 · transfer packages")
    top.add_argument("--version", action="version", version=f"lantai-package {__version__}")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    add_build(verbs)
    check = verb(verbs, "check", "核对结构和摘要 · check structure and digests", _check, site=False)
    check.add_argument("path", type=Path)
    json_flag(check)
    given: Any = top.parse_args(arguments)
    try:
        if given.verb == "build" and given.list.suffix.lower() not in _TEXTS:
            raise Invalid("cli.portable.list", name=given.list.name)
        status: int = given.run(given)
        return status
    except LantaiError as error:
        problem(error)
        return error.exit_status
    except OSError as error:
        print(f"{error.strerror or error}: {error.filename or ''}", file=sys.stderr)
        return 3


def _speak_utf8() -> None:
    """Let a console of another code page show what it can instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _check(given: argparse.Namespace) -> int:
    if not given.path.exists():
        raise NotFound("cli.path.missing", path=str(given.path))
    with opened(given.path, recordtypes.load()) as (package, container):
        paths = [file.path for file in package.files]
        sums = digest_files((package.root / path for path in paths), ALGORITHMS)
        found = [*(container.findings if container else ()), *package.findings]
        found += compare_digests(package, dict(zip(paths, sums, strict=True)))
    _tell(given, package, found)
    return 1 if failed(found) else 0


def _tell(given: argparse.Namespace, package: Package, found: list[Finding]) -> None:
    bytes_ = sum(file.size for file in package.files)
    if given.json:
        document(
            "package",
            {
                "form": package.form,
                "records": len(package.records),
                "files": len(package.files),
                "bytes": bytes_,
                "verdict": "fail" if failed(found) else "pass",
                "findings": [finding.as_json(language()) for finding in found],
            },
        )
        return
    told = text("cli.portable.fails" if failed(found) else "cli.portable.holds", language())
    say(f"{told}  {package.form}  {len(package.records)} 件  {len(package.files):,} 个文件  {size(bytes_)}")
    for finding in found:
        say(f"    {finding.severity}  {finding.path}  {finding.message(language())}")
    note(text("cli.portable.rest", language()))
