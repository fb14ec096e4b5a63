"""Small files of every kind that is inspected, written by independent writers at test time."""

from __future__ import annotations

import csv
import struct
import wave
import zipfile
from pathlib import Path

import av
import numpy
import pikepdf
import pyvips


def picture(path: Path, width: int = 40, height: int = 30) -> Path:
    """Write a picture with noise in the format of the suffix."""
    noise = pyvips.Image.gaussnoise(width, height, mean=128, sigma=40, seed=7).cast("uchar")
    noise.bandjoin([noise, noise]).copy(interpretation="srgb").write_to_file(str(path))
    return path


def multipage_tiff(path: Path, pages: int = 3) -> Path:
    """Write a TIFF of several images."""
    images = [pyvips.Image.gaussnoise(40, 30, mean=128, sigma=40, seed=n).cast("uchar") for n in range(pages)]
    joined = pyvips.Image.arrayjoin(images, across=1).copy()
    joined.set_type(pyvips.GValue.gint_type, "page-height", 30)
    joined.write_to_file(str(path))
    return path


def pdf(path: Path, pages: int = 2, password: str = "") -> Path:
    """Write a PDF of blank pages, each with the words "Page n"."""
    document = pikepdf.Pdf.new()
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    for number in range(1, pages + 1):
        page = document.add_blank_page(page_size=(595, 842))
        page.Contents = document.make_stream(f"BT /F1 24 Tf 72 700 Td (Page {number}) Tj ET".encode())
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    locked = pikepdf.Encryption(owner="owner", user=password) if password else None
    document.save(path, encryption=locked) if locked else document.save(path)
    return path


def sound(path: Path, seconds: float = 1.0, rate: int = 8000) -> Path:
    """Write a WAV file with a tone."""
    frames = b"".join(struct.pack("<h", (n % 80) * 300 - 12000) for n in range(int(seconds * rate)))
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(frames)
    return path


def film(path: Path, frames: int = 25) -> Path:
    """Write a film of grey noise, 25 pictures a second."""
    noise = numpy.random.default_rng(1).integers(0, 255, (frames, 48, 64, 3), dtype=numpy.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for image in noise:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def word(path: Path, *paragraphs: str) -> Path:
    """Write a .docx with the given paragraphs."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(
            "[Content_Types].xml",
            f'<?xml version="1.0"?><Types xmlns="{types}"><Default Extension="xml" '
            f'ContentType="application/xml"/><Override PartName="/word/document.xml" '
            f'ContentType="{main}"/></Types>',
        )
        document = f'<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>'
        out.writestr("word/document.xml", f'<?xml version="1.0"?>{document}')
    return path


def ofd(path: Path, *texts: str) -> Path:
    """Write an OFD with one page per text."""
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    pages = "".join(f'<ofd:Page ID="{n}" BaseLoc="Pages/P{n}.xml"/>' for n in range(len(texts)))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(
            "OFD.xml",
            f'<ofd:OFD {space} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo/>'
            f"<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        )
        out.writestr(
            "Doc_0/Document.xml", f"<ofd:Document {space}><ofd:Pages>{pages}</ofd:Pages></ofd:Document>"
        )
        for number, text in enumerate(texts):
            code = f"<ofd:TextObject><ofd:TextCode>{text}</ofd:TextCode></ofd:TextObject>"
            out.writestr(
                f"Doc_0/Pages/P{number}.xml",
                f"<ofd:Page {space}><ofd:Content><ofd:Layer>{code}</ofd:Layer></ofd:Content></ofd:Page>",
            )
    return path


def cut(path: Path, share: float = 0.7) -> Path:
    """Cut the file at ``share`` of its length."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def cases(folder: Path) -> list[dict[str, str]]:
    """Return the rows of a corpus."""
    with (folder / "cases.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
