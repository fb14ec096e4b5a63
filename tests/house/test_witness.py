"""What checks the ledger shares no code with what writes it, and can be read in an hour."""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from pathlib import Path

import lantai
from tests.house.test_borders import imported

KERNEL = Path(lantai.__file__).parent / "kernel"
CODE_LINES = 900
"""Lines of the witness that hold code: without blank ones, comments and docstrings."""

FOREIGN = {"cryptography", "rfc3161_client"}
PLAIN = {"lantai.kernel.errors", "lantai.kernel.findings", "lantai.kernel.texts"}
"""Errors, findings and their words: data without a rule of any format."""

OUTSIDERS = ("deposits.py", "exported.py", "detect.py", "report.py", "cli.py", "__main__.py")
"""Of the program around the witness: all but the checks of packages and of OCFL, which have validators of their own."""

WRITERS = ("tlog", "canonical", "proofs")


def test_the_witness_knows_nothing_of_the_writer() -> None:
    around = [KERNEL / "verify" / name for name in OUTSIDERS]
    for path in (*(KERNEL / "witness").glob("*.py"), *around):
        near = PLAIN | {"lantai.kernel.witness"} | ({"lantai.kernel.verify"} if path in around else set())
        for module in imported(path):
            ours = module == "lantai.kernel" or module.startswith(tuple(near))
            if module.split(".")[0] == "lantai":
                assert ours, f"{path.name} imports {module}"
            else:
                known = sys.stdlib_module_names | FOREIGN
                assert module.split(".")[0] in known, f"{path.name} imports {module}"


def test_no_part_of_the_verifier_imports_the_writer() -> None:
    for path in (KERNEL / "verify").glob("*.py"):
        for module in imported(path):
            assert not module.startswith(tuple(f"lantai.kernel.{name}" for name in WRITERS)), path.name


def test_the_plain_data_stay_plain() -> None:
    for name in ("errors.py", "findings.py", "texts.py"):
        for module in imported(KERNEL / name):
            assert module.split(".")[0] != "lantai" or module.startswith(tuple(PLAIN))


def test_the_witness_is_read_in_an_hour() -> None:
    lines = {path.name: _code_lines(path.read_text("utf-8")) for path in (KERNEL / "witness").glob("*.py")}
    assert sum(lines.values()) <= CODE_LINES, lines


def _code_lines(source: str) -> int:
    told = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    blank = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    held = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in blank and token.type != tokenize.ENDMARKER
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(held - told)
