"""Parts of rows on a shelf: chained, growing, and every damage refused by a code that says what is wrong."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest

from lantai.kernel.errors import Conflict, Corrupt
from lantai.kernel.rowlog import (
    START,
    Gone,
    Head,
    PartWriter,
    Row,
    Shelf,
    Table,
    Tail,
    Whole,
    WholeTable,
    WholeWriter,
)
from lantai.kernel.rowlog import shelf as shelves
from lantai.kernel.storage import MemoryStore, Store, read

UNIT = Table("people_unit", "id", ("id", "name"), ("int", "text"))


def part(tail: Tail, *names: str, gone: tuple[int, ...] = (), size: int = 1) -> bytes:
    writer = PartWriter(Head(tail.part + 1, tail.digest, size, "", "2026-11-22T00:00:00Z", "s"))
    writer.table(UNIT)
    writer.rows([[number, name] for number, name in enumerate(names, 1)])
    writer.gone(gone)
    return writer.close(whole=True, counts={"people_unit": len(names)})


def filled(count: int = 5, seed: str = "单位") -> tuple[MemoryStore, list[Tail]]:
    store = MemoryStore()
    shelf, tails = Shelf(store), [Tail()]
    for number in range(count):
        tails.append(shelf.append(tails[-1], part(tails[-1], f"{seed}{number}", gone=(9,))))
    return store, tails


def test_what_is_written_is_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    store, tails = filled()
    found = list(Shelf(store).parts())
    assert [one.said.head.part for one in found] == [1, 2, 3, 4, 5]
    assert found[2].said.lines == [UNIT, Row([1, "单位2"]), Gone([9])]
    assert found[2].said.counts == {"people_unit": 1}
    assert [one.digest for one in found] == [tail.digest for tail in tails[1:]]
    assert Shelf(store).tail() == tails[-1] == Shelf(store).confirmed(tails[-1])
    assert list(store.list()) == ["parts/000000001.p/00005.jsonl.gz"], "one file that grows"


def test_a_file_is_plain_gzip_of_json_lines_and_the_same_lines_give_the_same_bytes() -> None:
    first, second = filled()[0], filled()[0]
    key = "parts/000000001.p/00005.jsonl.gz"
    assert read(first, key) == read(second, key)
    lines = gzip.decompress(read(first, key)).decode().splitlines()
    assert lines[0].startswith('{"schema":"lantai.rows/1","part":1,')
    assert lines[2] == '[1,"单位0"]'


def test_a_full_file_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "FULL", 500)
    store, tails = filled()
    keys = list(store.list())
    assert len(keys) > 1
    assert keys[0] == "parts/000000001.jsonl.gz"
    assert [one.said.head.part for one in Shelf(store).parts(2, tails[2].digest)] == [3, 4, 5]
    assert Shelf(store).tail().digest == tails[-1].digest


def test_killed_between_the_longer_and_the_shorter_file_the_longer_counts() -> None:
    store, tails = filled(2)
    before = read(store, "parts/000000001.p/00002.jsonl.gz")
    shelf = Shelf(store)
    after = shelf.append(tails[2], part(tails[2], "第三"))
    store.put("parts/000000001.p/00002.jsonl.gz", before)
    assert shelf.confirmed(tails[2]) == after, "what the database remembers is behind the files"
    assert len(list(shelf.parts())) == 3
    with pytest.raises(Conflict):
        shelf.append(tails[2], part(tails[2], "另一个"))


def _flip(at: Callable[[bytes], int]) -> Callable[[Store, str], None]:
    def harm(store: Store, key: str) -> None:
        data = bytearray(read(store, key))
        data[at(bytes(data))] ^= 1
        store.put(key, bytes(data), replace=True)

    return harm


def _reorder(store: Store, key: str) -> None:
    found = list(Shelf(store)._members(key))
    found[1], found[2] = found[2], found[1]
    store.put(key, b"".join(member for member, _ in found), replace=True)


def _drop(store: Store, key: str) -> None:
    found = list(Shelf(store)._members(key))
    store.put(key, b"".join(member for member, _ in found[:1] + found[2:]), replace=True)


def _exchange(store: Store, key: str) -> None:
    """Put a part of another site in the place of one."""
    found = [member for member, _ in Shelf(store)._members(key)]
    other = [member for member, _ in Shelf(filled(seed="别处")[0])._members(key)]
    store.put(key, b"".join([*found[:2], other[2], *found[3:]]), replace=True)


def _rewrite(store: Store, key: str) -> None:
    """Write a part anew with other rows, under the head it had."""
    found = [member for member, _ in Shelf(store)._members(key)]
    tail = Tail(1, "", 1, 1)
    before = next(iter(Shelf(store).parts(1))).said.head.before
    found[1] = part(Tail(tail.part, before), "改写")
    store.put(key, b"".join(found), replace=True)


def _cut(store: Store, key: str) -> None:
    store.put(key, read(store, key)[:-3], replace=True)


def _lose(store: Store, key: str) -> None:
    store.delete(key)
    store.put("parts/000000002.p/00001.jsonl.gz", b"")


def _stray(store: Store, key: str) -> None:
    store.put("parts/notes.txt", b"")


HARMS: dict[str, tuple[Callable[[Store, str], None], str]] = {
    "a flipped bit": (_flip(lambda data: len(data) // 2), "rowlog.part.form"),
    "a flipped bit in a head": (_flip(lambda data: 4), "rowlog.part.form"),
    "a flipped bit at the end": (_flip(lambda data: len(data) - 1), "rowlog.part.form"),
    "cut": (_cut, "rowlog.part.form"),
    "reordered": (_reorder, "rowlog.part.order"),
    "one left out": (_drop, "rowlog.part.order"),
    "of another site": (_exchange, "rowlog.part.chain"),
    "rewritten": (_rewrite, "rowlog.part.chain"),
    "lost": (_lose, "rowlog.part.missing"),
    "not ours": (_stray, "rowlog.file.unknown"),
}


@pytest.mark.parametrize("harm", HARMS)
def test_every_harm_is_refused_and_named(harm: str) -> None:
    store, _ = filled()
    do, code = HARMS[harm]
    do(store, "parts/000000001.p/00005.jsonl.gz")
    with pytest.raises(Corrupt) as refused:
        list(Shelf(store).parts())
    assert refused.value.code == code


def test_every_single_bit_of_a_file_counts() -> None:
    store, tails = filled(2)
    key = "parts/000000001.p/00002.jsonl.gz"
    good = read(store, key)
    for at in range(0, len(good), 3):
        bad = bytearray(good)
        bad[at] ^= 1 << at % 8
        store.put(key, bytes(bad), replace=True)
        with pytest.raises(Corrupt):
            list(Shelf(store).parts(2, tails[2].digest))


def _whole(store: Store, tails: list[Tail], number: int) -> Whole:
    head = Head(number, tails[number - 1].digest, 1, "", "2026-11-22T00:00:00Z", "s")
    writer = WholeWriter(store, Whole(head, tails[number].digest, (("people", "0001"),)))
    writer.table(UNIT)
    writer.rows([[1, "单位"], [2, "又一个"]])
    return writer.close([WholeTable(*UNIT, rows=2, highest=7)])


def test_a_whole_copy_counts_when_its_index_is_there_and_its_files_are_what_it_says() -> None:
    store, tails = filled()
    whole = _whole(store, tails, 3)
    shelf = Shelf(store)
    assert shelf.wholes() == [3]
    assert shelf.whole(3) == whole
    [said] = shelf.files_of(whole)
    assert said.lines[1:] == [Row([1, "单位"]), Row([2, "又一个"])]
    _flip(lambda data: 20)(store, "whole/000000003/00001.jsonl.gz")
    for break_more, code in (
        (lambda: None, "rowlog.whole.differs"),
        (lambda: store.delete("whole/000000003/00001.jsonl.gz"), "rowlog.whole.file_missing"),
    ):
        break_more()
        with pytest.raises(Corrupt, match=code.replace(".", r"\.")):
            list(shelf.files_of(whole))
    store.put("whole/000000003/index.json", b"{}", replace=True)
    with pytest.raises(Corrupt, match=r"rowlog\.whole\.form"):
        shelf.whole(3)
    store.delete("whole/000000003/index.json")
    assert shelf.wholes() == []
    with pytest.raises(Corrupt, match=r"rowlog\.whole\.missing"):
        shelf.whole(3)


def test_what_a_newer_whole_copy_makes_superfluous_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "FULL", 1)
    store, tails = filled()
    _whole(store, tails, 1)
    _whole(store, tails, 4)
    shelf = Shelf(store)
    shelf.trim(4)
    assert shelf.wholes() == [4]
    assert [one.said.head.part for one in shelf.parts(4, tails[4].digest)] == [5]
    with pytest.raises(Corrupt, match=r"rowlog\.part\.missing"):
        list(shelf.parts())


@pytest.mark.parametrize("full", [1, 1 << 20])
def test_what_no_checkpoint_reached_can_be_cut_off(full: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "FULL", full)
    store, tails = filled()
    _whole(store, tails, 5)
    shelf = Shelf(store)
    shelf.cut(3)
    shelf.cut(3)
    assert shelf.wholes() == []
    assert [one.digest for one in shelf.parts()] == [tail.digest for tail in tails[1:4]]
    after = shelf.append(shelf.tail(), part(tails[3], "接着"))
    assert after.part == 4
    assert after.digest != START
