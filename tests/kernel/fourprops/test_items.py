"""Every item of the schemes: something that makes it pass, something that makes it fail."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from lantai.kernel.errors import Unavailable
from lantai.kernel.findings import Finding
from lantai.kernel.fourprops import Stage, scheme
from lantai.kernel.packages import Component, Register
from lantai.kernel.texts import catalogue
from tests.kernel.formats import heifs, samples
from tests.kernel.fourprops.packs import Clean, Pack

Spoil = Callable[[Pack], None]


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack.sound(tmp_path / "package")


def _declare_digest(pack: Pack, path: str, digest: str) -> None:
    told = pack.digests()
    pack.changes["digests"] = {**told, path: {"sm3": digest}}


def _alter(pack: Pack) -> None:
    pack.changes["digests"] = pack.digests()
    samples.picture(pack.root / "Z109/1/0001.jpg", 43)


def _alter_sent(pack: Pack) -> None:
    pack.context["sent"] = pack.digests()
    samples.picture(pack.root / "Z109/1/0001.jpg", 43)


def _add_sent(pack: Pack) -> None:
    pack.context["sent"] = pack.digests()
    pack.copy("Z109/1/0001.jpg", "Z109/1/0003.jpg")


def _encrypt(pack: Pack) -> None:
    samples.pdf(pack.root / "Z109/2/正文.pdf", 2, password="x")


def _pack_again(pack: Pack) -> None:
    with zipfile.ZipFile(pack.root / "Z109/2/more.zip", "w") as out:
        out.writestr("a.txt", "text")


def _unknown_format(pack: Pack) -> None:
    (pack.root / "Z109/2/正文.pdf").write_bytes(bytes(range(256)) * 9)


def _attachment(pack: Pack, present: bool) -> None:
    record = pack.records[1]
    part = Component("Z109/2/附件.pdf", "附件", 2)
    pack.records[1] = replace(record, components=(*record.components, part))
    if present:
        samples.pdf(pack.root / "Z109/2/附件.pdf", 3)


FAILING: dict[str, list[tuple[str, Spoil]]] = {
    "1-1": [("fourprops.digest.differs", _alter)],
    "1-2": [("recordtypes.value.long", lambda p: p.change(0, title="长" * 5000))],
    "1-3": [("recordtypes.date.unreadable", lambda p: p.change(0, date="三月"))],
    "1-4": [("recordtypes.value.outside", lambda p: p.change(0, retention="九年"))],
    "1-5": [("recordtypes.date.future", lambda p: p.change(0, date="20301231", year=""))],
    "1-6": [("recordtypes.characters.replaced", lambda p: p.change(0, title="关于\ufffd的通知"))],
    "1-7": [
        ("refcodes.part.differs", lambda p: p.change(0, year="2019")),
        ("refcodes", lambda p: p.change(0, ref="档号一")),
    ],
    "1-8": [
        ("fourprops.ref.twice", lambda p: p.change(1, ref=p.records[0].ref)),
        ("fourprops.ref.held", lambda p: p.context.update(existing=lambda refs: set(refs))),
    ],
    "1-10": [
        ("fourprops.size.differs", lambda p: p.part(0, 0, declared_size=7)),
        ("fourprops.format.differs", lambda p: p.part(0, 0, declared_format="TIFF")),
    ],
    "1-11": [
        ("fourprops.file.missing", lambda p: (p.root / "Z109/1/0002.jpg").unlink()),
        ("fourprops.file.orphan", lambda p: p.copy("Z109/1/0001.jpg", "Z109/1/0009.jpg")),
        ("packages.dat93.component_extra", lambda p: p.found(Finding("packages.dat93.component_extra", "x"))),
    ],
    "1-12": [
        (
            "packages.note.item_missing",
            lambda p: p.found(Finding("packages.note.item_missing", "x", "移交单位")),
        )
    ],
    "1-13": [
        (
            "packages.dat93.folder_name",
            lambda p: p.found(Finding("packages.dat93.folder_name", "x", "a", "b")),
        )
    ],
    "1-14": [("fourprops.digest.differs", _alter_sent), ("fourprops.sent.added", _add_sent)],
    "2-1": [("fourprops.items.differ", lambda p: p.changes.update(register=Register(3)))],
    "2-2": [("fourprops.bytes.differ", lambda p: p.changes.update(register=Register(2, None, 5)))],
    "2-3": [
        ("recordtypes.element.missing", lambda p: p.drop(0, "title")),
    ],
    "2-4": [("recordtypes.value.empty", lambda p: p.change(0, title="  "))],
    "2-6": [
        ("fourprops.number.gap", lambda p: p.change(1, ref="Z109-WS·2020·Y·BGS-0004", item_number="0004"))
    ],
    "2-7": [
        ("fourprops.pages.differ", lambda p: p.change(0, pages="3")),
        ("fourprops.content.torn", lambda p: samples.cut(p.root / "Z109/1/0002.jpg") and None),
    ],
    "2-8": [("fourprops.file.missing", lambda p: _attachment(p, present=False))],
    "2-10": [
        ("fourprops.catalogue.lacks", lambda p: p.changes.update(declared={p.records[0].ref: {}})),
        (
            "fourprops.metadata.lacks",
            lambda p: p.changes.update(
                declared={**{r.ref: {} for r in p.records}, "Z109-WS·2020·Y·BGS-0009": {}}
            ),
        ),
        (
            "fourprops.metadata.disagrees",
            lambda p: p.changes.update(
                declared={**{r.ref: {} for r in p.records}, p.records[0].ref: {"pages": "12"}}
            ),
        ),
    ],
    "2-11": [("fourprops.files.differ", lambda p: p.changes.update(register=Register(2, 99)))],
    "3-1": [
        ("xml.document.broken", lambda p: p.found(Finding("xml.document.broken", "x"))),
        ("recordtypes.characters.mojibake", lambda p: p.change(0, title="锟斤拷锟斤拷")),
    ],
    "3-2": [("fourprops.database.unreadable", lambda p: p.context.update(database_readable=lambda: False))],
    "3-3": [("fourprops.format.unknown", _unknown_format)],
    "3-4": [
        ("formats.image.damaged", lambda p: samples.cut(p.root / "Z109/1/0002.jpg") and None),
        ("formats.content.encrypted", _encrypt),
    ],
    "3-8": [("fourprops.content.encrypted", _encrypt), ("fourprops.content.packed", _pack_again)],
    "4-2": [("fourprops.malware.found", lambda p: p.context.update(scanner=Clean(infected="0001.jpg")))],
    "4-3": [("fourprops.file.superfluous", lambda p: (p.root / "Thumbs.db").write_text("x") and None)],
    "LT-4-1": [
        ("fourprops.record.classified", lambda p: p.change(0, security="机密", secrecy_period="20年"))
    ],
}

PASSING: dict[str, Spoil] = {
    "1-1": lambda p: p.changes.update(digests=p.digests()),
    "1-8": lambda p: p.context.update(existing=lambda refs: set()),
    "1-10": lambda p: p.part(0, 0, declared_format="JPG"),
    "1-14": lambda p: p.context.update(sent=p.digests()),
    "2-2": lambda p: p.changes.update(register=Register(2, None, sum(f.size for f in p.package().files))),
    "2-8": lambda p: _attachment(p, present=True),
    "2-11": lambda p: p.changes.update(register=Register(2, 3)),
    "3-2": lambda p: p.context.update(database_readable=lambda: True),
}

CASES = [
    pytest.param(number, code, spoil, id=f"{number} {code}")
    for number, cases in FAILING.items()
    for code, spoil in cases
]


@pytest.mark.parametrize(("number", "code", "spoil"), CASES)
def test_fails(pack: Pack, number: str, code: str, spoil: Spoil) -> None:
    spoil(pack)
    item = pack.item(number)
    assert item.outcome == "fail", item
    assert any(finding.code.startswith(code) for finding in item.findings)
    for finding in item.findings:
        if finding.code.startswith(("fourprops.", "formats.")):
            assert "{" not in finding.message("zh") + finding.message("en")


@pytest.mark.parametrize("number", FAILING)
def test_passes(pack: Pack, number: str) -> None:
    PASSING.get(number, lambda p: None)(pack)
    item = pack.item(number)
    assert (item.outcome, item.findings) == ("pass", ()), item


def test_every_automatic_item_has_its_cases() -> None:
    numbers = {
        item.code.removeprefix(f"{stage.value}-")
        for stage in Stage
        for item in scheme("WS", stage).items
        if item.auto == "A"
    }
    # 4-1 can only warn or be impossible, see below.
    assert numbers - FAILING.keys() == {"4-1"}


def test_an_altered_file_is_told_with_both_digests(pack: Pack) -> None:
    before = pack.digests()["Z109/1/0001.jpg"]["sm3"]
    _alter(pack)
    after = pack.digests()["Z109/1/0001.jpg"]["sm3"]
    for number in ("1-1", "1-14"):
        (finding,) = pack.item(number).findings
        assert (finding.path, finding.expected, finding.found) == ("Z109/1/0001.jpg", before, after)
        assert "SM3" in finding.message()


def test_a_declared_digest_of_a_component_counts_too(pack: Pack) -> None:
    pack.part(0, 0, declared_digest={"MD5": "0" * 32})
    (finding,) = pack.item("1-1").findings
    assert finding.facts["algorithm"] == "MD5"
    pack.part(0, 0, declared_digest={"CRC-9": "0"})
    assert pack.item("1-1").findings[0].code == "fourprops.digest.algorithm"


def test_a_wrong_page_count_is_told_as_pages(pack: Pack) -> None:
    for number in range(3, 12):
        pack.copy("Z109/1/0001.jpg", f"Z109/1/{number:04d}.jpg")
    pack.records.pop(0)
    pack.add(1, "Z109/1", *(f"{n:04d}.jpg" for n in range(1, 12)), pages="12")
    (finding,) = pack.item("2-7").findings
    assert (finding.expected, finding.found) == ("页数 12", "页数 11")
    assert finding.path == "Z109-WS·2020·Y·BGS-0001"


@pytest.mark.parametrize("pages", [2, 4, 6])
def test_pages_of_two_renditions_count_once_or_together(pack: Pack, pages: int) -> None:
    samples.multipage_tiff(pack.root / "Z109/2/scan.tif", 4)
    pack.records.pop()
    pack.add(2, "Z109/2", "正文.pdf", "scan.tif", pages=str(pages))
    assert pack.item("2-7").outcome == "pass"


def test_pages_leave_attachments_out(pack: Pack) -> None:
    _attachment(pack, present=True)
    assert pack.item("2-7").outcome == "pass"


def test_pages_that_cannot_be_counted_go_to_a_person(pack: Pack) -> None:
    pack.drop(0, "pages")
    pack.drop(1, "pages")
    item = pack.item("2-7")
    assert (item.outcome, item.findings[0].code) == ("manual", "fourprops.pages.uncounted")


def test_a_gap_that_the_holdings_fill_is_none(pack: Pack) -> None:
    pack.change(1, ref="Z109-WS·2020·Y·BGS-0004", item_number="0004")
    held = {"Z109-WS·2020·Y·BGS-0002", "Z109-WS·2020·Y·BGS-0003"}
    assert pack.item("2-6", existing=lambda refs: held & set(refs)).outcome == "pass"
    item = pack.item("2-6", existing=lambda refs: {"Z109-WS·2020·Y·BGS-0002"} & set(refs))
    assert (item.outcome, item.findings[0].found) == ("fail", "2–3")


def test_equal_descriptions_are_a_warning(pack: Pack) -> None:
    first = pack.records[0].values
    pack.change(1, title=first["title"], doc_number=first["doc_number"])
    assert pack.item("1-8").outcome == "warn"


def test_a_suffix_that_does_not_fit_is_a_warning(pack: Pack) -> None:
    (pack.root / "Z109/1/0001.jpg").unlink()
    pack.copy("Z109/2/正文.pdf", "Z109/1/0001.jpg")
    assert [finding.code for finding in pack.item("1-10").findings] == ["fourprops.format.suffix"]


def test_seals_are_compared_and_left_to_a_person(pack: Pack) -> None:
    from tests.kernel.formats.test_ofd import sealed

    sealed(pack.root / "Z109/2/正文.ofd", "SM3", "sm3")
    pack.add(3, "Z109/2", "正文.ofd", pages="1")
    item = pack.item("1-1")
    assert (item.outcome, item.findings[0].code) == ("manual", "fourprops.fixity.certificates")
    sealed(pack.root / "Z109/2/正文.ofd", "SM3", "sm3", alter=True)
    item = pack.item("1-1")
    assert (item.outcome, item.findings[0].code) == ("fail", "formats.signature.altered")
    assert item.findings[0].path == "Z109/2/正文.ofd"


def test_an_unknown_type_fails_and_no_records_fail(pack: Pack) -> None:
    pack.records[0] = replace(pack.records[0], type="QQ")
    item = pack.item("2-3")
    assert item.outcome == "fail"
    assert item.findings[0].code == "fourprops.record.type"
    pack.records.clear()
    assert pack.item("2-3").outcome == "fail"


def test_unplaced_findings_of_the_opener_are_not_lost(pack: Pack) -> None:
    pack.found(Finding("packages.contents.special", "x"))
    assert [finding.path for finding in pack.item("1-13").findings] == ["x"]


SEEN_OTHERWISE = {
    # What these say, a check sees in the package itself.
    "packages.dat93.content_missing",
    "packages.dat93.astray",
    "packages.dat93.ref_twice",
    "packages.dat93.folder_extra",
    "packages.dat93.folder_missing",
    "packages.list.file_unlisted",
}


def test_every_code_of_the_opener_is_some_item_s(pack: Pack) -> None:
    openers = ("dat93", "list", "bagit", "note", "catalogue", "digests", "contents", "package")
    codes = [code for code in catalogue() if code.startswith(tuple(f"packages.{name}." for name in openers))]
    assert codes
    for code in set(codes) - SEEN_OTHERWISE:
        pack.found(Finding(code, "x"))
        outcomes = [pack.item(number).outcome for number in ("1-12", "1-13", "1-11", "3-1")]
        assert "fail" in outcomes, code


def test_a_list_has_no_description_file(pack: Pack) -> None:
    pack.changes["form"] = "list"
    assert pack.item("1-12").outcome == "not_applicable"


def test_evidence_that_is_not_there_goes_to_a_person(pack: Pack) -> None:
    pack.changes["description"] = {}
    for number in ("1-1", "1-14", "2-2", "2-5", "2-8", "3-5", "4-4", "4-7"):
        item = pack.item(number)
        assert item.outcome == "manual", number
        assert item.findings, number
    assert pack.item("2-9", Stage.GD).outcome == "manual"
    assert pack.item("3-2").outcome == "not_applicable"


def test_a_statement_of_the_environment_passes(pack: Pack) -> None:
    assert pack.item("3-5").outcome == "pass"


def test_without_antivirus_nothing_is_clean(pack: Pack) -> None:
    for number in ("4-1", "4-2"):
        item = pack.item(number, scanner=None)
        assert (item.outcome, item.findings[0].code) == ("error", "fourprops.antivirus.none")
    item = pack.item("4-2", scanner=Clean(silent="0001.jpg"))
    assert (item.outcome, item.findings[0].code) == ("error", "fourprops.malware.unscanned")


def test_signatures_must_be_fresh(pack: Pack) -> None:
    assert pack.item("4-1").outcome == "pass"
    assert pack.item("4-1", scanner=Clean(when=datetime(2026, 10, 1))).outcome == "warn"
    assert pack.item("4-1", scanner=Clean(when=None)).outcome == "warn"

    class Away(Clean):
        def version(self) -> None:  # type: ignore[override]
            raise Unavailable("antivirus.daemon.unreachable", address="x", reason="refused")

    item = pack.item("4-1", scanner=Away())
    assert (item.outcome, item.findings[0].code) == ("error", "fourprops.antivirus.away")
    assert pack.item("4-2", scanner=Away()).outcome == "pass"


def test_what_a_record_was_made_from_may_be_in_another_format(pack: Pack) -> None:
    taken = pack.root / "Z109/2/一.heic"
    taken.write_bytes(heifs.heif(64, 64, [heifs.coded(np.zeros((64, 64, 3), np.uint8))], (64, 64)))
    record = pack.records[1]
    for role, outcome, code in (("修改稿", "pass", "beside"), ("附件", "fail", "unaccepted")):
        photograph = Component("Z109/2/一.heic", role, 2)
        pack.records[1] = replace(record, components=(*record.components, photograph))
        item = pack.item("3-3")
        assert (item.outcome, [one.code for one in item.findings]) == (outcome, [f"fourprops.format.{code}"])
        assert pack.item("3-4").outcome == "pass"
    pack.records[1] = replace(record, components=(replace(photograph, role="修改稿"),))
    assert pack.item("3-3").outcome == "fail", "nothing else is there"


def test_files_that_no_tool_opens_go_to_a_person(pack: Pack) -> None:
    _unknown_format(pack)
    item = pack.item("3-4")
    assert (item.outcome, item.findings[0].code) == ("fail", "formats.pdf.damaged")
    (pack.root / "Z109/2/data.zzz").write_bytes(bytes(range(256)) * 9)
    pack.records.pop()
    pack.add(2, "Z109/2", "data.zzz")
    item = pack.item("3-4")
    assert (item.outcome, item.findings[0].code) == ("manual", "formats.content.no_tool")


def test_a_sample_is_looked_at_by_a_person(pack: Pack) -> None:
    first = pack.item("3-4", sample=0.5)
    assert first.outcome == "manual"
    assert [finding.code for finding in first.findings] == ["fourprops.sample.look"]
    assert pack.item("3-4", sample=0.5).findings == first.findings


def test_process_metadata_count_when_the_type_has_them(pack: Pack) -> None:
    events = [
        e.key
        for e in __import__("tests.kernel.fourprops.packs", fromlist=["TYPES"]).TYPES["WS"].of_scope("event")
    ]
    pack.change(0, **{events[0]: "历史行为"})
    assert pack.item("2-5").outcome == "warn"
    pack.change(1, **{events[0]: "历史行为"})
    assert pack.item("2-5").outcome == "pass"
