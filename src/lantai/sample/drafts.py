"""What each unit hands over: records with their real files, made in a staging folder, as package drafts."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import cycle
from pathlib import Path

from lantai.kernel.packages import Draft, DraftFile, DraftRecord
from lantai.sample import media
from lantai.sample.district import Fonds, fonds
from lantai.sample.entries import (
    Counters,
    audiovisual,
    described,
    filed_under,
    placed,
    record_code,
    series_of,
    topics_of,
)
from lantai.sample.letters import Letter, compose, person
from lantai.sample.material import FORMATS, Annex, Kind, Made, make, pages_of, pdf
from lantai.sample.pictures import SCENES, Photograph, photo_jpeg
from lantai.sample.topics import PLACES, TOPICS

LONG = 11
"""Pages of the two long records of the list, where the list says twelve."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A record before its files are made."""

    fonds: Fonds
    ref: str
    values: dict[str, str]
    letter: Letter
    kind: Kind
    annexes: tuple[Annex, ...] = ()


def letters(
    seed: int, number: str, years: Sequence[int], per_class: int, kinds: Sequence[Kind]
) -> list[Planned]:
    """Return planned letters of fonds ``number``: per year two classes (永久, 30年), numbered from 1."""
    maker, counters = fonds(number), Counters()
    rng = random.Random(f"{seed}:letters:{number}:{years[0]}")
    turn, titles, planned = cycle(kinds), set[str](), []
    for year in years:
        for retention in ("永久", "30年"):
            function = filed_under(rng, rng.choice(topics_of(maker, year)), maker)
            series = series_of("WS", year, retention, function)
            while counters.items.get(f"{number}-{series}", 0) < per_class:
                topic = rng.choice(topics_of(maker, year))
                letter = compose(rng, topic, maker.maker, maker.mark, year, counters.letter(number, year))
                if letter.title in titles:
                    counters.letters[(number, year)] -= 1
                    continue
                titles.add(letter.title)
                planned.append(_plan(rng, maker, letter, retention, function, series, next(turn), counters))
    return planned


def _plan(
    rng: random.Random,
    maker: Fonds,
    letter: Letter,
    retention: str,
    function: str,
    series: str,
    kind: Kind,
    counters: Counters,
) -> Planned:
    item = counters.item(f"{maker.number}-{series}")
    ref = f"{maker.number}-{series}-{item:04}"
    values = described(rng, letter, maker, ref, retention, pages=0)
    code = record_code(maker, letter.signed.year, counters)
    values = placed(values, series, item, function, code)
    values["origin"] = "原生" if kind in {"pdf", "ofd"} else "数字化"
    return Planned(maker, ref, values, letter, kind)


def lengthened(planned: Planned, pages: int, seed: int) -> Planned:
    """Return ``planned`` with as many annexes as make it ``pages`` pages long."""
    rng = random.Random(f"{seed}:annex:{planned.ref}")
    annexes: tuple[Annex, ...] = ()
    while _length(planned, annexes) < pages:
        annexes = (*annexes, _annex(rng, planned.letter))
    if _length(planned, annexes) != pages:
        raise ValueError(f"{planned.ref} cannot be made {pages} pages long")
    return replace(planned, annexes=annexes)


def _length(planned: Planned, annexes: tuple[Annex, ...]) -> int:
    return pages_of(pdf(planned.letter, annexes))


def _annex(rng: random.Random, letter: Letter) -> Annex:
    rows = tuple(
        (str(n), rng.choice(PLACES[:10]), person(rng), str(rng.randrange(1, 8)), f"{rng.randrange(3, 90)}00")
        for n in range(1, 19)
    )
    return Annex(f"{letter.topic}补助资金发放表", rows)


def made(planned: Iterable[Planned], staging: Path, seed: int) -> list[DraftRecord]:
    """Make all files below ``staging`` on all cores; return the records in their order."""

    def one(numbered: tuple[int, Planned]) -> DraftRecord:
        number, plan = numbered
        result = make(plan.letter, plan.kind, staging / f"{number:04}", seed, plan.annexes)
        return _record(plan, result)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(one, enumerate(planned)))


def _record(plan: Planned, result: Made) -> DraftRecord:
    files = tuple(DraftFile(path, path.name, "正文", FORMATS[plan.kind]) for path in result.paths)
    return DraftRecord(plan.ref, "item", "WS", plan.values | {"pages": str(result.pages)}, files)


def draft(number: str, records: Sequence[DraftRecord], content: str, others: dict[str, Path]) -> Draft:
    """Return the draft of a transfer of fonds ``number``."""
    maker = fonds(number)
    description = {"内容描述": content, "软硬件环境": "通用计算机；PDF、OFD、图像和音视频阅读软件"}
    return Draft(maker.number, maker.maker, tuple(records), description, others)


def attached(record: DraftRecord, name: str, data: bytes, staging: Path) -> DraftRecord:
    """Return ``record`` with one more file, an attachment, written below ``staging``."""
    path = staging / f"attached-{record.ref}-{name}"
    path.write_bytes(data)
    file = DraftFile(path, name, "附件", name.rpartition(".")[2].upper())
    values = {**record.values, "attachments": name, "document_aggregation": "组合文件", "item_count": "2"}
    return replace(record, files=(*record.files, file), values=values)


def payments(record: DraftRecord, seed: int) -> tuple[bytes, bytes]:
    """Return a list of payments as spreadsheet and as plain text (UTF-8, one line per household)."""
    rng = random.Random(f"{seed}:payments:{record.ref}")
    rows: list[tuple[str | int, ...]] = [
        (n, rng.choice(PLACES[:10]), person(rng), rng.randrange(1, 8), 300) for n in range(1, 41)
    ]
    headings = ("序号", "村组", "户主", "人口", "补助金额（元）")
    written = datetime.strptime(record.values["date"], "%Y%m%d")
    sheet = media.spreadsheet(record.values["title"], headings, rows, written)
    lines = [f"{record.values['title']}——补助资金发放清册", ""]
    lines += [
        f"{n:>3}  {place}  {name}  {people}人  补助{amount}元" for n, place, name, people, amount in rows
    ]
    return sheet, ("\n".join(lines) + "\n").encode()


def pictures(seed: int, staging: Path, count: int) -> list[DraftRecord]:
    """Return the photographs, the sound and the film of 云溪街道, 2018."""
    maker, counters = fonds("Z031"), Counters()
    rng = random.Random(f"{seed}:pictures")
    titles = set[str]()
    jobs: list[Callable[[], DraftRecord]] = []
    while len(jobs) < count:
        scene = SCENES[len(jobs) % len(SCENES)]
        record = _audiovisual(rng, maker, "ZP", scene, counters, titles)
        jobs.append(partial(_photograph, record, scene, seed, staging))
    jobs.append(partial(_sound, _audiovisual(rng, maker, "LY", "dusk", counters, titles), seed, staging))
    jobs.append(partial(_film, _audiovisual(rng, maker, "LX", "reservoir", counters, titles), seed, staging))
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return [future.result() for future in [pool.submit(job) for job in jobs]]


def _sound(record: DraftRecord, seed: int, staging: Path) -> DraftRecord:
    lasting = replace(record, values={**record.values, "duration": "00:00:05"})
    return _put(lasting, "录音.wav", media.sound(seed, 5.0), staging)


def _film(record: DraftRecord, seed: int, staging: Path) -> DraftRecord:
    lasting = replace(record, values={**record.values, "duration": "00:00:04"})
    return _put(lasting, "录像.mp4", media.film(seed, 4.0), staging)


_SUBJECTS = {"terraces": 0, "reservoir": 6, "dusk": 17, "school": 4, "road": 13}
"""Which topic (index in ``TOPICS``) a scene illustrates."""


def _audiovisual(
    rng: random.Random, maker: Fonds, kind: str, scene: str, counters: Counters, titles: set[str]
) -> DraftRecord:
    entry = audiovisual(rng, maker, kind, 2018, TOPICS[_SUBJECTS[scene]], rng.choice(PLACES), counters)
    values = dict(entry.values)
    while values["title"] in titles:
        values["title"] = f"{entry.values['title']}之{len(titles) + 1}"
    titles.add(values["title"])
    return DraftRecord(entry.ref, "item", kind, values)


def _photograph(record: DraftRecord, scene: str, seed: int, staging: Path) -> DraftRecord:
    day = datetime.strptime(record.values["taken_at"], "%Y%m%d").replace(hour=10, minute=24)
    author, title = record.values["photographer"], record.values["title"]
    return _put(
        record, "照片.jpg", photo_jpeg(Photograph(scene, record.ref), seed, day, author, title), staging
    )


def _put(record: DraftRecord, name: str, data: bytes, staging: Path) -> DraftRecord:
    folder = staging / record.ref
    folder.mkdir(parents=True)
    (folder / name).write_bytes(data)
    form = {"jpg": "JPEG", "wav": "WAV", "mp4": "MP4"}[name.rpartition(".")[2]]
    return replace(record, files=(DraftFile(folder / name, name, "正文", form),))
