"""Words inside office documents are found, with the slide they stand on; long texts are told of."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantai.base.actors import SYSTEM, Actor
from lantai.kernel.formats import identify
from lantai.search.models import ExtractedText
from lantai.search.queries import Question, search
from lantai.site.doctor import Ailment, examine
from lantai.site.work import settle
from tests.corpora import need
from tests.pages import library

FOUND = {
    "testPPT.pptx": ("Watershed", 3),
    "testPPT.ppt": ("Powerpoint", 1),
    "testFooter.ods": ('"Data 3"', 1),
    "testODT_svgTitleInStyledSpan.odt": ("國際課程活動甄選", 1),
    "test_TIKA-1251.doc": ("tjenesteyter", 1),
    "testEXCEL_labels-govdocs-515858.xls": ("Cabbage", 1),
    "testRTF.rtf": ("indexation", 1),
}


def _kept(path: Path, data: bytes) -> str:
    """Preserve a record with one file, described by what is identified; return its 档号."""
    form = identify(path)
    ref = f"Z109-WS·2011·Y-{9000 + list(FOUND).index(path.name)}"
    library.preserved(ref, title="一件材料", files={path.name: (data, form.mime, "正本")})
    return ref


def test_words_inside_office_documents_are_found(cast: dict[str, Actor]) -> None:
    folder = need("08-formats") / "tika"
    refs = {name: _kept(folder / name, (folder / name).read_bytes()) for name in FOUND}
    settle()
    for name, (word, page) in FOUND.items():
        found = {
            hit.record.ref: {passage.page for passage in hit.passages}
            for hit in search(SYSTEM, Question(text=word)).found
        }
        assert found == {refs[name]: {page}}


@pytest.mark.parametrize("name", ["testPPT.ppt", "test_TIKA-1251.doc", "testFooter.ods"])
def test_a_torn_document_is_found_by_its_description(cast: dict[str, Actor], name: str) -> None:
    path = need("08-formats") / "tika" / name
    ref = _kept(path, path.read_bytes()[:2000])
    settle()
    assert [hit.record.ref for hit in search(SYSTEM, Question(text="一件材料")).found] == [ref]


def test_the_doctor_tells_of_long_texts(cast: dict[str, Actor]) -> None:
    def told() -> Ailment:
        (look,) = [look for look in examine() if look.what == "全文"]
        return look

    assert told().ok
    ExtractedText.objects.create(object_id="urn:a", path="长.txt", characters=400_000, whole=False)
    ExtractedText.objects.create(object_id="urn:b", path="甲.txt", characters=1_200_000, whole=True)
    assert (told().ok, told().advice) == (False, True)
    assert told().found == "1 个文件、1 件档案过长，只检索前面部分"
