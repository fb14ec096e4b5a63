"""A transfer through all rooms, by services: what people see when it goes well, and when it does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lantai.access.queries import reading
from lantai.access.services import export
from lantai.base.actors import SYSTEM, Actor
from lantai.checks import queries as checks
from lantai.checks.services import sign_item
from lantai.holdings import queries as holdings
from lantai.ingest import queries
from lantai.ingest.services import accept, return_to_sender, sign_waiting, submit
from lantai.ingest.workspace import workspace
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.kernel.verify.exported import check_export
from lantai.kernel.witness.notes import read_keys
from lantai.ledger import queries as ledger
from lantai.search.queries import Question, search
from lantai.site.work import settle
from lantai.vault import queries as vault
from tests.conftest import Site
from tests.packages import bag, package


def received(actor: Actor, path: Path, unit: str = "MZJ") -> queries.TransferView:
    """Submit a package and let everything settle that goes by itself."""
    number = submit(actor, unit, path)
    settle()
    return queries.transfer(SYSTEM, number)


def accepted(cast: dict[str, Actor], path: Path) -> queries.TransferView:
    """Receive, answer what waits, accept, settle."""
    view = received(cast["沈文"], path)
    sign_waiting(cast["陆安"], view.number, note="已核对")
    accept(cast["陆安"], view.number)
    settle()
    return queries.transfer(SYSTEM, view.number)


@pytest.mark.parametrize("name", ["package.zip", "folder"])
def test_a_clean_package_comes_to_its_end(cast: dict[str, Actor], tmp_path: Path, name: str) -> None:
    source = package(tmp_path, name)
    before = {p.name: p.read_bytes() for p in sorted(tmp_path.glob("material-*/*"))}
    view = accepted(cast, source)
    assert (view.state, view.items, view.fonds) == ("closed", 3, "Z109")
    assert source.exists(), "the sender's package is not ours to remove"
    record = holdings.record(cast["陆安"], "Z109-WS·2011·Y-0001")
    seen = reading(cast["陆安"], record.ref)
    assert seen.deposit and seen.deposit.state == "good"
    kept = {shown.part.name: shown for shown in seen.files}
    with vault.open_file(record.object_id, kept["正文.txt"].part.path) as stream:
        assert stream.read() == before["1-0.bin"]
    assert not workspace(view.uuid).root.exists()
    assert not ledger.check_log().findings


def test_a_bag_comes_to_its_end(cast: dict[str, Actor], tmp_path: Path) -> None:
    assert accepted(cast, bag(tmp_path)).state == "closed"


def test_what_was_received_can_be_shown_as_it_came(cast: dict[str, Actor], tmp_path: Path) -> None:
    source = package(tmp_path)
    view = accepted(cast, source)
    with vault.open_file(view.urn, "container.json") as stream:
        container = json.load(stream)
    assert container["sm3"] == view.container_sm3
    assert container["size"] == source.stat().st_size
    with vault.open_file(view.urn, "where.tsv") as stream:
        where = [line.split("\t") for line in stream.read().decode().splitlines()]
    assert sorted(line[2] for line in where) == sorted(member["path"] for member in container["members"])
    for urn, inside, _ in where:
        with vault.open_file(urn, inside) as kept:
            assert kept.read() is not None


def test_it_is_found_by_two_characters_of_title_and_text(cast: dict[str, Actor], tmp_path: Path) -> None:
    accepted(cast, package(tmp_path))
    assert search(cast["陆安"], Question(text="低保")).total == 0
    assert search(cast["陆安"], Question(text="保障")).total == 1
    by_text = search(cast["陆安"], Question(text="件正文"))
    assert by_text.total == 3
    assert "<mark>件正文</mark>" in by_text.found[0].passages[0].html


def test_an_exported_record_proves_itself(cast: dict[str, Actor], tmp_path: Path) -> None:
    accepted(cast, package(tmp_path))
    out = export(cast["沈文"], "Z109-WS·2011·Y-0001", tmp_path / "export")
    settle()
    assert check_export(out, read_keys(f"{ledger.key_text()}\n".encode())).verdict == "yes"
    with pytest.raises(Conflict):
        export(cast["沈文"], "Z109-WS·2011·Y-0001", out)


def test_wrong_page_count_is_found_returned_and_mended(cast: dict[str, Actor], tmp_path: Path) -> None:
    from lantai.kernel.printing import render

    pdf = render("receipt", {"number": "一", "unit": "区民政局", "archives": "区档案馆"})
    wrong = package(tmp_path, "wrong.zip", texts={"正本.pdf": pdf}, pages="7")
    view = received(cast["沈文"], wrong)
    assert view.run
    failed = {item["code"]: item for item in checks.run(view.run).items("fail")}
    assert list(failed) == ["YJ-2-7"]
    assert "7" in failed["YJ-2-7"]["findings"][0]["expected"]
    with pytest.raises(Conflict):
        accept(cast["陆安"], view.number)
    with pytest.raises(Invalid):
        return_to_sender(cast["陆安"], view.number, reason="  ")
    return_to_sender(cast["陆安"], view.number, reason="页数不符，请核对。")
    assert queries.transfer(cast["沈文"], view.number).reason == "页数不符，请核对。"
    assert holdings.count(SYSTEM) == 0
    pages = failed["YJ-2-7"]["findings"][0]["found"]
    right = "".join(sign for sign in pages if sign.isdigit())
    assert (
        accepted(cast, package(tmp_path, "right.zip", texts={"正本.pdf": pdf}, pages=right)).state == "closed"
    )


def test_an_altered_file_is_found(cast: dict[str, Actor], tmp_path: Path) -> None:
    source = package(tmp_path, "folder")
    next(source.rglob("正文.txt")).write_bytes("改过的正文".encode())
    view = received(cast["沈文"], source)
    assert view.run
    assert {"YJ-1-1", "YJ-1-14"} <= {item["code"] for item in checks.run(view.run).items("fail")}


def test_a_fonds_of_another_unit_is_refused(cast: dict[str, Actor], tmp_path: Path) -> None:
    view = received(cast["沈文"], package(tmp_path, fonds="Z110"))
    assert view.run
    found = checks.run(view.run).items("fail")[0]
    assert (found["code"], found["findings"][0]["code"]) == ("LT-1-1", "ingest.fonds.foreign")


def test_a_code_already_in_the_holdings_is_refused(cast: dict[str, Actor], tmp_path: Path) -> None:
    accepted(cast, package(tmp_path, "first.zip"))
    view = received(cast["沈文"], package(tmp_path, "second.zip", count=1))
    assert view.run
    assert "YJ-1-8" in {item["code"] for item in checks.run(view.run).items("fail")}


def test_state_secrets_are_refused(cast: dict[str, Actor], tmp_path: Path) -> None:
    view = received(cast["沈文"], package(tmp_path, security="秘密", secrecy_period="10年"))
    assert view.run
    assert "LT-4-1" in {item["code"] for item in checks.run(view.run).items("fail")}
    with pytest.raises(Conflict):
        accept(cast["陆安"], view.number)


def test_nothing_is_accepted_while_an_item_waits(cast: dict[str, Actor], tmp_path: Path) -> None:
    view = received(cast["沈文"], package(tmp_path))
    with pytest.raises(Conflict) as refused:
        accept(cast["陆安"], view.number)
    assert refused.value.code == "ingest.transfer.unanswered"
    assert view.run
    first, *rest = checks.run(view.run).waiting
    sign_item(cast["陆安"], view.run, first["code"], passed=False, note="载体有划痕")
    with pytest.raises(Conflict):
        sign_item(cast["陆安"], view.run, first["code"], passed=True)
    assert rest
    sign_waiting(cast["陆安"], view.number, note="")
    with pytest.raises(Conflict) as refused:
        accept(cast["陆安"], view.number)
    assert refused.value.code == "ingest.transfer.not_clean"


def test_who_may_do_what(cast: dict[str, Actor], tmp_path: Path) -> None:
    source = package(tmp_path)
    with pytest.raises(Forbidden):
        submit(cast["他局"], "MZJ", source)
    view = received(cast["沈文"], source)
    with pytest.raises(NotFound):
        queries.transfer(cast["他局"], view.number)
    for name in ("沈文", "他局", "顾闻", "方正", "系统管理员", "安全保密员", "安全审计员"):
        with pytest.raises(Forbidden):
            accept(cast[name], view.number)
        with pytest.raises(Forbidden):
            return_to_sender(cast[name], view.number, reason="不")


def test_a_hostile_archive_is_returned_with_its_reason(cast: dict[str, Actor], tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 not a zip at all")
    view = received(cast["沈文"], broken)
    assert view.state == "returned"
    assert view.refusal and view.refusal["code"].startswith("packages.")


def test_a_package_that_is_not_there_makes_no_transfer(cast: dict[str, Actor], tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        submit(cast["沈文"], "MZJ", tmp_path / "nowhere.zip")
    assert not queries.transfers(SYSTEM).items


def test_two_decisions_at_once_make_one(cast: dict[str, Actor], tmp_path: Path, site: Site) -> None:
    view = received(cast["沈文"], package(tmp_path))
    sign_waiting(cast["陆安"], view.number, note="")
    accept(cast["陆安"], view.number)
    with pytest.raises(Conflict):
        return_to_sender(cast["陆安"], view.number, reason="晚了")
    with pytest.raises(Conflict):
        accept(cast["陆安"], view.number)
