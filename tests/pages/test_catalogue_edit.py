"""Editing on the pages: the form of every type, hints, conflicts, history, undoing, new entries, suggestions."""

from __future__ import annotations

import re
import time
from html import unescape
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from lantai.base.actors import SYSTEM, Actor
from lantai.catalogue import suggest
from lantai.catalogue.forms_edit import elements_of, form_for, look_of
from lantai.holdings import queries as holdings
from lantai.holdings.queries import types
from lantai.holdings.services import current, revise
from lantai.kernel.recordtypes import RecordType
from tests.pages import library
from tests.pages.conftest import SignedIn

REF = "Z109-WS·2011·Y-0001"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def fresh() -> None:
    suggest.forget()


@pytest.fixture
def desk(signed_in: SignedIn, cast: dict[str, Actor]) -> Client:
    library.many(5)
    return signed_in("陆安")


def edit_address(ref: str = REF) -> str:
    return reverse("record-edit", args=[ref])


def body(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def fields_of(text: str) -> dict[str, str | list[str]]:
    """Return the fields of the form on a page as a browser would send them, without buttons."""
    found: dict[str, str | list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", text):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r' value="([^"]*)"', tag)
        if name and re.match(r"-?[a-z_]+$", name[1]) and name[1] not in {"q", "next", "csrfmiddlewaretoken"}:
            told = unescape(value[1]) if value else ""
            had = found.get(name[1])
            found[name[1]] = told if had is None else [*([had] if isinstance(had, str) else had), told]
    for name, inner in re.findall(r'<textarea name="([a-z_]+)"[^>]*>(.*?)</textarea>', text, re.S):
        found[name] = unescape(inner)
    for name, options in re.findall(r'<select name="([a-z_]+)".*?>(.*?)</select>', text, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = unescape(chosen[1]) if chosen else ""
    return found


def opened(client: Client, ref: str = REF) -> dict[str, str | list[str]]:
    return fields_of(body(client, edit_address(ref)))


def values(ref: str = REF) -> dict[str, str]:
    return holdings.record(SYSTEM, ref).values


def test_every_element_of_every_type_is_in_its_form() -> None:
    for kind in types().values():
        for level in kind.levels:
            fields = set(form_for(kind, level).base_fields)
            assert fields == {e.key for e in kind.of_scope() if level in e.levels}
            assert form_for(kind, level) is form_for(kind, level)
        everywhere = {
            e.key for level in ("fonds", "series", "file", "item") for e in elements_of(kind, level)
        }
        assert everywhere == {e.key for e in kind.of_scope()}


def test_the_form_brings_every_value_back_unchanged() -> None:
    for kind in types().values():
        told = {}
        for element in elements_of(kind, "item"):
            vocabulary = kind.vocabulary(element)
            told[element.key] = vocabulary.terms[0].value if vocabulary and vocabulary.closed else "甲；乙"
        sent = {
            key: value.split("；") if look_of(kind, kind.element(key)) == "several" else value
            for key, value in told.items()
        }
        data = Client().request().wsgi_request.GET.copy()
        for key, value in sent.items():
            data.setlist(key, value if isinstance(value, list) else [value])
        assert form_for(kind, "item")(data).values() == told


def test_the_form_shows_every_field_in_its_group(desk: Client) -> None:
    text = body(desk, edit_address())
    kind: RecordType = types()["WS"]
    for element in elements_of(kind, "item"):
        assert f'id="row-{element.key}"' in text, element.key
    assert "题名 1" in text
    assert text.index('id="part-content"') < text.index('id="part-identity"')


def test_what_no_element_knows_is_shown_and_kept(desk: Client) -> None:
    ref = "Z109-WS·2011·Y-0099"
    more = {"strange": "不认识的值", "arrangement": "整理说明", "open_status": "开放"}
    library.add(
        [
            library.Description(
                library.urn_of(ref), ref, "item", "WS", "Z109", library.values(ref, "奇", **more)
            )
        ]
    )
    text = body(desk, edit_address(ref))
    assert "不认识的值" in text
    desk.post(edit_address(ref), {**fields_of(text), "title": "不奇", "-do": "save"})
    assert values(ref)["strange"] == "不认识的值"
    assert values(ref)["title"] == "不奇"


def test_saving_changes_only_what_was_changed_and_says_so(desk: Client) -> None:
    fields, before = opened(desk), values()
    answer = desk.post(
        edit_address(), {**fields, "title": "关于水库移民的通知", "-do": "save", "-reason": "改错字"}
    )
    assert answer.status_code == 302
    page = body(desk, answer.headers["Location"])
    assert "已保存，改了 1 处" in page
    assert "关于水库移民的通知" in page
    after = values()
    assert {key for key in before | after if before.get(key) != after.get(key)} == {"title"}


def test_saving_nothing_says_so(desk: Client) -> None:
    answer = desk.post(edit_address(), {**opened(desk), "-do": "save"})
    assert "没有要改的" in body(desk, answer.headers["Location"])
    assert current(SYSTEM, [holdings.record(SYSTEM, REF).urn])[0].version == 1


def test_saving_and_going_on_opens_the_next(desk: Client) -> None:
    answer = desk.post(edit_address(), {**opened(desk), "title": "改", "-do": "next"})
    behind = holdings.record(SYSTEM, "Z109-WS·2011·Y-0002")
    assert answer.headers["Location"] == reverse("record-edit", args=[behind.urn])


def test_what_cannot_be_is_refused_and_nothing_is_lost(desk: Client) -> None:
    fields = {**opened(desk), "date": "2011年13月", "note": "我写的附注", "-do": "save"}
    answer = desk.post(edit_address(), fields)
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "没有保存。" in text
    assert "我写的附注" in text
    assert "2011年13月" in text
    assert 'aria-invalid="true"' in text
    assert values()["date"] == "20110304"


def test_a_state_secret_never_comes_in_by_editing(desk: Client) -> None:
    answer = desk.post(edit_address(), {**opened(desk), "security": "机密", "-do": "save"})
    assert answer.status_code == 400
    assert values()["security"] == "公开"


def test_looking_saves_nothing_and_tells_hints(desk: Client) -> None:
    number = "11010519491231002X"
    title = f"机密★10年 云岭区民政局关于王建国（{number}）任职的通知（云民发〔2011〕3号）"
    fields = {**opened(desk), "title": title, "date": "20119999"}
    answer = desk.post(edit_address(), {**fields, "-do": "save"}, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert values()["title"] == "题名 1"
    assert "hx-swap-oob" in text
    assert "公民身份号码" in text
    assert "国家秘密标志" in text
    assert "doc_number=云民发〔2011〕3号" in unescape(text)
    assert "record_form=通知" in unescape(text)
    assert "<html" not in text


def test_a_hint_is_taken_over_with_and_without_scripts(desk: Client) -> None:
    fields = {
        **opened(desk),
        "title": "关于防汛的通知（云民发〔2011〕3号）",
        "-take": "doc_number=云民发〔2011〕3号",
    }
    part = desk.post(edit_address(), fields, headers=HTMX).content.decode()
    assert re.search(r'id="row-doc_number" hx-swap-oob="true"', part)
    assert 'value="云民发〔2011〕3号"' in part
    whole = desk.post(edit_address(), fields).content.decode()
    assert 'value="云民发〔2011〕3号"' in whole
    assert "关于防汛的通知" in whole
    assert values().get("doc_number", "") == ""


def test_a_take_over_of_an_unknown_element_does_nothing(desk: Client) -> None:
    answer = desk.post(edit_address(), {**opened(desk), "-take": "nothing=x"})
    assert answer.status_code == 200


def quicker(changes: dict[str, str]) -> None:
    """Let somebody else change the record meanwhile."""
    urn = holdings.record(SYSTEM, REF).urn
    revise(SYSTEM, urn, changes, version=current(SYSTEM, [urn])[0].version)


def test_a_conflict_shows_both_sides_and_loses_nothing(desk: Client) -> None:
    fields = opened(desk)
    quicker({"title": "别人的题名", "pages": "7"})
    answer = desk.post(edit_address(), {**fields, "title": "我的题名", "note": "我的附注", "-do": "save"})
    assert answer.status_code == 409
    text = answer.content.decode()
    for told in ("题名 1", "别人的题名", "我的题名", "我的附注", "两边都改了", "只有您改了", "只有对方改了"):
        assert told in text, told
    assert values()["title"] == "别人的题名"
    again = fields_of(text)
    assert again["-version"] == "2"
    assert again["title"] == "我的题名"
    chosen = desk.post(edit_address(), {**again, "pick-title": "mine", "-do": "save"})
    assert chosen.status_code == 302
    assert (values()["title"], values()["note"], values()["pages"]) == ("我的题名", "我的附注", "7")


def test_theirs_can_be_kept(desk: Client) -> None:
    fields = opened(desk)
    quicker({"title": "别人的题名"})
    text = desk.post(
        edit_address(), {**fields, "title": "我的", "note": "附", "-do": "save"}
    ).content.decode()
    desk.post(edit_address(), {**fields_of(text), "pick-title": "theirs", "-do": "save"})
    assert (values()["title"], values()["note"]) == ("别人的题名", "附")


def test_a_conflict_twice_is_shown_twice(desk: Client) -> None:
    fields = opened(desk)
    quicker({"title": "甲"})
    text = desk.post(edit_address(), {**fields, "title": "我的", "-do": "save"}).content.decode()
    quicker({"title": "乙"})
    answer = desk.post(edit_address(), {**fields_of(text), "pick-title": "mine", "-do": "save"})
    assert answer.status_code == 409
    assert "我的" in answer.content.decode()
    assert values()["title"] == "乙"


def test_the_history_tells_every_field_and_an_act_is_taken_back(desk: Client) -> None:
    answer = desk.post(edit_address(), {**opened(desk), "title": "新题名", "note": "新附注", "-do": "save"})
    page = body(desk, reverse("record-changes", args=[REF]))
    for told in ("题名 1", "新题名", "新附注", "陆安", "第 2 版"):
        assert told in page, told
    saved = body(desk, answer.headers["Location"])
    entry = re.search(r"/catalogue/changes/([0-9a-f-]{36})/", saved)
    assert entry
    shown = body(desk, entry[0])
    assert "撤销这次修改" in shown
    undone = desk.post(reverse("entry-undo", args=[entry[1]]))
    assert undone.status_code == 302
    assert values()["title"] == "题名 1"
    assert values().get("note", "") == ""
    assert "已撤销" in body(desk, undone.headers["Location"])


def test_what_was_built_upon_is_not_taken_back(desk: Client) -> None:
    answer = desk.post(edit_address(), {**opened(desk), "title": "新题名", "-do": "save"})
    entry = re.search(r"/changes/([0-9a-f-]{36})/", body(desk, answer.headers["Location"]))
    quicker({"title": "更新"})
    assert entry
    refused = desk.post(reverse("entry-undo", args=[entry[1]]))
    assert refused.status_code == 409
    assert "没有撤销。" in refused.content.decode()
    assert values()["title"] == "更新"


def test_entries_of_other_rooms_are_not_shown(desk: Client) -> None:
    from lantai.ledger.models import Entry

    other = Entry.objects.filter(act="people.unit.add").first()
    assert other
    assert desk.get(reverse("entry-changes", args=[other.uuid])).status_code == 404
    assert desk.get(reverse("entry-changes", args=["x"])).status_code == 404


def test_readers_of_the_unit_see_history_but_cannot_edit(signed_in: SignedIn, desk: Client) -> None:
    desk.post(edit_address(), {**opened(desk), "title": "新题名", "-do": "save"})
    clerk = signed_in("沈文")
    page = body(clerk, reverse("record-changes", args=[REF]))
    assert "新题名" in page
    assert "建立关联" not in page
    assert "record-edit" not in page
    assert edit_address() not in page
    record = body(clerk, reverse("record", args=[REF]))
    assert "历史与关联" in record
    assert "data-edit" not in record
    listed = body(clerk, reverse("fonds", args=["Z109"]))
    assert 'name="urn"' not in listed


def test_relations_are_made_shown_and_removed(desk: Client) -> None:
    other = "Z109-WS·2011·Y-0002"
    address = reverse("record-relate", args=[REF])
    made = desk.post(address, {"kind": "reply", "target": other, "text": ""})
    assert made.status_code == 302, made.content.decode()[-600:]
    for place in (
        reverse("record-changes", args=[REF]),
        reverse("record", args=[REF]),
        reverse("record", args=[other]),
    ):
        assert "关联" in body(desk, place)
    assert "题名 2" in body(desk, reverse("record-changes", args=[REF]))
    twin = {"kind": "paper_twin", "target": "", "text": "库房原件", "at-storeroom": "三号库", "at-box": "12"}
    assert desk.post(address, twin).status_code == 302
    page = body(desk, reverse("record", args=[REF]))
    assert "三号库" in page
    assert "库房原件" in page
    urn = holdings.record(SYSTEM, other).urn
    assert desk.post(address, {"kind": "reply", "target": urn, "remove": "1"}).status_code == 302
    assert (
        "题名 2"
        not in body(desk, reverse("record-changes", args=[REF])).split("建立关联")[0].split('id="related"')[1]
    )
    wrong = desk.post(address, {"kind": "reply", "target": "没有这条"})
    assert wrong.status_code == 409
    assert "没有这条" in wrong.content.decode()


def new_address(**more: str) -> str:
    return f"{reverse('record-new')}?{urlencode(more)}"


def test_a_new_entry_gets_the_next_number_and_carries_over(desk: Client) -> None:
    place = {"fonds": "Z109", "type": "WS", "series": "WS·2011·Y"}
    assert "开始著录" in body(desk, new_address(fonds="Z109"))
    plain = fields_of(body(desk, new_address(**place)))
    assert plain["ref"] == "Z109-WS·2011·Y-0006"
    assert (plain["year"], plain["retention"], plain["author"]) == ("2011", "永久", "")
    text = body(desk, new_address(**place, like="1"))
    like = fields_of(text)
    assert like["author"] == ["云岭区某局", ""]
    assert like["title"] == ""
    fields = {**like, "title": "关于安置移民的通知", "date": "20110505", "-do": "another"}
    answer = desk.post(reverse("record-new"), fields)
    assert answer.status_code == 302, answer.content.decode()
    assert values("Z109-WS·2011·Y-0006")["author"] == "云岭区某局"
    following = fields_of(body(desk, answer.headers["Location"]))
    assert following["ref"] == "Z109-WS·2011·Y-0007"


def test_a_new_entry_follows_the_last_of_its_own_record_type(desk: Client) -> None:
    ref = "Z109-ZP·2012·Y-0003"
    told = library.values(ref, "一张照片", year="2012", date="20120304")
    library.add([library.Description(library.urn_of(ref), ref, "item", "ZP", "Z109", told)])
    fields = fields_of(body(desk, new_address(fonds="Z109", type="WS")))
    assert fields["ref"].startswith("Z109-WS·")
    assert fields_of(body(desk, new_address(fonds="Z109", type="ZP")))["ref"] == "Z109-ZP·2012·Y-0004"


def test_a_new_entry_in_a_file_lies_in_it(desk: Client) -> None:
    items = library.file_of_items()
    fields = fields_of(body(desk, new_address(parent="Z109-001-001", type="WS", like="1")))
    assert fields["ref"] == "Z109-001-001-004"
    told = {**fields, "title": "卷内又一件", "date": "20110101", "-do": "save"}
    answer = desk.post(reverse("record-new"), told)
    assert answer.status_code == 302, answer.content.decode()
    assert holdings.record(SYSTEM, "Z109-001-001-004").parent == "Z109-001-001"
    assert len(items) == 3


def test_a_new_entry_with_faults_is_refused_and_kept_on_the_page(desk: Client) -> None:
    fields = fields_of(body(desk, new_address(fonds="Z109", type="WS", series="WS·2011·Y", like="1")))
    taken = desk.post(
        reverse("record-new"),
        {**fields, "ref": REF, "item_number": "0001", "title": "重号", "date": "20110101", "-do": "save"},
    )
    assert taken.status_code == 409
    assert "重号" in taken.content.decode()
    empty = desk.post(reverse("record-new"), {**fields, "title": "", "-do": "save"})
    assert empty.status_code == 400
    assert "题名" in empty.content.decode()
    other = desk.post(
        reverse("record-new"),
        {**fields, "ref": "Z999-WS·2011·Y-0006", "title": "别的全宗", "date": "20110101", "-do": "save"},
    )
    assert other.status_code == 400
    assert holdings.existing_refs(["Z999-WS·2011·Y-0006"]) == set()


def test_a_new_entry_is_looked_at_without_saving(desk: Client) -> None:
    fields = fields_of(body(desk, new_address(fonds="Z109", type="WS", series="WS·2011·Y")))
    told = {**fields, "title": "关于安置移民的通知", "-do": "save"}
    part = desk.post(reverse("record-new"), told, headers=HTMX).content.decode()
    assert "record_form=通知" in unescape(part)
    assert holdings.existing_refs(["Z109-WS·2011·Y-0006"]) == set()


def options(client: Client, **asked: str) -> list[str]:
    text = body(client, f"{reverse('suggest')}?{urlencode(asked)}")
    return [unescape(value) for value in re.findall(r'<option value="([^"]*)"', text)]


def many_authors() -> None:
    told = {"开放": "云岭区民政局", "控制": "绝不公开局", "未审核": "雲嶺區水利局"}
    rows = []
    for number in range(1, 31):
        status = ("开放", "开放", "控制", "未审核")[number % 4]
        ref = f"Z109-WS·2012·Y-{number:04d}"
        more = {
            "open_status": status,
            "author": told[status],
            "year": "2012",
            "persons": "王某某",
            "date": "20120101",
        }
        rows.append(
            library.Description(
                library.urn_of(ref), ref, "item", "WS", "Z109", library.values(ref, "题", **more)
            )
        )
    library.add(rows)


def test_suggestions_are_the_units_own_most_used_first(desk: Client) -> None:
    many_authors()
    suggest.forget()
    assert options(desk, element="author", fonds="Z109")[0] == "云岭区民政局"
    assert options(desk, element="author", fonds="Z109", q="水利") == ["雲嶺區水利局"]
    assert options(desk, element="author", fonds="Z109", q="云岭区")[0] == "云岭区民政局"
    assert "雲嶺區水利局" in options(desk, element="author", fonds="Z109", q="云岭区")
    assert options(desk, element="author", fonds="Z109", author="民政") == ["云岭区民政局"]
    assert options(desk, element="author", fonds="Z109", q="没有") == []
    assert options(desk, element="author", fonds="Z109", q="，") == []
    assert options(desk, element="title", fonds="Z109") == []
    assert desk.get(f"{reverse('suggest')}?element=author&fonds=Z999").status_code == 404


def test_a_field_with_many_values_asks_for_more_as_one_types(desk: Client) -> None:
    rows = []
    for number in range(1, 46):
        ref = f"Z109-WS·2012·Y-{number:04d}"
        told = library.values(ref, "题", author=f"机构{number}", year="2012", date="20120101")
        rows.append(library.Description(library.urn_of(ref), ref, "item", "WS", "Z109", told))
    library.add(rows)
    suggest.forget()
    text = body(desk, edit_address())
    assert 'hx-get="/catalogue/suggest/?element=author&amp;fonds=Z109"' in text
    assert "element=record_form" not in text


def test_suggestions_leak_nothing(signed_in: SignedIn, desk: Client) -> None:
    many_authors()
    suggest.forget()
    assert "绝不公开局" in options(desk, element="author", fonds="Z109")
    assert "王某某" in options(desk, element="persons", fonds="Z109")
    stranger = signed_in("他局")
    seen = options(stranger, element="author", fonds="Z109")
    assert "云岭区民政局" in seen
    assert not {"绝不公开局", "雲嶺區水利局"} & set(seen)
    assert options(stranger, element="persons", fonds="Z109") == []
    assert "绝不公开局" in options(signed_in("沈文"), element="author", fonds="Z109")
    assert "绝不公开局" in options(desk, element="author", fonds="Z109")


@pytest.mark.slow
def test_suggestions_are_quick_in_a_large_fonds(desk: Client, cast: dict[str, Actor]) -> None:
    """The newest 2,000 are read, however many there are; after that a key stroke asks the database nothing."""
    rows = []
    for number in range(1, 6_001):
        ref = f"Z109-WS·2013·Y-{number:05d}"
        more = {
            "author": f"机构{number % 300}",
            "keywords": f"词{number % 97}；词{number % 89}",
            "year": "2013",
        }
        told = library.values(ref, f"关于第{number}号事项的通知", date="20130101", **more)
        rows.append(library.Description(library.urn_of(ref), ref, "item", "WS", "Z109", told))
    library.add(rows)
    suggest.forget()
    begun = time.perf_counter()
    assert suggest.suggest(cast["陆安"], "Z109", "author", "机构")
    cold = time.perf_counter() - begun
    begun = time.perf_counter()
    assert suggest.suggest(cast["陆安"], "Z109", "author", "机构2")
    warm = time.perf_counter() - begun
    assert warm < 0.05, f"cold {cold * 1e3:.0f} ms, warm {warm * 1e3:.1f} ms"


def test_the_units_title_frames_are_offered_with_their_reason(desk: Client) -> None:
    suggest.forget()
    text = unescape(body(desk, new_address(fonds="Z109", type="WS", series="WS·2011·Y")))
    offered = re.search(r'<datalist id="list-title">(.*?)</datalist>', text, re.S)
    assert offered
    assert '<option value="题名 …" label="本单位有 5 条这样写">' in offered[1]


def test_a_new_entry_asks_for_its_sub_kind_first_and_the_next_one_remembers_it(desk: Client) -> None:
    address = reverse("record-new")
    asked = body(desk, f"{address}?fonds=Z109&type=KJ")
    assert 'value="KJ·JJ" selected' in asked and 'name="-type"' not in asked
    text = body(desk, f"{address}?fonds=Z109&type=KJ·JJ")
    assert 'id="row-contractor"' in text and 'id="row-research_leader"' not in text
    sent = fields_of(text)
    assert sent["subkind"] == "基建"
    turned = desk.post(address, {**sent, "subkind": "科研", "title": "水稻育种"}).content.decode()
    assert 'id="row-research_leader"' in turned and 'id="row-contractor"' not in turned
    assert fields_of(turned)["title"] == "水稻育种"
    whole = desk.post(address, {**sent, "subkind": "设备", "-whole": "1"}, headers=HTMX).content.decode()
    assert 'id="row-serial_number"' in whole and 'class="sheet edit"' in whole
    ref = "Z109-KJ·JJ·02-005-054"
    more = {
        "ref": ref,
        "title": "渡槽竣工图",
        "contractor": "云岭水工队",
        "year": "2023",
        "retention": "永久",
    }
    answer = desk.post(address, {**sent, **more, "date": "20230504", "author": "水利局", "-do": "another"})
    assert answer.status_code == 302, answer.content.decode()
    assert "KJ%C2%B7JJ" in answer["Location"]
    assert values(ref)["subkind"] == "基建" and values(ref)["contractor"] == "云岭水工队"
    following = body(desk, answer["Location"])
    assert fields_of(following)["ref"] == "Z109-KJ·JJ·02-005-055"
    remembered = body(desk, f"{address}?fonds=Z109&type=KJ")
    assert 'id="row-contractor"' in remembered


def test_changing_the_sub_kind_shows_what_no_longer_belongs_and_keeps_it(desk: Client) -> None:
    ref = "Z109-KJ·JJ·02-005-054"
    more = {"contractor": "云岭水工队", "subkind": "基建"}
    library.add(
        [
            library.Description(
                library.urn_of(ref), ref, "item", "KJ", "Z109", library.values(ref, "渡槽", **more)
            )
        ]
    )
    sent = opened(desk, ref)
    assert sent["subkind"] == "基建" and sent["contractor"] == "云岭水工队"
    looked = desk.post(edit_address(ref), {**sent, "subkind": "科研"}).content.decode()
    stray = looked[looked.index('id="part-stray"') :]
    assert 'id="row-contractor"' in stray[: stray.index("</details>")] and "科研" in stray
    assert 'id="row-research_leader"' in looked and 'id="row-design_unit"' not in looked
    answer = desk.post(edit_address(ref), {**sent, "subkind": "科研", "-do": "save"})
    assert answer.status_code == 302
    assert values(ref)["subkind"] == "科研" and values(ref)["contractor"] == "云岭水工队"


def test_what_a_type_is_there_for_comes_next_and_what_follows_is_not_demanded(desk: Client) -> None:
    text = body(desk, reverse("record-new") + "?fonds=Z109&type=HY&level=item")
    own = text.index('id="part-marriage"')
    assert text.index('id="part-content"') < own < text.index('id="part-identity"')
    assert " open" in text[own : own + 60]
    title = text[text.index('id="row-title"') :]
    title = title[: title.index("</div>")]
    assert "必填" not in title and "不填时由其他项组成" in title
    kinds = body(desk, reverse("record-new") + "?fonds=Z109")
    assert kinds.index('value="WS"') < kinds.index('value="FC"')
