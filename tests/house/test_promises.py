"""Promises that the documents make about the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import django.apps
import pytest

import lantai
from lantai.ledger.acts import known_acts
from lantai.site.reference import SETTINGS

PACKAGE = Path(lantai.__file__).parent
ROOT = PACKAGE.parents[1]
ROOMS = ("ledger", "people", "holdings", "vault", "checks", "search", "ingest", "access", "base", "site")


def test_every_setting_that_is_read_is_documented() -> None:
    read = set()
    for path in PACKAGE.rglob("*.py"):
        if path.name != "reference.py":
            read |= set(re.findall(r"LANTAI_[A-Z_]+", path.read_text("utf-8")))
    assert read == {name for name, _, _ in SETTINGS}


def _acts_in_code() -> set[str]:
    named = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for mark in node.decorator_list:
                    if (
                        isinstance(mark, ast.Call)
                        and isinstance(mark.func, ast.Name)
                        and mark.func.id == "act"
                    ):
                        assert isinstance(mark.args[0], ast.Constant)
                        named.add(str(mark.args[0].value))
    return named


def test_the_list_of_acts_is_the_acts() -> None:
    assert _acts_in_code() == known_acts()


def test_no_write_outside_an_act() -> None:
    """Services write inside @act, steps through services; models have no save() of their own."""
    for config in django.apps.apps.get_app_configs():
        if config.name.startswith("lantai."):
            for model in config.get_models():
                assert "save" not in vars(model), model


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_says_why_it_exists(room: str) -> None:
    text = (PACKAGE / room / "README.md").read_text("utf-8")
    assert len(text.splitlines()) >= 5


def test_every_decision_has_its_parts() -> None:
    numbers = []
    for path in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        text = path.read_text("utf-8")
        numbers.append(int(path.name[:4]))
        for part in ("**Context.**", "**Decision.**", "**Rejected.**"):
            assert part in text, f"{path.name} lacks {part}"
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_dependency_has_its_sentence() -> None:
    import tomllib

    told = (ROOT / "docs" / "dependencies.md").read_text("utf-8").lower()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    missing = [name for spec in wanted if (name := re.split(r"[<>=\[]", spec)[0]) not in told]
    assert not missing


def test_locks_hold_no_addresses() -> None:
    for lock in ROOT.glob("*.lock"):
        assert "://" not in lock.read_text("utf-8")


def test_passwords_are_argon2_hashes() -> None:
    source = (PACKAGE / "site" / "settings.py").read_text("utf-8")
    assert 'PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]' in source
