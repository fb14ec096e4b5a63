"""The command line as scripts meet it: exit statuses, one JSON document, refusals in words, no traces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.withstand.packs import FONDS, pack, ref
from tests.withstand.stage import ROOT

DONE, NO, WRONG, UNABLE = 0, 1, 2, 3

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cli")]


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    status: int
    out: str
    err: str

    def document(self) -> dict[str, Any]:
        """Return the one JSON document on standard output."""
        told: dict[str, Any] = json.loads(self.out)
        assert told["schema"].startswith("lantai.") and told["schema"].endswith("/1")
        return told


@dataclass(frozen=True)
class Command:
    """The command line of one site, or of none."""

    home: Path

    def __call__(self, *arguments: str | Path, given: str = "", **environment: str) -> Said:
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith(("LANTAI", "DJANGO"))
        }
        done = subprocess.run(
            [sys.executable, "-m", "lantai", *map(str, arguments)],
            input=given,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**clean, "LANTAI_HOME": str(self.home), **environment},
            timeout=120,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def lantai(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """A site with a unit, a fonds, a clerk, one transfer that was kept and one that failed its checks."""
    folder = tmp_path_factory.mktemp("cli")
    command = Command(folder / "site")
    assert command("init").status == DONE
    assert command("init").status == DONE
    assert command("unit", "add", "MZJ", "区民政局").status == DONE
    assert command("fonds", "add", FONDS, "云岭区民政局", "--unit", "MZJ").status == DONE
    good, _ = pack(folder, "good", 2011)
    took = command("package", "receive", good, "--unit", "MZJ", "--accept-if-clean", "--json")
    assert took.status == DONE, took
    assert took.document()["state"] == "closed"
    bad, _ = pack(folder, "bad", 2011, items=3)
    took = command("package", "receive", bad, "--unit", "MZJ", "--accept-if-clean", "--json")
    assert took.status == NO, took
    assert took.document()["state"] == "checking"
    yield command


NEED_A_SITE = (
    ("serve",),
    ("worker",),
    ("user", "add", "somebody", "--role", "intake"),
    ("unit", "add", "X", "某单位"),
    ("fonds", "add", "X001", "某全宗", "--unit", "X"),
    ("package", "receive", "/etc", "--unit", "X"),
    ("transfer", "list"),
    ("transfer", "show", "2026-0001"),
    ("transfer", "accept", "2026-0001"),
    ("transfer", "return", "2026-0001", "--reason", "无"),
    ("search", "水库"),
    ("show", ref(2011, 1)),
    ("export", ref(2011, 1), "-o", "/nowhere"),
    ("vault", "status"),
    ("vault", "verify"),
    ("rebuild", "index"),
    ("ledger", "verify"),
    ("ledger", "checkpoint"),
    ("ledger", "prove", ref(2011, 1), "-o", "/nowhere"),
)


@pytest.mark.parametrize("verb", NEED_A_SITE, ids=" ".join)
def test_without_a_site_a_verb_refuses_in_words(tmp_path: Path, verb: tuple[str, ...]) -> None:
    said = Command(tmp_path / "nothing")(*verb)
    assert said.status == WRONG
    assert said.out == ""
    assert "[cli.site.missing]" in said.err and "lantai init" in said.err


def test_packages_are_built_and_checked_without_a_site(tmp_path: Path) -> None:
    lantai = Command(tmp_path / "nothing")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").write_text("关于水库移民安置的请示", "utf-8")
    rows = "档号,题名,责任者,日期,年度,保管期限,密级,页数,文件名\n"
    rows += f"{ref(2011, 1)},关于水库移民安置的请示,区民政局,20110304,2011,永久,公开,1,a.txt\n"
    (tmp_path / "list.csv").write_text(rows, "utf-8-sig")
    built = lantai(
        *("package", "build", tmp_path / "list.csv", tmp_path / "files", "--type", "WS"),
        *("--fonds", FONDS, "--sender", "区民政局", "-o", tmp_path / "out"),
    )
    assert (built.status, (tmp_path / "out.zip").exists()) == (DONE, True), built
    checked = lantai("package", "check", tmp_path / "out.zip", "--json")
    assert checked.status == DONE, checked
    told = checked.document()
    assert told["verdict"] in ("pass", "manual")
    assert {"verdict", "stage", "scheme", "items", "files", "bytes", "seconds"} <= set(told)
    assert {"code", "name", "property", "outcome", "findings"} <= set(told["items"][0])
    (tmp_path / "list.csv").write_text(rows.replace("a.txt", "b.txt"), "utf-8-sig")
    refused = lantai(
        *(
            "package",
            "build",
            tmp_path / "list.csv",
            tmp_path / "files",
            "--fonds",
            FONDS,
            "-o",
            tmp_path / "no",
        )
    )
    assert refused.status == WRONG and not (tmp_path / "no.zip").exists()
    assert not (tmp_path / "nothing").exists()


def test_a_faulty_package_is_a_no(tmp_path: Path) -> None:
    path, _ = pack(tmp_path, "packet", 2011, archive=False)
    next(path.rglob("001.txt")).write_text("改", "utf-8")
    said = Command(tmp_path / "nothing")("package", "check", path, "--json")
    assert said.status == NO
    told = said.document()
    assert told["verdict"] == "fail"
    assert any(finding["path"] for item in told["items"] for finding in item["findings"])


ANSWERS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("transfers", DONE, ("transfer", "list", "--json")),
    ("search", DONE, ("search", "水库", "--json")),
    ("search", DONE, ("search", "没有这个词", "--json")),
    (
        "search",
        DONE,
        ("search", "水库", "--as", "public", "--fonds", FONDS, "--year", "2010..2012", "--json"),
    ),
    ("record", DONE, ("show", ref(2011, 1), "--json")),
    ("vault", DONE, ("vault", "status", "--json")),
    ("fixity", DONE, ("vault", "verify", "--sample", "50%", "--json")),
    ("ledger", DONE, ("ledger", "verify", "--json")),
    ("doctor", DONE, ("doctor", "--json")),
)


@pytest.mark.parametrize(("name", "status", "call"), ANSWERS, ids=lambda told: str(told))
def test_json_is_one_document_and_nothing_else(
    lantai: Command, name: str, status: int, call: tuple[str, ...]
) -> None:
    said = lantai(*call)
    assert said.status == status, said
    assert said.document()["schema"] == f"lantai.{name}/1"


def test_a_search_says_what_was_promised(lantai: Command) -> None:
    told = lantai("search", "水库", "--json").document()
    assert (told["query"], told["total"]) == ("水库", 2)
    assert {"ref", "urn", "title", "fonds", "year", "type", "open", "score", "highlights"} <= set(
        told["hits"][0]
    )
    assert lantai("search", "水库", "--as", "public", "--json").document()["total"] == 0
    every = lantai("search", "", "--json").document()["total"]
    for call in (("-水库", "--json"), ("--json", "--", "-水库"), ("--sort", "-date", " -水库", "--json")):
        told = lantai("search", *call).document()
        assert (told["query"], told["total"]) == ("-水库", every - 2), call


WRONG_CALLS = (
    (),
    ("nonsense",),
    ("search",),
    ("search", "水库", "--as", "nobody"),
    ("search", "水库", "--year", "abc"),
    ("show", "Z999-不存在"),
    ("show", ref(2011, 1), "--as", "public"),
    ("transfer", "show", "1999-0001"),
    ("transfer", "accept", "1999-0001"),
    ("package", "receive", "/does/not/exist", "--unit", "MZJ"),
    ("package", "receive", "/dev/null", "--unit", "MZJ"),
    ("package", "check", "/does/not/exist"),
    ("package", "receive", "/etc", "--unit", "NONE"),
    ("vault", "verify", "--sample", "0%"),
    ("vault", "verify", "--sample", "much"),
    ("fonds", "add", "Z1/../x", "某", "--unit", "MZJ"),
    ("unit", "add", "MZJ", "另一个名字"),
    ("export", "Z999-不存在", "-o", "/tmp/never"),
)


@pytest.mark.parametrize("call", WRONG_CALLS, ids=lambda call: " ".join(call) or "nothing")
def test_a_wrong_call_is_refused_with_2(lantai: Command, call: tuple[str, ...]) -> None:
    said = lantai(*call)
    assert (said.status, said.out) == (WRONG, ""), said
    assert said.err.strip()


def test_refusals_are_said_in_both_languages(lantai: Command) -> None:
    said = [lantai("show", "Z999", LANTAI_LANGUAGE=language).err for language in ("zh", "en")]
    assert said[0] != said[1]
    assert all("[holdings.record.missing]" in words for words in said)


def test_what_cannot_be_done_is_3(lantai: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    assert Command(tmp_path / "file" / "site")("init").status == UNABLE
    assert lantai("export", ref(2011, 1), "-o", tmp_path / "file" / "out").status == UNABLE


def test_a_password_is_read_from_standard_input(lantai: Command) -> None:
    call = ("user", "add", "shenwen", "--role", "clerk", "--unit", "MZJ", "--name", "沈文")
    assert lantai(*call, given="short\n").status == WRONG
    assert lantai(*call, given="correct-horse-兰台\n").status == DONE
    assert lantai("search", "水库", "--as", "shenwen", "--json").document()["total"] == 2
    assert lantai("user", "add", "x", "--role", "clerk", given="correct-horse-兰台\n").status == WRONG
    assert lantai("search", "水库", "--as", "x").status == WRONG


def test_an_export_carries_its_proof(lantai: Command, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert lantai("export", ref(2011, 1), "-o", out).status == DONE
    assert lantai("export", ref(2011, 1), "-o", out).status == WRONG
    key = lantai.home / "keys" / "ledger.pub"
    call = [sys.executable, "-m", "lantai.kernel.verify", str(out), "--key", str(key), "--json"]
    done = subprocess.run(call, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == DONE, done
    assert json.loads(done.stdout)["schema"].startswith("lantai.")
    next((out / "files").glob("*.txt")).write_text("改", "utf-8")
    assert subprocess.run(call, capture_output=True, cwd=ROOT).returncode == NO


def test_a_transfer_is_returned_with_a_reason(lantai: Command) -> None:
    numbers = [one["number"] for one in lantai("transfer", "list", "--json").document()["transfers"]]
    failed = max(numbers)
    assert lantai("transfer", "accept", failed).status == WRONG
    assert lantai("transfer", "return", failed, "--reason", " ").status == WRONG
    assert lantai("transfer", "return", failed, "--reason", "档号与馆藏重复").status == DONE
    told = lantai("transfer", "show", failed, "--json").document()
    assert (told["state"], told["reason"]) == ("returned", "档号与馆藏重复")


def test_damage_is_a_no(lantai: Command) -> None:
    victim = next(path for path in (lantai.home / "vault" / "ocfl").rglob("001.txt"))
    kept = victim.read_bytes()
    victim.chmod(0o644)
    victim.write_bytes(kept[:-1] + b"!")
    try:
        said = lantai("vault", "verify", "--json")
        assert (said.status, len(said.document()["damaged"])) == (NO, 1)
        assert lantai("vault", "status").status == NO
    finally:
        victim.write_bytes(kept)
    assert lantai("vault", "verify").status == DONE
