"""A unit's own records: found, read and printed at the unit's rights; lent and given back."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pypdfium2
import pytest
from django.utils import timezone

from lantai.base.actors import PUBLIC, SYSTEM, Actor
from lantai.desk import (
    lending_register,
    printed_own,
    queries_arrangement,
    queries_lending,
    queries_reading,
    queries_search,
    store,
)
from lantai.desk.errors import Lacking
from lantai.desk.events import ACTS
from lantai.desk.lending import Terms
from lantai.desk.models import Capture, FileText, FilingClass, HandOver, Item, Loan, Sending, Target
from lantai.desk.queries_search import OwnQuestion
from lantai.desk.searchable import FIELDS, document, engine, in_tray, items
from lantai.desk.services import (
    Brought,
    Where,
    capture,
    dissolve,
    edit,
    fonds_of,
    form,
    place,
    rebuild_own_index,
    reopen,
    sending_told,
    take_out,
)
from lantai.desk.services import hand_over as making
from lantai.desk.services import hand_over_send as leaving
from lantai.desk.services.describe import adopt, describe
from lantai.desk.services.hand_over_build import advance_hand_over
from lantai.desk.services.hand_over_mend import mend
from lantai.desk.services.lending import extend, give_back, lend
from lantai.desk.services.own_index import NAME, still
from lantai.desk.services.replacing import Fresh, Spot, mend_file
from lantai.desk.services.sending import send_away, stop
from lantai.ingest.services import return_to_sender
from lantai.kernel.errors import Conflict, Forbidden, NotFound
from lantai.kernel.printing import render
from lantai.ledger import queries as ledger
from lantai.ledger.models import Entry
from lantai.ledger.services import follow, sequence
from lantai.search.engine.folding import canon
from lantai.search.engine.protocol import Request
from lantai.site.work import settle
from tests import filing
from tests.filing import YEAR, close
from tests.office import VALUES, brought, letter

OLD = Where(YEAR, "30年", "办公室")
WORDS = (
    "水库",
    "移民",
    "安置",
    "补偿",
    "資金",
    "检查",
    "会议",
    "纪要",
    "道路",
    "ＡＢＣ12",
    "救灾",
    "物资",
    "下达",
    "通知",
)


def settled() -> None:
    """Let the index catch up."""
    sequence()
    follow(NAME)


def captured(
    clerk: Actor, external: str, title: str, text: str = "", unit: str = "MZJ", **values: str
) -> str:
    """File one document whose only file has ``text``."""
    files: tuple[Brought, ...] = (
        brought("正本", f"{external}正文.txt", (text or f"正文 {external}").encode()),
    )
    told = {**VALUES, "title": title, "pages": "1", **values}
    return capture(clerk, letter(external, unit=unit, values=told, components=files)).number


def found(actor: Actor, text: str = "", **chosen: str) -> list[str]:
    """Return the titles of all that is found, by pages of three."""
    titles: list[str] = []
    after = ""
    while True:
        asked = OwnQuestion(text=text, chosen=chosen, after=after, size=3)
        answer = queries_search.search(actor, asked)
        titles += [hit.title for hit in answer.hits]
        after = answer.after
        if not after:
            assert answer.total == len(titles)
            return sorted(titles)


def numbered(clerk: Actor, *titles: str, where: Where = OLD) -> list[str]:
    """Return the uuids of items in a closed class, one of each title."""
    numbers = [
        captured(clerk, f"N-{where.year}-{n}", title, date=f"{where.year}0105")
        for n, title in enumerate(titles)
    ]
    items = form(clerk, "MZJ", [[number] for number in numbers])
    (of_class,) = place(clerk, "MZJ", items, where)
    close(clerk, of_class)
    return list(items)


def test_a_record_is_found_in_every_state_as_it_is_now(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    one = captured(
        clerk, "OA-2026-0815", "关于水库移民的通知", "第一段。大坝安全鉴定报告已经批复。", date="20260105"
    )
    two = captured(clerk, "OA-2026-0816", "防汛会议纪要", date="20260203")
    settled()
    assert found(clerk, "水庫　移民") == ["关于水库移民的通知"]
    assert found(clerk, "大坝安全") == ["关于水库移民的通知"]
    assert found(clerk, "2026-0816") == ["防汛会议纪要"] and found(clerk, '"OA-2026-0816"') == [
        "防汛会议纪要"
    ]
    assert found(clerk, "0816正文.txt") == ["防汛会议纪要"]
    assert (
        found(clerk, "云民〔2026〕3号")
        == found(clerk, "文号:2026")
        == sorted(["关于水库移民的通知", "防汛会议纪要"])
    )
    assert found(clerk, "-防汛") == ["关于水库移民的通知"] and found(clerk, state="tray") == found(clerk)
    describe(clerk, two, {"title": "抗旱会议纪要"})
    settled()
    assert found(clerk, "防汛") == [] and found(clerk, "抗旱") == ["抗旱会议纪要"]
    (item,) = form(clerk, "MZJ", [[one, two]])
    settled()
    assert (
        found(clerk, "抗旱") == found(clerk, "0816") == ["关于水库移民的通知"]
    )  # called after its first document
    assert found(clerk, "题名:抗旱") == []
    assert found(clerk, "OA-2026-0816") == found(clerk, state="open") == ["关于水库移民的通知"]
    (of_class,) = place(clerk, "MZJ", [item], Where(2026, "永久", "移民科"))
    settled()
    assert found(clerk, year="2026", function="移民科", retention="永久", type="WS") == ["关于水库移民的通知"]
    assert found(clerk, "移民科") == ["关于水库移民的通知"] and found(clerk, retention="10年") == []
    close(clerk, of_class)
    settled()
    ref = queries_arrangement.item(clerk, item).line.ref
    assert found(clerk, f"档号:{ref[2:9]}") == found(clerk, f'档号:"{ref}"') == found(clerk, state="numbered")
    reopen(clerk, of_class, seen=queries_arrangement.filing_class(clerk, of_class).revision)
    settled()
    assert found(clerk, state="numbered") == [] and found(clerk, f"档号:{ref}") == []
    dissolve(clerk, item, seen=queries_arrangement.item(clerk, item).line.revision)
    settled()
    assert found(clerk, state="tray") == found(clerk) == sorted(["关于水库移民的通知", "抗旱会议纪要"])
    assert engine().count() == 2


def in_step() -> None:
    """Hold what the index says, document by document and count by count, against what the rows say."""
    settled()
    rows = [document(row, {}) for row in (*in_tray(), *items())]
    told = engine().search(Request(acl=None, facets=tuple(FIELDS.values()), limit=100))
    assert sorted(hit.id for hit in told.hits) == sorted(one.id for one in rows)
    for name in FIELDS.values():
        expected = Counter(getattr(one, name) for one in rows if getattr(one, name))
        assert {one.value: one.count for one in told.facets[name] if one.value} == dict(expected), name
    for one in rows:
        for asked in (f'题名:"{one.title}"', f'档号:"{one.ref}"' if one.ref else ""):
            hits = engine().search(Request(acl=None, text=asked, limit=100)).hits
            assert one.id in {hit.id for hit in hits}, asked


def handed_over(clerk: Actor, number: str) -> None:
    """Send it elsewhere and stop that; send it here, get it back, mend it, take it there on a carrier."""
    making.order(clerk, number, making.Wanted(description="文书档案"))
    advance_hand_over(number)
    row, now = HandOver.objects.get(number=number), timezone.now()
    names = dict.fromkeys(("name", "archives", "their_unit", "their_name", "made_by"), "甲")
    there = Target.objects.create(
        uuid=uuid4(), unit=row.unit, address="https://x.example", made_at=now, tested_at=now, **names
    )
    send_away(clerk, number, str(there.uuid))
    in_step()
    stop(clerk, number)
    sending_told.stopped(SYSTEM, Sending.objects.get())
    in_step()
    transfer = leaving.send(clerk, number)
    in_step()
    settle()
    return_to_sender(SYSTEM, transfer, reason="请核对")
    again = mend(clerk, number)
    in_step()
    making.order(clerk, again, making.Wanted(description="更正"))
    advance_hand_over(again)
    leaving.carry(clerk, again, carrier="BD-2026-01")
    in_step()


def test_the_index_says_what_the_rows_say_after_every_act(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    clerk, where = cast["沈文"], Where(YEAR, "永久", "办公室")
    numbers = [captured(clerk, f"OA-{n}", f"第{n}份文件", date=f"{YEAR}010{n}") for n in range(1, 6)]
    in_step()
    describe(clerk, numbers[1], {"title": "改过的题名", "date": f"{YEAR - 1}0105"})
    in_step()
    assert adopt(clerk, "MZJ", numbers[3:], {"keywords": "渡槽"}) == 2
    in_step()
    assert len(found(clerk, "渡槽")) == 2
    one, two, three = form(clerk, "MZJ", [[numbers[0]], [numbers[1]], numbers[2:4]])
    in_step()
    (of_class,) = place(clerk, "MZJ", [one, two, three], where)
    in_step()
    place(clerk, "MZJ", [two], Where(YEAR, "30年", "人事科"))
    in_step()
    place(clerk, "MZJ", [two], where)
    told = queries_arrangement.item(clerk, two)
    edit(clerk, two, {**told.values, "title": "又改的题名"}, seen=told.line.revision)
    in_step()
    take_out(clerk, three)
    in_step()
    dissolve(clerk, three, seen=queries_arrangement.item(clerk, three).line.revision)
    in_step()
    kept = Capture.objects.get(number=numbers[0]).components.get()
    lost = store.place(kept.sha512).read_bytes()
    for said in (lost, "另一份正文".encode()):
        store.place(kept.sha512).unlink()
        brought_ = tmp_path / "正文.txt"
        brought_.write_bytes(said)
        seen = queries_arrangement.item(clerk, one).line.revision
        mend_file(clerk, Spot(one, numbers[0], 1), Fresh("正文.txt", brought_), reason="重扫", seen=seen)
        in_step()
    close(clerk, of_class)
    in_step()
    reopen(clerk, of_class, seen=queries_arrangement.filing_class(clerk, of_class).revision)
    in_step()
    close(clerk, of_class)
    number = making.begin(clerk, "MZJ", [of_class])
    filing.said(clerk, number)
    handed_over(clerk, number)
    walked = set(Entry.objects.values_list("act", flat=True))
    left = {act for act in ACTS if not still(act)} - walked
    as_others = {
        "desk.hand_over.join",
        "desk.capture.adopt",
        *(f"desk.volume.{verb}" for verb in ("make", "edit", "dissolve")),
    }  # named as those of sending and taking apart are; volumes are walked in test_desk_volume_search
    assert left <= as_others, "an act that may change what is found is walked here"


def test_passages_say_where_the_words_stand(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    captured(clerk, "OA-1", "关于道路的通知", "甲" * 100 + "大坝<安全>" + "乙" * 100)
    settled()
    (hit,) = queries_search.search(clerk, OwnQuestion(text="大坝安全 云岭区")).hits
    by_file = {(one.key, one.file, one.page) for one in hit.passages}
    assert ("", "OA-1正文.txt", 1) in by_file and ("author", "", 0) in by_file
    assert any("<mark>大坝&lt;安全</mark>&gt;" in one.html for one in hit.passages)
    (hit,) = queries_search.search(clerk, OwnQuestion(text="道路")).hits
    assert "<mark>道路</mark>" in hit.title_html


def drawn(random_: random.Random, n: int) -> tuple[str, str]:
    title = "关于" + "".join(random_.choices(WORDS, k=3)) + f"第{n}号"
    return title, "，".join(random_.choices(WORDS, k=12)) + f"。结尾{n}"


def questions(random_: random.Random, texts: list[str]) -> Iterator[str]:
    for _ in range(400):
        text = random_.choice(texts)
        start = random_.randrange(len(text))
        yield text[start : start + random_.randint(2, 6)]


def test_what_is_found_is_what_brute_force_finds(cast: Mapping[str, Actor]) -> None:
    clerk, chance = cast["沈文"], random.Random(4)
    told: dict[str, list[str]] = {}
    for n in range(40):
        title, text = drawn(chance, n)
        number = captured(clerk, f"OA-{n:04d}", title, text)
        told[title] = [number, title, text, f"OA-{n:04d}", f"OA-{n:04d}正文.txt", "1", *VALUES.values()]
        told[title].remove(VALUES["title"])
    form(clerk, "MZJ", [[row.number] for row in Capture.objects.order_by("id")[:20]])
    settled()
    asked = 0
    for word in questions(chance, [text for texts in told.values() for text in texts]):
        bare = canon(word)
        if len(bare) < 2 or any(sign in word for sign in '"“”「」『』|｜:：') or word[0] in "-－":
            continue
        pieces = [canon(piece) for piece in word.split() if canon(piece)]
        if any(len(piece) < 2 for piece in pieces):
            continue
        expected = sorted(
            title
            for title, texts in told.items()
            if all(any(piece in canon(text) for text in texts) for piece in pieces)
        )
        assert queries_search.search(clerk, OwnQuestion(text=word, size=1)).total == len(expected), word
        if asked % 10 == 0:
            assert found(clerk, word) == expected
        asked += 1
    assert asked > 200


def test_nobody_finds_what_is_not_their_units(cast: Mapping[str, Actor]) -> None:
    for n in range(4):
        captured(cast["沈文"], f"M-{n}", f"民政第{n}号")
        captured(cast["他局"], f"J-{n}", f"教育第{n}号", unit="JYJ")
    settled()
    chance = random.Random(7)
    for actor in [*cast.values(), PUBLIC]:
        seen = {"沈文": "民政", "他局": "教育", "陆安": ""}.get(actor.name)
        for text in ("", "民政", "教育", "第1号", "-民政", "M-1", chance.choice(("OA", "正文", "云岭区"))):
            for unit in ("", "MZJ", "JYJ"):
                asked = OwnQuestion(text=text, unit=unit)
                mine = {"沈文": ("", "MZJ"), "他局": ("", "JYJ"), "陆安": ("", "MZJ", "JYJ")}.get(
                    actor.name, ("",)
                )
                if unit not in mine:
                    with pytest.raises(NotFound):
                        queries_search.search(actor, asked)
                    continue
                answer = queries_search.search(actor, asked)
                if seen is None:
                    assert (answer.total, answer.hits) == (0, ()) and not any(answer.facets.values())
                else:
                    assert all(seen in hit.title for hit in answer.hits)
    one, other = (Capture.objects.get(external_id=code).number for code in ("J-1", "J-2"))
    (theirs,) = form(cast["他局"], "JYJ", [[one]])
    assert queries_search.picked(cast["沈文"], [theirs], [other]) == []
    assert len(queries_search.picked(cast["他局"], [theirs], [other])) == 2
    for read in (queries_reading.reading_item, printed_own.record):
        with pytest.raises(NotFound):
            read(cast["沈文"], theirs)
        with pytest.raises(NotFound):
            read(cast["顾闻"], theirs)


def test_the_index_is_built_again_from_the_rows_and_what_was_there_before_it(
    cast: Mapping[str, Actor],
) -> None:
    clerk = cast["沈文"]
    numbered(clerk, "旧文件甲", "旧文件乙")
    captured(clerk, "OA-9", "新文件", "正文里有防洪堤")
    settled()
    before = found(clerk)
    FileText.objects.all().delete()
    engine().delete(list(engine().ids()))
    engine().commit()
    engine().close()
    assert found(clerk) == []
    assert rebuild_own_index(SYSTEM) == 3
    assert found(clerk) == before == ["新文件", "旧文件乙", "旧文件甲"] and found(clerk, "防洪堤") == [
        "新文件"
    ]
    with pytest.raises(Forbidden):
        rebuild_own_index(clerk)
    captured(clerk, "OA-10", "后来的")
    settled()
    assert found(clerk, "后来") == ["后来的"] and queries_search.waiting() == 0.0


def test_an_item_is_read_page_by_page_and_printed_with_its_cover(
    cast: Mapping[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = cast["沈文"]
    pdf = render("list", {"title": "目录", "groups": []})
    assert len(pypdfium2.PdfDocument(pdf)) == 1
    files = (
        brought("正本", "正文.pdf", render("record_cover", {"title": "正文", "facts": [], "files": []})),
        brought("attachment", "说明.txt", "附件的文字".encode()),
    )
    number = capture(clerk, letter("OA-1", components=files)).number
    settled()
    tray = queries_reading.reading_capture(clerk, number)
    (item,) = form(clerk, "MZJ", [[number]])
    reading = queries_reading.reading_item(clerk, item)
    assert [(one.kind, one.pages) for one in reading.files] == [("pages", 1), ("text", 0)]
    assert reading.files[1].texts == ("附件的文字",) and tray.files == reading.files
    kept, path = queries_reading.original(clerk, item, 1, of_item=True)
    assert queries_reading.page_picture(kept, path, 1, 240).mime == "image/jpeg"
    with pytest.raises(NotFound):
        queries_reading.original(clerk, item, 3, of_item=True)
    size = ledger.pending()
    name, made = printed_own.record(clerk, item)
    assert ledger.pending() == size and name
    with pypdfium2.PdfDocument(BytesIO(made)) as document:
        pages = [canon(page.get_textpage().get_text_range()) for page in document]
    assert len(pages) == 3 and "档案打印件" in pages[0] and "云民20263号" in pages[0]
    assert "附件的文字" in pages[1]
    monkeypatch.setattr(printed_own, "MOST_BYTES", 100)
    with pypdfium2.PdfDocument(BytesIO(printed_own.record(clerk, item)[1])) as document:
        assert len(document) == 2 and "文件太大" in canon(document[0].get_textpage().get_text_range())


def terms(**changed: object) -> Terms:
    today = timezone.localdate()
    usual: dict[str, object] = {
        "kind": "paper",
        "borrower": "周立",
        "department": "移民科",
        "purpose": "编制年报",
        "lent_on": today,
        "due_on": today + timedelta(days=30),
        "telephone": "010-5550100",
        "place": "3 号柜 07 盒",
    }
    return Terms(**{**usual, **changed})  # type: ignore[arg-type]


def test_paper_is_lent_extended_and_comes_back(cast: Mapping[str, Actor]) -> None:
    clerk, today = cast["沈文"], timezone.localdate()
    one, two = numbered(clerk, "甲", "乙")
    (number,) = lend(clerk, "MZJ", [one], terms())
    shown = queries_lending.loan(clerk, number)
    assert shown.line.out and shown.line.place == "3 号柜 07 盒" and shown.line.telephone == "010-5550100"
    assert queries_lending.loan(cast["陆安"], number).line.telephone == ""
    with pytest.raises(NotFound):
        queries_lending.loan(cast["他局"], number)
    with pytest.raises(Lacking) as refused:
        lend(clerk, "MZJ", [one, two], terms(borrower=" ", due_on=today - timedelta(days=1)))
    assert {(one_.code, one_.path) for one_ in refused.value.reasons} == {
        ("desk.loan.missing", "borrower"),
        ("desk.loan.before", "due_on"),
        ("desk.loan.out", one),
    }
    assert Loan.objects.count() == 1
    with pytest.raises(Forbidden):
        lend(cast["陆安"], "MZJ", [two], terms())
    with pytest.raises(NotFound):
        lend(cast["他局"], "JYJ", [two], terms())
    with pytest.raises(Lacking):
        extend(clerk, number, today, " ", seen=1)
    extend(clerk, number, today + timedelta(days=60), "年报推迟", seen=1)
    with pytest.raises(Conflict, match=r"desk\.loan\.changed"):
        give_back(clerk, number, today, "good", seen=1)
    with pytest.raises(Lacking) as refused:
        give_back(clerk, number, today, "damaged", seen=2)
    assert [one_.path for one_ in refused.value.reasons] == ["remark"]
    give_back(clerk, number, today, "damaged", "封面撕裂", seen=2)
    shown = queries_lending.loan(clerk, number)
    assert not shown.line.out and shown.line.condition == "damaged" and len(shown.extensions) == 1
    with pytest.raises(Conflict, match=r"desk\.loan\.back"):
        give_back(clerk, number, today, "good", seen=3)
    acts = [entry.act for entry in ledger.history([shown.urn])]
    assert acts == ["desk.loan.lend", "desk.loan.extend", "desk.loan.return"]
    assert "周立" not in str([entry.data for entry in ledger.history([shown.urn])])
    (again,) = lend(clerk, "MZJ", [one], terms())
    assert [line.number for line in queries_lending.of_item(clerk, one)] == [again, number]


def test_electronic_loans_and_what_is_late(cast: Mapping[str, Actor]) -> None:
    clerk, today = cast["沈文"], timezone.localdate()
    one, two = numbered(clerk, "甲", "乙")
    (copied,) = lend(clerk, "MZJ", [one], terms(kind="copy", due_on=None))
    assert not queries_lending.loan(clerk, copied).line.out
    before = today - timedelta(days=40)
    late = lend(
        clerk, "MZJ", [one, two], terms(kind="view", lent_on=before, due_on=today - timedelta(days=3))
    )
    assert (
        len(late) == 2 and queries_lending.overdue(clerk) == 2 and queries_lending.overdue(cast["他局"]) == 0
    )
    assert queries_lending.loan(clerk, late[0]).line.overdue == 3
    assert {line.number for line in queries_lending.loans(clerk, state="overdue").items} == set(late)
    assert [line.number for line in queries_lending.loans(clerk, state="back").items] == [copied]
    assert queries_lending.loans(clerk, text="周立 移民科", size=1).after
    assert queries_lending.loans(cast["他局"]).items == []
    extend(clerk, late[0], today + timedelta(days=1), "还要看", seen=1)
    assert queries_lending.overdue(clerk) == 1
    with pytest.raises(Lacking):
        lend(clerk, "MZJ", [one], terms(lent_on=today + timedelta(days=1)))
    year = before.year
    told = [lending_register.cells(line) for line in queries_lending.register(clerk, "MZJ", year)]
    assert [line[0] for line in told][:2] == list(late) and "展期 1 次" in told[0][8]
    assert lending_register.printed(clerk, "MZJ", "区民政局", year).startswith(b"%PDF")
    assert lending_register.workbook(clerk, "MZJ", year).startswith(b"PK")
    assert queries_lending.register(cast["他局"], "MZJ", year) == []
    assert year in queries_lending.years(clerk)


def test_what_is_lent_on_paper_is_not_handed_over(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    one, two = numbered(clerk, "甲", "乙")
    number = FilingClass.objects.get().number
    (loan,) = lend(clerk, "MZJ", [one], terms())
    with pytest.raises(Lacking) as refused:
        making.begin(clerk, "MZJ", [number])
    ref = Item.objects.get(uuid=one).ref
    assert [(told.code, told.path, told.found) for told in refused.value.reasons] == [
        ("desk.hand_over.item_lent", ref, loan)
    ]
    assert loan in refused.value.reasons[0].message("zh")
    give_back(clerk, loan, timezone.localdate(), "good", seen=1)
    begun = making.begin(clerk, "MZJ", [number])
    (loan,) = lend(clerk, "MZJ", [two], terms())
    with pytest.raises(Lacking) as refused:
        making.order(clerk, begun, making.Wanted(description="文书档案"))
    assert "desk.hand_over.item_lent" in {told.code for told in refused.value.reasons}
    reopened = FilingClass.objects.get()
    assert fonds_of(reopened.unit_id) == ["Z109"]


def test_what_was_lent_is_not_taken_apart(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    (item,) = form(clerk, "MZJ", [[captured(clerk, "OA-1", "甲")]])
    (number,) = lend(clerk, "MZJ", [item], terms(kind="view"))
    give_back(clerk, number, date.today(), "good", seen=1)
    with pytest.raises(Conflict, match=r"desk\.item\.was_lent"):
        dissolve(clerk, item, seen=1)
