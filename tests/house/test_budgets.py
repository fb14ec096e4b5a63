"""Size budgets. An exception stands in the table with its reason; a stale one fails too."""

from __future__ import annotations

import ast
from pathlib import Path

import lantai

PACKAGE = Path(lantai.__file__).parent
FILE_LINES = 400
FUNCTION_LINES = 60

LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}


def sources() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts]


def test_files_stay_under_400_lines() -> None:
    long = {
        str(path.relative_to(PACKAGE)): count
        for path in sources()
        if (count := len(path.read_text("utf-8").splitlines())) > FILE_LINES
    }
    assert set(long) == set(LONG_FILES), long


def test_functions_stay_under_60_lines() -> None:
    long = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    long[f"{path.relative_to(PACKAGE)}:{node.name}"] = length
    assert set(long) == set(LONG_FUNCTIONS), long


def test_no_catch_all_module_names() -> None:
    banned = {"utils", "helpers", "manager", "managers", "common", "misc"}
    assert not [path for path in sources() if path.stem in banned or banned & set(path.parent.parts)]
