"""案卷 are found by their own titles and numbers in the desk's search, as they are now, and never counted as records."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from lantai.base.actors import PUBLIC, SYSTEM, Actor
from lantai.desk import queries_arrangement, queries_search, queries_volumes, services
from lantai.desk.models import FilingClass, Volume
from lantai.desk.queries_search import OwnQuestion
from lantai.desk.queries_volume_search import VolumeHit, volumes_found
from lantai.desk.searchable import engine, folder, row_of
from lantai.desk.searchable_volumes import volume_document
from lantai.desk.services import Said, rebuild_own_index
from lantai.desk.services import hand_over as making
from lantai.desk.services import hand_over_send as leaving
from lantai.desk.services.hand_over_build import advance_hand_over
from lantai.kernel.errors import Conflict
from lantai.search.engine.protocol import Request
from lantai.search.index import close_all
from lantai.site.work import settle
from tests import filing
from tests.rooms.test_desk_volumes import items_of, make, revision, vouchers
from tests.rooms.test_desk_volumes_handed import soon_due


def found(actor: Actor, text: str, **chosen: str) -> list[VolumeHit]:
    settle()
    count, hits = volumes_found(actor, OwnQuestion(text=text, chosen=chosen))
    assert count == len(hits)
    return hits


def in_step() -> None:
    """Hold what the index says of volumes against what the rows say."""
    settle()
    told = engine().search(Request(acl=None, limit=100)).hits
    rows = Volume.objects.select_related("filing_class__unit")
    expected = {volume_document(row).id for row in rows}
    assert {hit.id for hit in told if row_of(hit.id)[0] == "volume"} == expected


def test_a_volume_is_found_as_it_is_now(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = vouchers(clerk, 3)
    one, two, three = items_of(clerk, number)
    first = make(clerk, number, [one, two], "渡槽加固工程凭证")
    make(clerk, number, [three], "二季度凭证")
    (hit,) = found(clerk, "渡槽加固")
    assert (hit.uuid, hit.state, hit.ref, hit.size) == (first, "open", "", 2)
    assert "<mark>渡槽加固</mark>" in hit.title_html and [item.uuid for item in hit.items] == [one, two]
    told = queries_search.search(clerk, OwnQuestion(text="渡槽加固"))
    assert told.total == 0, "a volume is no record"
    assert queries_search.search(clerk, OwnQuestion()).total == 3
    assert found(clerk, "") == [] == found(clerk, "渡槽加固", state="tray")
    assert found(clerk, "渡槽加固", state="open") == [hit]
    services.edit_volume(clerk, first, Said(title="水闸加固工程凭证"), seen=revision(clerk, number))
    in_step()
    assert found(clerk, "渡槽加固") == [] and found(clerk, "题名:水闸加固")[0].uuid == first
    services.dissolve_volume(clerk, first, seen=revision(clerk, number))
    in_step()
    assert found(clerk, "水闸加固") == []
    assert found(cast["陆安"], "二季度凭证") and found(cast["他局"], "二季度凭证") == [], "another unit's"
    assert found(PUBLIC, "二季度凭证") == []


def test_numbers_and_what_becomes_of_a_volume_are_found(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    soon_due()
    number = vouchers(clerk, 2)
    make(clerk, number, items_of(clerk, number), "水库凭证")
    filing.close(clerk, number)
    (hit,) = found(clerk, "水库凭证")
    assert hit.state == "numbered" and found(clerk, f'档号:"{hit.ref}"')[0].uuid == hit.uuid
    sent = making.begin(clerk, "MZJ", [number])
    filing.said(clerk, sent)
    making.order(clerk, sent, making.Wanted(description="凭证"))
    advance_hand_over(sent)
    leaving.send(clerk, sent)
    assert [one.state for one in found(clerk, "水库凭证")] == ["handed"]
    in_step()


def test_an_index_without_volumes_is_built_anew(cast: Mapping[str, Actor]) -> None:
    """One that an earlier release made says so; the same words are found once it is built again."""
    clerk = cast["沈文"]
    number = vouchers(clerk, 1)
    make(clerk, number, items_of(clerk, number), "水库凭证")
    settle()
    before = [hit.id for hit in engine().search(Request(acl=None, limit=100)).hits]
    assert sorted(row_of(one)[0] for one in before) == ["item", "volume"]
    (folder() / "documents").unlink()
    with pytest.raises(Conflict, match=r"search\.index\.outdated"):
        volumes_found(clerk, OwnQuestion(text="水库凭证"))
    assert rebuild_own_index(SYSTEM) == 2
    close_all()
    assert [one.title for one in found(clerk, "水库凭证")] == ["水库凭证"]
    assert (
        queries_arrangement.filing_class(clerk, number).volumes == FilingClass.objects.get().volumes.count()
    )
    assert queries_volumes.volume(clerk, found(clerk, "水库凭证")[0].uuid).line.title == "水库凭证"
