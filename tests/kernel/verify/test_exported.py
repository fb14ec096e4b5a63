"""An exported record proves itself, and nothing in it can change without being found."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha512
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.kernel import canonical
from lantai.kernel.errors import Conflict, Corrupt
from lantai.kernel.findings import Severity
from lantai.kernel.proofs import write_proof
from lantai.kernel.tlog import Ed25519Signer
from lantai.kernel.verify.exported import check_export
from lantai.kernel.verify.report import lines
from lantai.kernel.witness.answers import Item, Verdict
from lantai.kernel.witness.folder import walk
from lantai.kernel.witness.notes import read_key
from lantai.kernel.witness.proof import read_proof
from tests.kernel.verify.exports import (
    FILES,
    KEY,
    ORIGIN,
    REF,
    TITLE,
    TRUSTED,
    URN,
    inventory_of,
    make_export,
    make_proof,
    write_files,
)

GAP = re.compile(r"\{(path|expected|found|name|reason|value|message|fingerprint)\}")


def codes(item: Item) -> set[str]:
    for language in ("zh", "en"):
        assert not GAP.search("".join(lines(item, language)))
    return {finding.code for finding in item.findings if finding.severity is Severity.ERROR}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    (tmp_path / "record").mkdir()
    return make_export(tmp_path / "record")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_export(tmp_path_factory.mktemp("shared"))


def test_a_whole_export_passes_and_tells_its_story(export: Path) -> None:
    item = check_export(export, TRUSTED)
    assert item.findings == () and item.verdict is Verdict.YES
    assert item.facts == {
        "urn": URN,
        "ref": REF,
        "title": TITLE,
        "files": 5,
        "bytes": sum(len(data) for data in FILES.values()),
        "size": 700,
        "origin": ORIGIN,
        "fingerprint": KEY.fingerprint,
        "received_at": "2026-11-22T03:04:05.678901Z",
        "received_by": "wangfang",
        "entry": 300,
        "history": "v1 2026-11-20T03:04:05Z 陆安 进馆",
    }


def test_with_the_enclosed_key_only_it_passes_with_a_warning(export: Path) -> None:
    item = check_export(export, ())
    assert item.verdict is Verdict.YES
    (warning,) = item.findings
    assert (warning.code, warning.severity) == ("verify.key.enclosed", Severity.WARNING)
    assert KEY.fingerprint in warning.message("zh")


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_byte_of_the_files_or_the_proof_can_change(shared: Path, draw: st.DataObject) -> None:
    paths = sorted(path for path, _ in walk(shared))
    target = shared / draw.draw(st.sampled_from(paths))
    whole = target.read_bytes()
    changed = bytearray(whole)
    changed[draw.draw(st.integers(0, len(whole) - 1))] ^= draw.draw(st.integers(1, 255))
    target.write_bytes(bytes(changed))
    try:
        assert check_export(shared, TRUSTED).verdict is Verdict.NO
        assert check_export(shared, ()).verdict is Verdict.NO
    finally:
        target.write_bytes(whole)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_changed_proof_is_found_though_its_manifest_is_made_anew(shared: Path, draw: st.DataObject) -> None:
    """All but the time of export is proven: whoever can write the folder's own manifest still cannot lie."""
    folder = shared / "proof"
    target = folder / draw.draw(st.sampled_from(["proof.json", "inventory.json", "ledger.pub"]))
    whole, manifest = target.read_bytes(), (folder / "manifest-sha512.txt").read_bytes()
    start = whole.find(b'"exported_at":"') + len('"exported_at":"')
    free = range(start, start + 27) if target.name == "proof.json" else range(0)
    at = draw.draw(st.integers(0, len(whole) - 1).filter(lambda n: n not in free))
    changed = bytearray(whole)
    changed[at] ^= draw.draw(st.integers(1, 255))
    new = manifest.replace(sha512(whole).hexdigest().encode(), sha512(changed).hexdigest().encode())
    target.write_bytes(bytes(changed))
    (folder / "manifest-sha512.txt").write_bytes(new)
    try:
        item = check_export(shared, TRUSTED)
        assert item.verdict is Verdict.NO
        assert "verify.export.manifest" not in codes(item)
    finally:
        target.write_bytes(whole)
        (folder / "manifest-sha512.txt").write_bytes(manifest)


def test_missing_and_extra_files_are_named(export: Path) -> None:
    (export / "files/0001.ofd").unlink()
    (export / "files/more.txt").write_bytes(b"")
    (export / "proof/more.txt").write_bytes(b"")
    item = check_export(export, TRUSTED)
    assert [(f.code, f.path) for f in item.findings] == [
        ("verify.export.extra", "files/more.txt"),
        ("verify.export.extra", "proof/more.txt"),
        ("verify.export.missing", "files/0001.ofd"),
    ]


@pytest.mark.parametrize("name", ["README.txt", "inventory.json", "ledger.pub", "proof.json"])
def test_a_missing_part_of_the_proof_is_named(export: Path, name: str) -> None:
    (export / "proof" / name).unlink()
    item = check_export(export, TRUSTED)
    assert item.verdict is Verdict.NO
    assert [(f.code, f.path) for f in item.findings] == [("verify.export.missing", f"proof/{name}")]


def test_links_and_devices_are_not_followed(export: Path, tmp_path: Path) -> None:
    (export / "files/0001.ofd").rename(tmp_path / "elsewhere")
    (export / "files/0001.ofd").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(export / "files/pipe")
    assert codes(check_export(export, TRUSTED)) == {"verify.export.link", "verify.export.missing"}
    (export / "proof/proof.json").unlink()
    os.mkfifo(export / "proof/proof.json")
    assert check_export(export, TRUSTED).verdict is Verdict.NO


def test_a_wrong_key_fails(export: Path) -> None:
    other = Ed25519Signer.generate(ORIGIN).verifier
    assert codes(check_export(export, [read_key(str(other))])) == {"verify.key.other", "tlog.note.unsigned"}
    (export / "proof/ledger.pub").write_text(f"{other}\n")
    assert "verify.key.other" in codes(check_export(export, TRUSTED))
    assert "tlog.note.unsigned" in codes(check_export(export, ()))


def forge(folder: Path, **changes: object) -> Path:
    """Write an export whose proof says something else, with everything else in order."""
    inventory = inventory_of(FILES)
    write_files(folder, FILES)
    write_proof(folder, replace(make_proof(inventory), **changes), inventory, str(KEY))  # type: ignore[arg-type]
    return folder


def test_the_proof_says_what_the_record_says(tmp_path: Path) -> None:
    assert codes(check_export(forge(tmp_path / "a", title="另一份文件"), TRUSTED)) == {
        "verify.record.differs"
    }
    assert codes(check_export(forge(tmp_path / "b", ref="X"), TRUSTED)) == {"verify.record.differs"}
    assert codes(check_export(forge(tmp_path / "c", urn="urn:x"), TRUSTED)) == {"verify.record.differs"}


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (b"{", "verify.record.unreadable"),
        (b"[]", "verify.record.unreadable"),
        (None, "verify.record.missing"),
    ],
)
def test_a_record_that_says_nothing_is_found(tmp_path: Path, record: bytes | None, code: str) -> None:
    files = {**FILES, "record.json": record} if record is not None else {"a.txt": b"a"}
    whole = {path: data for path, data in files.items() if data is not None}
    inventory = inventory_of(whole)
    write_files(tmp_path, whole)
    write_proof(tmp_path, make_proof(inventory), inventory, str(KEY))
    assert codes(check_export(tmp_path, TRUSTED)) == {code}


def test_another_object_or_version_with_a_right_digest_is_found(tmp_path: Path) -> None:
    for number, inventory in enumerate((inventory_of(FILES, head="v3"), inventory_of(FILES, name="urn:y"))):
        folder = tmp_path / str(number)
        write_files(folder, FILES)
        write_proof(folder, make_proof(inventory), inventory, str(KEY))
        assert codes(check_export(folder, TRUSTED)) == {"verify.inventory.other"}


def test_every_link_of_the_chain_is_needed(tmp_path: Path) -> None:
    whole = make_proof(inventory_of(FILES))
    deposit, entry = whole.deposit, whole.entry
    other = make_proof(inventory_of(FILES), entries=701)
    cases: list[tuple[dict[str, object], set[str]]] = [
        ({"deposit": replace(deposit, index=5)}, {"verify.deposit.path"}),
        ({"deposit": replace(deposit, size=12)}, {"verify.deposit.path"}),
        ({"deposit": replace(deposit, path=deposit.path[:-1])}, {"verify.deposit.path"}),
        ({"deposit": replace(deposit, leaf="other 3")}, {"verify.deposit.leaf", "verify.deposit.path"}),
        ({"entry": replace(entry, index=301)}, {"verify.entry.path"}),
        ({"entry": replace(entry, path=())}, {"verify.entry.path"}),
        ({"entry": replace(entry, text=entry.text.replace("wangfang", "zhangwei"))}, {"verify.entry.path"}),
        ({"entry": replace(entry, text="{}")}, {"verify.entry.form", "verify.entry.path"}),
        ({"checkpoint": other.checkpoint}, {"verify.entry.path"}),
        ({"checkpoint": ""}, {"tlog.note.form"}),
        ({"checkpoint": whole.checkpoint.replace("\n700\n", "\n699\n")}, {"tlog.note.signature"}),
    ]
    for number, (changes, expected) in enumerate(cases):
        assert codes(check_export(forge(tmp_path / str(number), **changes), TRUSTED)) == expected, changes


@pytest.mark.parametrize(
    "state",
    [
        {"0" * 128: ["proof/proof.json"]},
        {"0" * 128: "files"},
        {"0" * 128: [7]},
        {"0" * 128: ["a", "a"]},
        [],
        "x",
        None,
    ],
)
def test_an_unusable_inventory_is_found(tmp_path: Path, state: object) -> None:
    told = {"id": URN, "head": "v2", "digestAlgorithm": "sha512", "versions": {"v2": {"state": state}}}
    for number, raw in enumerate(
        (json.dumps(told).encode(), b"", b"[]", b"\xff", b'{"head":[]}', b"[" * 9999)
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        write_proof(folder, make_proof(raw), raw, str(KEY))
        assert "verify.inventory.form" in codes(check_export(folder, TRUSTED))


def changed(change: Callable[[dict[str, object]], object]) -> bytes:
    told = json.loads(make_proof(b"").dumps())
    change(told)
    return canonical.dumps(told)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "JSON"),
        (b"[]", "{}"),
        (b" " + make_proof(b"").dumps(), "canonical JSON"),
        (changed(lambda p: p.update(schema="lantai.proof/2")), "schema"),
        (changed(lambda p: p.update(more=1)), "more"),
        (changed(lambda p: p.pop("ledger")), "ledger"),
        (changed(lambda p: p.update(exported_at="2026-11-22")), "exported_at"),
        (changed(lambda p: p.update(entry={"text": "", "index": True})), "entry.index"),
        (changed(lambda p: p.update(entry={"text": "", "index": -1})), "entry.index"),
        (changed(lambda p: p.update(ledger={"path": ["AA" * 32]})), "ledger.path"),
        (changed(lambda p: p.update(ledger={"path": ["aa" * 32] * 129})), "ledger.path"),
        (changed(lambda p: p.update(object="x")), "object"),
        (b"x" * (1 << 20) + b"x", "> 1048576 bytes"),
    ],
)
def test_a_proof_of_another_form_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(Corrupt, match=r"verify\.proof\.form") as caught:
        read_proof(data)
    assert caught.value.facts["reason"] == reason


def test_what_is_written_reads_back_equal() -> None:
    proof = make_proof(inventory_of(FILES))
    read = read_proof(proof.dumps())
    assert (read.urn, read.ref, read.title, read.exported_at) == (
        proof.urn,
        proof.ref,
        proof.title,
        proof.exported_at,
    )
    assert (read.leaf, read.leaf_index, read.list_size) == (proof.deposit.leaf, 6, 11)
    assert (read.entry.text, read.entry.index, read.entry.checkpoint) == (
        proof.entry.text,
        300,
        proof.checkpoint,
    )
    assert [each.hex() for each in (*read.leaf_path, *read.entry.path)] == [
        *proof.deposit.path,
        *proof.entry.path,
    ]


def test_a_proof_is_never_overwritten_and_its_readme_is_for_people(export: Path) -> None:
    with pytest.raises(Conflict, match=r"verify\.export\.exists"):
        write_proof(export, make_proof(b""), b"", str(KEY))
    readme = (export / "proof/README.txt").read_text("utf-8")
    assert REF in readme and TITLE in readme and "lantai-verify" in readme and "{" not in readme
