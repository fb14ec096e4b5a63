"""Six transfers as units send them: five forms, two of them faulty in ways that tell."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from lantai.kernel import recordtypes
from lantai.kernel.packages import DraftRecord, build_bagit, build_dat93
from lantai.sample import drafts, media
from lantai.sample.district import Entry, SamplePackage
from lantai.sample.material import Kind

BORN_DIGITAL: tuple[Kind, ...] = (
    *("pdf", "ofd", "jpeg", "pdf", "tiff-bw", "pdf", "ofd", "pdf", "jpeg", "tiff-grey"),
)
SCANNED: tuple[Kind, ...] = ("jpeg", "pdf", "tiff-bw", "pdf", "jpeg", "tiff-grey", "pdf", "ofd")
PAPER: tuple[Kind, ...] = ("jpeg", "jpeg", "tiff-bw", "jpeg", "tiff-grey")
LIST, FILES = "目录.xlsx", "文件"
HEADINGS = {
    "ref": "档号",
    "title": "题名",
    "author": "责任者",
    "date": "日期",
    "year": "年度",
    "retention": "保管期限",
    "doc_number": "文件编号",
    "security": "密级",
    "open_status": "开放标识",
    "pages": "页数",
    "function": "机构或问题",
    "record_code": "电子文件号",
    "unit": "立档单位名称",
    "keywords": "关键词",
    "persons": "人名",
}
_ZIP_DATE = (2020, 3, 18, 9, 0, 0)

Built = tuple[SamplePackage, Sequence[DraftRecord]]


def build(out: Path, staging: Path, seed: int) -> tuple[tuple[SamplePackage, ...], tuple[Entry, ...]]:
    """Build the packages below ``out`` (files are made in ``staging``); return them and what they describe."""
    makers: tuple[Callable[[Path, Path, int], Built], ...] = (
        *(civil_affairs, housing, street, government, civil_affairs_list, education),
    )
    packages: list[SamplePackage] = []
    entries: list[Entry] = []
    for maker in makers:
        room = staging / maker.__name__
        room.mkdir(parents=True)
        package, records = maker(out, room, seed)
        packages.append(package)
        entries += [
            Entry(r.ref, r.level, r.type, package.fonds, r.values, r.parent, package.title) for r in records
        ]
        shutil.rmtree(room)
    return tuple(packages), tuple(entries)


def civil_affairs(out: Path, staging: Path, seed: int) -> Built:
    """区民政局 2011—2013: DA/T 93, one zip, everything right."""
    planned = drafts.letters(seed, "Z013", (2011, 2012, 2013), 8, BORN_DIGITAL)
    records = drafts.made(planned, staging / "files", seed)
    path = out / "Z013-2011-2013-民政局文书档案.zip"
    told = drafts.draft("Z013", records, "2011年至2013年文书类电子档案，含社会救助、婚姻登记、优抚安置等", {})
    build_dat93(told, path, recordtypes.load(), archive=True)
    title = "云岭区民政局2011—2013年文书档案移交"
    return SamplePackage(path, "MZJ", "Z013", "dat93-zip", title, "pass", "各项齐全相符"), records


def housing(out: Path, staging: Path, seed: int) -> Built:
    """区住房和城乡建设局 2014—2015: DA/T 93 as a folder, one item with a spreadsheet behind it."""
    planned = drafts.letters(seed, "Z014", (2014, 2015), 13, BORN_DIGITAL)
    records = drafts.made(planned, staging / "files", seed)
    sheet, _ = drafts.payments(records[0], seed)
    records[0] = drafts.attached(records[0], "补助资金发放清册.xlsx", sheet, staging)
    path = out / "Z014-2014-2015-住建局文书档案"
    told = drafts.draft("Z014", records, "2014年至2015年文书类电子档案，含危房改造、燃气安全、住房保障等", {})
    build_dat93(told, path, recordtypes.load(), archive=False)
    title = "云岭区住房和城乡建设局2014—2015年文书档案移交"
    return SamplePackage(path, "ZJJ", "Z014", "dat93", title, "pass", "各项齐全相符"), records


def street(out: Path, staging: Path, seed: int) -> Built:
    """云溪街道 2018: photographs, a sound and a film in a BagIt bag."""
    records = drafts.pictures(seed, staging / "files", 34)
    path = out / "Z031-2018-云溪街道声像档案"
    told = drafts.draft("Z031", records, "2018年照片、录音、录像类电子档案", {})
    build_bagit(told, path, recordtypes.load(), archive=False)
    title = "云溪街道2018年声像档案移交"
    return SamplePackage(path, "YXJD", "Z031", "bagit", title, "pass", "各项齐全相符"), records


def government(out: Path, staging: Path, seed: int) -> Built:
    """区政府办公室 2009—2010: the 2012 form, its papers in GB18030 as old software writes them."""
    planned = drafts.letters(seed, "Z001", (2009, 2010), 12, SCANNED)
    records = drafts.made(planned, staging / "files", seed)
    path = out / "Z001-2009-2010-政府办文书档案"
    told = drafts.draft("Z001", records, "2009年至2010年文书类电子档案，含政务督查、防汛抗旱、公路建设等", {})
    build_dat93(told, staging / "package", recordtypes.load(), archive=False)
    as_of_2012(staging / "package", path)
    title = "云岭区人民政府办公室2009—2010年文书档案移交"
    return SamplePackage(
        path, "QZFB", "Z001", "dat93-2012", title, "pass", "旧格式、国标编码，各项齐全相符"
    ), records


def civil_affairs_list(out: Path, staging: Path, seed: int) -> Built:
    """区民政局 2014: a list and scans; the list says twelve pages for two items of eleven."""
    planned = drafts.letters(seed, "Z013", (2014,), 8, PAPER)
    for number in (0, 2):
        planned[number] = drafts.lengthened(planned[number], drafts.LONG, seed)
    records = drafts.made(planned, staging / "files", seed)
    folder, corrected = out / "Z013-2014-民政局扫描件", out / "Z013-2014-民政局扫描件（更正）"
    wrong = [
        replace(record, values={**record.values, "pages": str(drafts.LONG + 1)})
        if number in (0, 2)
        else record
        for number, record in enumerate(records)
    ]
    write_list(wrong, folder)
    write_list(records, corrected)
    why = f"{records[0].ref}、{records[2].ref} 登记 12 页，实有 11 页"
    title = "云岭区民政局2014年文书档案扫描件移交"
    return SamplePackage(folder, "MZJ", "Z013", "list", title, "fail", why, corrected), records


def education(out: Path, staging: Path, seed: int) -> Built:
    """区教育局 2012: DA/T 93; after packing, one amount in a text file was changed from 300 to 800."""
    planned = drafts.letters(seed, "Z012", (2012,), 18, BORN_DIGITAL)
    records = drafts.made(planned, staging / "files", seed)
    sheet, text = drafts.payments(records[0], seed)
    records[0] = drafts.attached(records[0], "补助资金发放清册.xlsx", sheet, staging)
    records[3] = drafts.attached(records[3], "补助资金发放清册.txt", text, staging)
    told = drafts.draft("Z012", records, "2012年文书类电子档案，含学校布局调整、校舍安全、教师队伍建设等", {})
    folder = staging / "package"
    build_dat93(told, folder, recordtypes.load(), archive=False)
    corrected = out / "Z012-2012-教育局文书档案（重新报送）.zip"
    zipped(folder, corrected)
    [list_of_payments] = folder.rglob("补助资金发放清册.txt")
    before = list_of_payments.read_text("utf-8")
    list_of_payments.write_text(before.replace("补助300元", "补助800元", 1), "utf-8")
    path = out / "Z012-2012-教育局文书档案.zip"
    zipped(folder, path)
    why = f"{records[3].ref} 的补助资金发放清册.txt 打包后被改动，数字摘要不符"
    title = "云岭区教育局2012年文书档案移交"
    return SamplePackage(path, "JYJ", "Z012", "dat93-zip", title, "fail", why, corrected), records


def write_list(records: Sequence[DraftRecord], folder: Path) -> None:
    """Write 目录.xlsx and 文件/, where a file's name begins with the 档号 of its item."""
    (folder / FILES).mkdir(parents=True)
    rows = [tuple(_cell(key, record.values.get(key, "")) for key in HEADINGS) for record in records]
    sheet = media.spreadsheet("移交目录", tuple(HEADINGS.values()), rows, datetime(2020, 3, 18))
    (folder / LIST).write_bytes(sheet)
    for record in records:
        for number, file in enumerate(record.files, 1):
            name = f"{record.ref}-{number:03}{file.source.suffix}"
            shutil.copyfile(file.source, folder / FILES / name)


def _cell(key: str, value: str) -> str | int:
    return int(value) if key in {"pages", "year"} and value else value


def zipped(folder: Path, out: Path) -> None:
    """Write ``folder`` as a zip with sorted names and one fixed date, so that it is always the same."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*"), key=lambda each: each.as_posix().encode()):
            if path.is_file():
                member = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _ZIP_DATE)
                plain = path.suffix.lower() in {".txt", ".xml", ".csv"}
                member.compress_type = zipfile.ZIP_DEFLATED if plain else zipfile.ZIP_STORED
                archive.writestr(member, path.read_bytes())


def as_of_2012(built: Path, out: Path) -> None:
    """Turn a DA/T 93 folder into the form of the 2012 rules, every paper in GB18030.

    The papers are 说明文件.TXT and 文件目录.XML; the records lie below 电子档案/; digests stay in the metadata.
    """
    out.mkdir(parents=True)
    (out / "其他").mkdir()
    for path in sorted(each for each in built.rglob("*") if each.is_file()):
        place = path.relative_to(built)
        if place.parts[0] == "其他":
            continue
        if len(place.parts) == 1:
            target = out / place.name.replace("目录文件", "文件目录")
        else:
            target = out.joinpath("电子档案", *place.parts[1:])
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.name.upper().endswith((".XML", "说明文件.TXT")):
            target.write_bytes(_in_gb18030(path.read_text("utf-8-sig")))
        else:
            os.replace(path, target)
    (out / "其他" / "编码说明.TXT").write_bytes(
        "本载体的说明文件、目录和元数据采用 GB18030 编码。\r\n".encode("gb18030")
    )


def _in_gb18030(text: str) -> bytes:
    told = text
    for declared in ('encoding="UTF-8"', "encoding='UTF-8'", 'encoding="utf-8"', "encoding='utf-8'"):
        told = told.replace(declared, 'encoding="GB18030"', 1)
    return told.encode("gb18030")
