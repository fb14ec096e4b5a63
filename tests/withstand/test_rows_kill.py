"""Killed at any step of writing rows or of bringing a site back, nothing is lost, doubled or made up."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tests.withstand.packs import pack
from tests.withstand.stage import Stage

SEED = 20261122


@pytest.mark.slow
def test_killed_at_every_step_of_sequencing_the_rows_are_whole(tmp_path: Path) -> None:
    with Stage(tmp_path / "site", tmp_path / "log") as stage:
        stage.run("found")
        limit, ended = 0, False
        while not ended:
            limit += 1
            name = f"U{limit}"
            stage.run("rows_pieces.add", name)
            ended = stage.start("rows_pieces.sequence_until", limit).ended() == 0
            if ended or limit % 4 == 0:
                told = stage.run("rows_pieces.look")
                assert told["wrong"] == []
                assert told["names"] == {
                    "MZJ": f"区民政局{name}",
                    **{f"U{number}": f"单位U{number}" for number in range(1, limit + 1)},
                }
        assert limit > 20


@pytest.mark.slow
def test_killed_again_and_again_a_restore_ends_with_the_whole_site(tmp_path: Path) -> None:
    with Stage(tmp_path / "site", tmp_path / "log") as stage:
        stage.run("found")
        stage.run("rows_pieces.people")
        assert stage.run("rows_pieces.keep", str(pack(tmp_path, "packet", 2011)[0])) == "closed"
        before = stage.run("rows_pieces.picture")
    copy = tmp_path / "copy"
    for name in ("vault", "desk"):
        if (tmp_path / "site" / name).exists():
            shutil.copytree(tmp_path / "site" / name, copy / name)
    shutil.rmtree(tmp_path / "site")
    chance, deaths = random.Random(SEED), 0
    with Stage(tmp_path / "again", tmp_path / "log-2") as stage:
        while stage.start("rows_pieces.restore_until", str(copy), chance.randrange(1, 250)).ended() != 0:
            deaths += 1
            assert deaths < 60
            if deaths > 25:
                told = stage.run("rows_pieces.restore", str(copy))
                assert told == {
                    "ok": True,
                    "compared": told["compared"],
                    "invited": ["sysadmin"],
                    "lost": True,
                }
                break
        assert deaths > 2
        after = stage.run("rows_pieces.picture")
        by_reading_back = {"vault_audit", "vault_auditbatch", "vault_deposit", "vault_fixityrun"}
        assert {name for name in before if before[name] != after[name]} <= by_reading_back
        assert stage.run("rows_pieces.left", str(tmp_path / "again")) == []
        told = stage.run("prove")
        assert (told["ledger"], told["damaged"], told["verifier"]) == ([], [], 0), told
