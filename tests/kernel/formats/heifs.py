"""HEIF files that no telephone made: tiles coded by x265, boxes laid by hand."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange, Colorspace

Pixels = npt.NDArray[np.uint8]
NCLX = struct.pack(">4sHHHB", b"nclx", 1, 13, 6, 0x80)
"""Colours as telephones tell them: BT.601, full range."""


@dataclass(frozen=True, slots=True)
class Coded:
    """One picture coded in HEVC, and the configuration of its decoder."""

    data: bytes
    configuration: bytes


def box(kind: str, *content: bytes) -> bytes:
    data = b"".join(content)
    return struct.pack(">I4s", 8 + len(data), kind.encode()) + data


def full(kind: str, version: int, flags: int, *content: bytes) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *content)


def coded(pixels: Pixels, form: str = "yuv420p", crf: int = 12) -> Coded:
    """Code (height, width, 3) as one picture; ``form`` as ``yuv420p`` or ``yuv420p10le``."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as film:
        stream = film.add_stream("libx265", rate=1)
        stream.height, stream.width, stream.pix_fmt = *pixels.shape[:2], form
        stream.options = {
            "preset": "ultrafast",
            "x265-params": f"log-level=none:keyint=1:crf={crf}:range=full:colormatrix=bt470bg",
        }
        frame = av.VideoFrame.from_ndarray(pixels, "rgb24").reformat(
            format=form,
            dst_colorspace=Colorspace.ITU601,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.JPEG,
        )
        film.mux([*stream.encode(frame), *stream.encode(None)])
    whole = out.getvalue()
    return Coded(_content(whole, b"mdat"), _content(whole, b"hvcC"))


def _content(whole: bytes, kind: bytes) -> bytes:
    at = whole.rindex(kind)
    return whole[at + 4 : at - 4 + int.from_bytes(whole[at - 4 : at])]


def tiles(pixels: Pixels, side: int, form: str = "yuv420p") -> list[Coded]:
    """Code a picture in tiles of ``side`` pixels, its edges repeated where they are not whole."""
    high, wide = pixels.shape[:2]
    padded = np.pad(pixels, ((0, -high % side), (0, -wide % side), (0, 0)), mode="edge")
    return [
        coded(np.ascontiguousarray(padded[top : top + side, left : left + side]), form)
        for top in range(0, high, side)
        for left in range(0, wide, side)
    ]


def heif(
    width: int,
    height: int,
    parts: Sequence[Coded],
    side: tuple[int, int],
    changes: Sequence[bytes] = (),
    colours: bytes = NCLX,
    brand: bytes = b"heic",
    coding: str = "hvc1",
    essential: bool = False,
) -> bytes:
    """Lay a file: one picture of one part, or a grid of parts of ``side`` (width, height) row by row.

    ``changes`` are boxes such as ``box("irot", b"\\1")``, done to the picture in this order, ``essential`` marks them so.
    """
    grid = (width, height) != side
    columns = -(-width // side[0])
    rows = len(parts) // columns
    configurations = sorted({part.configuration for part in parts})
    properties = [
        full("ispe", 0, 0, struct.pack(">II", *side)),
        full("ispe", 0, 0, struct.pack(">II", width, height)),
    ]
    properties += [box("colr", colours)] if colours else []
    first_change = len(properties) + 1
    properties += changes
    first_configuration = len(properties) + 1
    properties += [box("hvcC", one) for one in configurations]
    done = [number | essential << 7 for number in range(first_change, first_change + len(changes))]
    whole = [2, *([3] if colours else []), *done]
    primary = len(parts) + 1 if grid else 1
    entries, uses = [], []
    for number, part in enumerate(parts, 1):
        entries.append(full("infe", 2, 0, struct.pack(">HH4sB", number, 0, coding.encode(), 0)))
        mine = [first_configuration + configurations.index(part.configuration), *([1] if grid else whole)]
        uses.append((number, mine))
    if grid:
        entries.append(full("infe", 2, 0, struct.pack(">HH4sB", primary, 0, b"grid", 0)))
        uses.append((primary, whole))
    told = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height) if grid else b""
    ipma = b"".join(struct.pack(f">HB{len(mine)}B", item, len(mine), *mine) for item, mine in uses)

    def meta(start: int) -> bytes:
        places, at = [], start
        for number, part in enumerate(parts, 1):
            places.append(struct.pack(">HHHHII", number, 0, 0, 1, at, len(part.data)))
            at += len(part.data)
        if grid:
            places.append(struct.pack(">HHHHII", primary, 1, 0, 1, 0, len(told)))
        return full(
            "meta",
            0,
            0,
            full("hdlr", 0, 0, struct.pack(">I4s12xB", 0, b"pict", 0)),
            full("pitm", 0, 0, struct.pack(">H", primary)),
            full("iinf", 0, 0, struct.pack(">H", len(entries)), *entries),
            *([full("iref", 0, 0, _parts_of(primary, len(parts)))] if grid else []),
            box("iprp", box("ipco", *properties), full("ipma", 0, 0, struct.pack(">I", len(uses)), ipma)),
            full("iloc", 1, 0, struct.pack(">HH", 0x4400, len(places)), *places),
            *([box("idat", told)] if grid else []),
        )

    head = box("ftyp", brand, bytes(4), b"mif1", brand)
    start = len(head) + len(meta(0)) + 8
    return head + meta(start) + box("mdat", *(part.data for part in parts))


def _parts_of(primary: int, count: int) -> bytes:
    return box("dimg", struct.pack(f">HH{count}H", primary, count, *range(1, count + 1)))


def photograph(pixels: Pixels, side: int = 512, **said: object) -> bytes:
    """Return what an iPhone would make of these pixels: a grid of tiles."""
    high, wide = pixels.shape[:2]
    return heif(wide, high, tiles(pixels, side), (side, side), **said)  # type: ignore[arg-type]
