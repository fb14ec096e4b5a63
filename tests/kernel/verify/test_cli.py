"""The program as an outsider calls it: what it recognises, what it answers, how it exits."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lantai.kernel.ocfl import Content, NewVersion, Repository
from lantai.kernel.proofs import ProvenEntry, consistency_document, inclusion_document
from lantai.kernel.storage import LocalStore
from lantai.kernel.tlog import Ed25519Signer, Log
from lantai.kernel.verify.cli import main
from tests.kernel.verify.exports import (
    KEY,
    ORIGIN,
    SIGNER,
    inventory_of,
    make_export,
    make_proof,
    write_files,
)


class Told:
    """Exit status and output of one call."""

    def __init__(self, capsys: pytest.CaptureFixture[str], arguments: Sequence[object]) -> None:
        self.status = main([str(each) for each in arguments])
        self.out, self.err = capsys.readouterr()

    def document(self) -> Any:
        return json.loads(self.out)

    def kinds(self) -> list[tuple[str, str]]:
        return [(item["kind"], item["verdict"]) for item in self.document()["items"]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    return lambda *arguments: Told(capsys, arguments)


def make_ledger(folder: Path, size: int = 300) -> Path:
    log = Log(LocalStore(folder), ORIGIN)
    log.append([f"entry {n}".encode() for n in range(size)])
    log.publish(SIGNER)
    return folder


def make_root(folder: Path, count: int = 3) -> Path:
    repository = Repository.create(LocalStore(folder))
    at = datetime(2026, 11, 22, tzinfo=UTC)
    repository.deposit(
        [
            NewVersion(
                f"urn:x:{n}", {"a.txt": Content(f"{n}".encode(), None)}, "in", "w", "mailto:w@x.cn", at
            )
            for n in range(count)
        ]
    )
    return folder


def make_bag(folder: Path) -> Path:
    data = {"data/a.txt": b"a", "data/目录/b.txt": b"b"}
    lines = "".join(f"{hashlib.sha512(d).hexdigest()}  {path}\n" for path, d in data.items())
    files = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "manifest-sha512.txt": lines.encode(),
    }
    write_files(folder, data | files)
    return folder


def content_file(root: Path) -> Path:
    return next(path for path in sorted(root.rglob("*")) if path.name == "a.txt")


def test_an_export_is_recognised_and_passes(call: Any, tmp_path: Path) -> None:
    export = make_export(tmp_path / "record")
    told = call(export, "--key", KEY)
    assert told.status == 0 and told.err == ""
    assert told.out.startswith(f"相符  {export}(带证明的利用副本)\n  档号:X043-WS·2021-Y-BGS-0007\n")
    assert "登记人:wangfang" in told.out
    told = call(export, "--language", "en")
    assert told.status == 0 and "note: The public key came with what it proves" in told.out
    (export / "files/0001.ofd").write_bytes(b"One")
    told = call(export, "--json", "--key", KEY)
    assert told.status == 1 and told.kinds() == [("export", "no")]
    (finding,) = told.document()["items"][0]["findings"]
    assert (finding["code"], finding["path"]) == ("verify.export.changed", "files/0001.ofd")


def test_the_document_has_its_form_and_nothing_else_is_printed(call: Any, tmp_path: Path) -> None:
    export = make_export(tmp_path / "record")
    document = call(export, "--key", KEY, "--json").document()
    assert document["schema"] == "lantai.verify/1" and document["verdict"] == "yes"
    (item,) = document["items"]
    assert set(item) == {"path", "kind", "verdict", "facts", "findings"}
    assert item["facts"]["entry"] == 300 and item["findings"] == []


def test_the_key_may_be_a_file_or_a_text(call: Any, tmp_path: Path) -> None:
    export = make_export(tmp_path / "record")
    (tmp_path / "key").write_text(f"{KEY}\n")
    assert call(export, "--key", tmp_path / "key").status == 0
    (tmp_path / "a+b+c").write_text(f"{KEY}")
    assert call(export, "--key", tmp_path / "a+b+c").status == 0
    other = Ed25519Signer.generate(ORIGIN).verifier
    assert call(export, "--key", other).status == 1


def test_a_wrong_call_exits_with_2_and_says_why(call: Any, tmp_path: Path) -> None:
    export = make_export(tmp_path / "record")
    for arguments in (
        [tmp_path / "none"],
        [export, "--key", "nonsense"],
        [export, "--key", "a+b+c"],
        [export, "--key", tmp_path],
        [export, "--key", SIGNER.secret()],
        [export, "--since", tmp_path / "none"],
    ):
        told = call(*arguments, "--json")
        assert told.status == 2 and told.out == "" and told.err
        assert SIGNER.secret() not in told.err
    for wrong in ([], [str(export), "--language", "fr"], [str(export), "--nonsense"]):
        with pytest.raises(SystemExit) as caught:
            main(wrong)
        assert caught.value.code == 2


def test_a_ledger_is_checked_with_a_key_and_against_a_kept_checkpoint(call: Any, tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path / "ledger")
    assert call(ledger, "--key", KEY).status == 0
    (tmp_path / "kept").write_bytes((make_ledger(tmp_path / "older", 200) / "checkpoint").read_bytes())
    told = call(ledger, "--key", KEY, "--since", tmp_path / "kept", "--json")
    assert told.status == 0
    assert told.document()["items"][0]["facts"] == {
        "size": 300,
        "origin": ORIGIN,
        "since": 200,
        "fingerprint": KEY.fingerprint,
    }
    (tmp_path / "newer").write_bytes((make_ledger(tmp_path / "other", 400) / "checkpoint").read_bytes())
    assert call(ledger, "--key", KEY, "--since", tmp_path / "newer").status == 1
    (tmp_path / "torn").write_bytes(b"torn")
    assert call(ledger, "--key", KEY, "--since", tmp_path / "torn").status == 1


def test_proofs_in_one_file_are_recognised(call: Any, tmp_path: Path) -> None:
    log = Log(LocalStore(make_ledger(tmp_path / "ledger", 40)), ORIGIN)
    path = tuple(each.hex() for each in log.inclusion_proof(7))
    text = log.entry(7).decode()
    (tmp_path / "entry.json").write_bytes(inclusion_document(ProvenEntry(text, 7, path), log.note().decode()))
    old = make_ledger(tmp_path / "old", 9) / "checkpoint"
    grown = consistency_document(old.read_text(), log.note().decode(), log.consistency_proof(9))
    (tmp_path / "grown.json").write_bytes(grown)
    (tmp_path / "record.json").write_bytes(make_proof(inventory_of({"a": b"a"})).dumps())
    files = [tmp_path / name for name in ("entry.json", "grown.json", "record.json")]
    told = call(*files, "--key", KEY, "--json")
    assert told.status == 0
    assert told.kinds() == [("inclusion", "yes"), ("consistency", "yes"), ("proof", "yes")]
    assert "没有用到" in call(files[0], "--key", KEY, "--since", old).out
    assert call(*files).status == 3
    stranger = Ed25519Signer.generate(ORIGIN).verifier
    assert call(files[1], "--key", stranger).status == 1
    assert call(files[1], "--key", stranger, "--key", KEY).status == 0
    assert call(files[1], "--key", KEY, "--ca", old).status == 2


def test_a_ledger_without_any_key_is_neither_good_nor_bad(call: Any, tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path / "ledger")
    told = call(ledger)
    assert told.status == 3 and told.out.startswith("未定") and "--key" in told.out
    (ledger / "ledger.pub").write_text(f"{KEY}\n")
    told = call(ledger)
    assert told.status == 0 and KEY.fingerprint in told.out
    (ledger / "tile/entries/001.p/44").write_bytes(b"")
    assert call(ledger).status == 1
    (ledger / "checkpoint").unlink()
    told = call(ledger, "--json", "--key", KEY)
    assert told.status == 1 and told.kinds() == [("ledger", "no")]


def test_an_ocfl_root_and_an_object_are_checked(call: Any, tmp_path: Path) -> None:
    root = make_root(tmp_path / "store", 70)
    told = call(root, "--json")
    assert told.status == 0 and told.kinds() == [("ocfl_root", "yes")]
    assert told.document()["items"][0]["facts"] == {"objects": 70}
    damaged = content_file(root)
    one = damaged.parents[2]
    assert call(one, "--json").kinds() == [("ocfl_object", "yes")]
    damaged.write_bytes(b"damaged")
    assert call(one, "--json").kinds() == [("ocfl_object", "no")]
    told = call(root, "--json")
    assert told.status == 1
    assert damaged.relative_to(root).as_posix() in {
        finding["path"] for finding in told.document()["items"][0]["findings"]
    }


def test_a_vault_is_both_its_parts(call: Any, tmp_path: Path) -> None:
    make_root(tmp_path / "vault" / "ocfl")
    make_ledger(tmp_path / "vault" / "ledger")
    told = call(tmp_path / "vault", "--key", KEY, "--json")
    assert told.status == 0 and told.kinds() == [("ocfl_root", "yes"), ("ledger", "yes")]
    (tmp_path / "vault/ledger/tile/0/000").write_bytes(bytes(8192))
    told = call(tmp_path / "vault", "--key", KEY, "--json")
    assert told.status == 1 and told.kinds() == [("ocfl_root", "yes"), ("ledger", "no")]
    make_ledger(tmp_path / "young" / "ledger")
    told = call(tmp_path / "young", "--key", KEY, "--json")
    assert told.status == 0 and told.kinds() == [("ledger", "yes")]


def test_a_bag_is_checked_as_folder_and_in_an_archive(call: Any, tmp_path: Path) -> None:
    bag = make_bag(tmp_path / "bag")
    archive = tmp_path / "bag.zip"

    def pack() -> Path:
        with zipfile.ZipFile(archive, "w") as made:
            for path in sorted(bag.rglob("*")):
                made.write(path, Path("wrapped") / path.relative_to(bag))
        return archive

    assert call(bag, "--json").kinds() == [("bag", "yes")]
    assert call(pack(), "--json").kinds() == [("bag", "yes")]
    (bag / "data/a.txt").write_bytes(b"b")
    assert call(bag, "--json").kinds() == [("bag", "no")]
    told = call(pack(), "--json")
    assert told.status == 1 and told.document()["items"][0]["path"] == str(archive)


def test_an_archive_of_an_export_is_checked(call: Any, tmp_path: Path) -> None:
    export = make_export(tmp_path / "record")
    with zipfile.ZipFile(tmp_path / "record.zip", "w") as made:
        for path in sorted(export.rglob("*")):
            made.write(path, path.relative_to(export))
    assert call(tmp_path / "record.zip", "--key", KEY, "--json").kinds() == [("export", "yes")]


def test_what_is_nothing_known_is_unknown(call: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("empty", "pipe"):
        told = call(tmp_path / name, "--json")
        assert told.status == 3 and told.kinds() == [("unknown", "unknown")]
    (tmp_path / "torn.zip").write_bytes(b"PK\x03\x04 torn")
    assert call(tmp_path / "torn.zip", "--json").kinds() == [("package", "no")]


def test_several_paths_give_one_answer_each_and_the_worst_counts(call: Any, tmp_path: Path) -> None:
    export, ledger = make_export(tmp_path / "record"), make_ledger(tmp_path / "ledger")
    (tmp_path / "empty").mkdir()
    assert call(export, ledger, "--key", KEY).status == 0
    assert call(export, tmp_path / "empty", "--key", KEY).status == 3
    (ledger / "tile/0/000").unlink()
    told = call(export, tmp_path / "empty", ledger, "--key", KEY, "--json")
    assert told.status == 1
    assert [verdict for _, verdict in told.kinds()] == ["yes", "unknown", "no"]


def test_the_language_comes_from_the_environment(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = make_export(tmp_path / "record")
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert call(export, "--key", KEY).out.startswith("GOOD")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert call(export, "--key", KEY).out.startswith("相符")


def test_names_cannot_steer_the_terminal_or_stop_the_program(call: Any, tmp_path: Path) -> None:
    export = make_export(tmp_path / "record")
    (export / "files/\x1b[2Jred").write_bytes(b"")
    Path(os.fsdecode(os.fsencode(export) + b"/files/\xff\xfe")).write_bytes(b"")
    told = call(export, "--key", KEY)
    assert told.status == 1 and "\x1b" not in told.out and "\\x1b[2Jred" in told.out
    program = subprocess.run(
        [sys.executable, "-m", "lantai.kernel.verify", str(export), "--json", "--key", str(KEY)],
        capture_output=True,
        check=False,
    )
    assert program.returncode == 1 and program.stderr == b""
    assert json.loads(program.stdout)["verdict"] == "no"


class Terminal(io.StringIO):
    """Where a person looks on."""

    def isatty(self) -> bool:
        return True


def test_progress_is_told_on_a_terminal_only(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, terminal = make_ledger(tmp_path / "ledger"), Terminal()
    assert call(ledger, "--key", KEY, "--json").err == ""
    monkeypatch.setattr(sys, "stderr", terminal)
    told = call(ledger, "--key", KEY, "--json")
    assert told.status == 0 and told.kinds() == [("ledger", "yes")]
    assert f"已检查 300/300:{ledger}" in terminal.getvalue()


def test_the_program_runs_without_django(tmp_path: Path) -> None:
    export = make_export(tmp_path / "record")
    blocked = (
        "import sys; sys.modules['django'] = None\n"
        "from lantai.kernel.verify.cli import main\n"
        "status = main(sys.argv[1:])\n"
        "assert not [name for name in sys.modules if name.startswith('django.')]\n"
        "sys.exit(status)"
    )
    program = subprocess.run(
        [sys.executable, "-c", blocked, str(export), "--key", str(KEY)], capture_output=True, check=False
    )
    assert program.returncode == 0, program.stderr.decode()
