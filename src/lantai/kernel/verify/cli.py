"""``lantai-verify``: check packages, preserved objects, ledgers, vaults and exported records, without a server."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from lantai.kernel.errors import Invalid, LantaiError
from lantai.kernel.texts import LANGUAGES, sentence, text
from lantai.kernel.verify.checks import Means, examine
from lantai.kernel.verify.report import document, lines, total
from lantai.kernel.witness.answers import Item, Verdict
from lantai.kernel.witness.kept import Given
from lantai.kernel.witness.notes import Key, read_keys
from lantai.kernel.witness.stamps import read_authorities

EXIT = {Verdict.YES: 0, Verdict.NO: 1, Verdict.UNKNOWN: 3}
WRONG_CALL = 2
COULD_NOT = 3

HELP = {
    "zh": {
        "about": "核验移交信息包、OCFL 对象和存储库、账本、保存库、带证明的利用副本、存证文件;不需要服务器。",
        "path": "要核验的文件夹、zip 或 tar",
        "key": "账本公钥(文件或文本),可给多次",
        "since": "以前留存的检查点文件,核验历史未被改写;可给多次",
        "ca": "时间戳服务的根证书(PEM 文件),核验检查点的时间戳",
        "json": "只输出一份 JSON 文档",
        "language": "语言:zh 或 en",
        "exit": "退出码:0 相符;1 不符;2 用法有误;3 无法判断。",
    },
    "en": {
        "about": "Check transfer packages, OCFL objects and roots, ledgers, vaults, exported records, proofs.",
        "path": "folder, zip or tar to check",
        "key": "the ledger's public key (file or text); may be repeated",
        "since": "a checkpoint kept from earlier: history must not have been rewritten; may be repeated",
        "ca": "root certificate of the time-stamping service (PEM file): time stamps of checkpoints are checked",
        "json": "print one JSON document and nothing else",
        "language": "language: zh or en",
        "exit": "exit status: 0 good; 1 bad; 2 wrong call; 3 cannot tell.",
    },
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit status (``SystemExit(2)`` for arguments that cannot be read)."""
    try:
        return _run(argv)
    except BrokenPipeError:  # whoever read our output has left (| head): no verdict was delivered
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return COULD_NOT


def _run(argv: Sequence[str] | None) -> int:
    arguments = _parser(_environment_language()).parse_args(argv)
    language: str = arguments.language
    paths = [Path(path) for path in arguments.paths]
    try:
        means = Means(_given(arguments), _Progress(language).tell)
        for path in paths:
            if not path.exists():
                raise Invalid("verify.path.missing", path=str(path))
    except LantaiError as error:
        sys.stderr.write(sentence(error, language) + "\n")
        return WRONG_CALL
    _prepare_output()
    items: list[Item] = []
    for path in paths:
        for item in examine(path, means):
            items.append(item)
            if not arguments.json:
                sys.stdout.write("\n".join(lines(item, language)) + "\n")
                sys.stdout.flush()
    if arguments.json:
        sys.stdout.write(json.dumps(document(items, language), ensure_ascii=False, indent=1) + "\n")
    return EXIT[total(items)]


def _parser(language: str) -> argparse.ArgumentParser:
    told = HELP[language]
    parser = argparse.ArgumentParser("lantai-verify", description=told["about"], epilog=told["exit"])
    parser.add_argument("paths", nargs="+", metavar="PATH", help=told["path"])
    parser.add_argument("--key", metavar="FILE|KEY", action="append", default=[], help=told["key"])
    parser.add_argument("--since", metavar="FILE", action="append", default=[], help=told["since"])
    parser.add_argument("--ca", metavar="FILE", help=told["ca"])
    parser.add_argument("--json", action="store_true", help=told["json"])
    parser.add_argument("--language", choices=LANGUAGES, default=language, help=told["language"])
    return parser


def _environment_language() -> str:
    """Return ``en`` when the environment asks for English, else ``zh``."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "en" if value.lower().startswith("en") else "zh"
    return "zh"


def _given(arguments: argparse.Namespace) -> Given:
    keys = dict.fromkeys(key for given in arguments.key for key in _keys(given))
    since = tuple(_read(given) for given in arguments.since)
    return Given(tuple(keys), since, read_authorities(_read(arguments.ca)) if arguments.ca else ())


def _keys(given: str) -> tuple[Key, ...]:
    """Return the public keys in a file or text; ``Invalid("verify.key.unreadable")``, ``tlog.key.private``."""
    data = _read(given) if "+" not in given or Path(given).is_file() else given.encode()
    try:
        return read_keys(data.strip() + b"\n")
    except Invalid as error:
        if error.code == "tlog.key.private":
            raise
        raise Invalid("verify.key.unreadable", path=given) from error


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError as error:
        raise Invalid("verify.path.missing", path=path) from error
    except OSError as error:
        raise Invalid("verify.path.unreadable", path=path, reason=error.strerror) from error


def _prepare_output() -> None:
    """UTF-8 whatever the locale; names that are no text come out as escapes instead of stopping the program."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")


class _Progress:
    """One line on a terminal that is written over, five times a second; silent elsewhere."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._last = 0.0

    def tell(self, what: str, done: int, size: int) -> None:
        now = time.monotonic()
        if not sys.stderr.isatty() or (now - self._last < 0.2 and done != size):
            return
        self._last = now
        count = f"{done}/{size}" if size else str(done)
        said = text("verify.progress.line", self._language, count=count, path=what)
        sys.stderr.write(f"\r\x1b[K{said}" + ("\r\x1b[K" if done == size else ""))
        sys.stderr.flush()
