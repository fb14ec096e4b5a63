"""The sample district's letters, from their real PDF, OFD and Word files, whole and damaged: recall and precision.

The figures stand in docs/letters.md; a change that makes them worse fails here.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from lantai.kernel import formats
from lantai.kernel.letters import Element, recognise
from lantai.sample.district import FONDS
from lantai.sample.letters import Letter, compose
from lantai.sample.material import Annex, make
from lantai.sample.topics import TOPICS
from tests.kernel.formats import samples

E = Element
LETTERS = 60
HEADS = (E.ISSUER, E.NUMBER, E.TITLE, E.KIND, E.RECEIVERS, E.DATE)


def letters() -> list[Letter]:
    rng = random.Random(20260)
    made = []
    for _ in range(LETTERS):
        fonds = rng.choice(FONDS)
        year = rng.randint(fonds.first, fonds.last)
        made.append(compose(rng, rng.choice(TOPICS), fonds.maker, fonds.mark, year, rng.randint(1, 200)))
    return made


def wanted(letter: Letter) -> dict[Element, str]:
    day = letter.signed.strftime("%Y%m%d")
    return {
        E.ISSUER: letter.issuer,
        E.NUMBER: letter.number,
        E.TITLE: letter.title,
        E.KIND: "纪要" if letter.form == "会议纪要" else letter.form,
        E.RECEIVERS: letter.to,
        E.DATE: day,
        E.COPIES: letter.copies_to.rstrip("。"),
        E.PRINTER: letter.issuer,
        E.PRINTED: day,
    }


def pages_of(letter: Letter, kind: str, folder: Path) -> list[str]:
    if kind == "word":
        lines = [
            f"{letter.issuer}文件",
            letter.number,
            letter.title,
            *([f"{letter.to}："] if letter.to else []),
        ]
        lines += [
            *letter.paragraphs,
            letter.issuer,
            letter.as_data()["signed_zh"],
            f"抄送：{letter.copies_to}",
        ]
        path = samples.word(
            folder / "letter.docx", *lines, f"{letter.issuer} {letter.as_data()['signed_zh']}印发"
        )
    else:
        annex = (
            (Annex("资金安排表", (("1", "石门镇", "李明", "3", "300"),)),)
            if len(letter.title) % 3 == 0
            else ()
        )
        path = make(letter, "ofd" if kind == "ofd" else "pdf", folder / kind, 1, annex).paths[0]
    return formats.extract_text(path, formats.identify(path))


def measured(
    cases: list[tuple[Letter, list[str]]], elements: tuple[Element, ...]
) -> dict[Element, tuple[float, float]]:
    """Return recall and precision of the best hints, by element."""
    there, told, right = Counter[Element](), Counter[Element](), Counter[Element]()
    for letter, pages in cases:
        found = recognise(pages)
        for element in elements:
            value, got = wanted(letter).get(element, ""), found.value(element)
            there[element] += bool(value)
            told[element] += bool(got)
            right[element] += bool(value) and got == value
    return {
        element: (_share(right[element], there[element]), _share(right[element], told[element]))
        for element in elements
    }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float(part == 0)


def cases_of(kind: str, folder: Path) -> list[tuple[Letter, list[str]]]:
    cases = []
    for place, letter in enumerate(letters()):
        own = folder / str(place)
        own.mkdir()
        cases.append((letter, pages_of(letter, kind, own)))
    return cases


@pytest.fixture(scope="module")
def pdfs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Letter, list[str]]]:
    return cases_of("pdf", tmp_path_factory.mktemp("letters"))


@pytest.mark.parametrize("kind", ["pdf", "ofd", "word"])
def test_letters_from_their_files(kind: str, pdfs: list[tuple[Letter, list[str]]], tmp_path: Path) -> None:
    cases = pdfs if kind == "pdf" else cases_of(kind, tmp_path)
    figures = measured(cases, tuple(wanted(cases[0][0])))
    print(kind, {element.value: figure for element, figure in figures.items()})
    for element, (recall, precision) in figures.items():
        assert recall >= 0.98 and precision >= 0.98, (element, recall, precision)
    for _, pages in cases:
        found = recognise(pages)
        assert not {E.SECRECY, E.URGENCY, E.SIGNER, E.ANNEX, E.COPY_NUMBER} & {
            hint.element for hint in found.hints
        }


def spaced(pages: list[str]) -> list[str]:
    return ["\n".join(" ".join(line) for line in page.splitlines()) for page in pages]


def without_number(pages: list[str]) -> list[str]:
    return ["\n".join(line for line in page.splitlines() if "〔" not in line) for page in pages]


def without_head(pages: list[str]) -> list[str]:
    return ["\n".join(pages[0].splitlines()[1:]), *pages[1:]]


def first_page(pages: list[str]) -> list[str]:
    return pages[:1]


def head_last(pages: list[str]) -> list[str]:
    """Text layers often hold the coloured head behind everything else."""
    lines = pages[0].splitlines()
    return ["\n".join([*lines[2:], *lines[:2]]), *pages[1:]]


def scrambled(pages: list[str]) -> list[str]:
    """Lines of the head in any order, as where blocks are read wrongly."""
    lines = pages[0].splitlines()
    head = lines[:7]
    random.Random(len(pages[0])).shuffle(head)
    return ["\n".join([*head, *lines[7:]]), *pages[1:]]


@pytest.mark.parametrize(
    ("damage", "recall", "precision"),
    [
        (spaced, 0.98, 0.98),
        (without_number, 0.98, 0.98),
        (without_head, 0.98, 0.98),
        (first_page, 0.85, 0.98),
        (head_last, 0.95, 0.98),
        (scrambled, 0.9, 0.93),
    ],
)
def test_damaged_letters(
    damage: Callable[[list[str]], list[str]],
    recall: float,
    precision: float,
    pdfs: list[tuple[Letter, list[str]]],
) -> None:
    cases = [(letter, damage(pages)) for letter, pages in pdfs]
    elements = HEADS
    if damage is without_number:
        elements = tuple(element for element in HEADS if element is not E.NUMBER)
        assert not any(recognise(pages).value(E.NUMBER) for _, pages in cases)
    figures = measured(cases, elements)
    mean = [sum(figure[side] for figure in figures.values()) / len(figures) for side in (0, 1)]
    print(damage.__name__, [round(one, 3) for one in mean], {e.value: f for e, f in figures.items()})
    assert mean[0] >= recall and mean[1] >= precision
