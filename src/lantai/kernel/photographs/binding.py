"""Pages bound to one PDF: each a JPEG as it is, sRGB, nothing else; the same pages make the same bytes.

Written as PDF/A-2b says: an output intent, metadata that claim it, an identifier from the content, no date, no program.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pikepdf
import pyvips
from pikepdf import Array, Dictionary, Name, Pdf

from lantai.kernel.photographs.model import Page

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def bind(pages: Sequence[Page], into: Path) -> None:
    """Write a PDF of ``pages`` in their order at ``into``."""
    document = Pdf.new()
    for page in pages:
        _add(document, page)
    profile = document.make_stream(_srgb(), N=3, Alternate=Name.DeviceRGB)
    document.Root.OutputIntents = Array(
        [
            Dictionary(
                Type=Name.OutputIntent,
                S=Name.GTS_PDFA1,
                OutputConditionIdentifier="sRGB",
                Info="sRGB",
                DestOutputProfile=profile,
            )
        ]
    )
    document.Root.Metadata = document.make_stream(_XMP.encode(), Type=Name.Metadata, Subtype=Name.XML)
    document.save(
        into,
        deterministic_id=True,
        compress_streams=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        force_version="1.7",
    )


def _add(document: Pdf, page: Page) -> None:
    width, height = page.points
    image = document.make_stream(
        page.path.read_bytes(),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=page.width,
        Height=page.height,
        ColorSpace=Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=Name.DCTDecode,
    )
    drawn = document.make_stream(f"q {width:.3f} 0 0 {height:.3f} 0 0 cm /Page Do Q\n".encode("ascii"))
    made = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, width, height]),
        Resources=Dictionary(XObject=Dictionary(Page=image)),
        Contents=drawn,
    )
    document.pages.append(pikepdf.Page(document.make_indirect(made)))


def _srgb() -> bytes:
    """Return the profile of sRGB that the picture library has inside."""
    return bytes(pyvips.Operation.call("profile_load", "srgb"))
