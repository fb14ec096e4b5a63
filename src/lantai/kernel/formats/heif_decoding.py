"""The pixels of a HEIF picture coded in HEVC: its tiles decoded one by one, strictly, and put together."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

from lantai.kernel.formats.heif import HEVC, Still, Tile
from lantai.kernel.formats.heif_boxes import BrokenHeif, StrangeHeif

_MARGIN = 128
"""Pixels by which a coder may code more than it shows, to each side."""
_CONFIGURATION_MOST = 1 << 16
_DECODERS_MOST = 8
_MATRICES = {1: Colorspace.ITU709, 5: Colorspace.ITU601, 6: Colorspace.ITU601, 9: Colorspace.BT2020}


def frames(path: Path, still: Still) -> Iterator[VideoFrame]:
    """Yield the decoded tiles in their order; ``BrokenHeif``, ``StrangeHeif`` for what is not coded in HEVC."""
    if still.coding != HEVC:
        raise StrangeHeif(f"coded as {still.coding!r}")
    av.logging.set_level(av.logging.PANIC)
    decoders: dict[bytes, VideoCodecContext] = {}
    with open(path, "rb") as stream:
        for tile in still.tiles:
            if tile.configuration not in decoders:
                if len(decoders) == _DECODERS_MOST:
                    raise StrangeHeif("tiles coded in many ways")
                decoders[tile.configuration] = _decoder(tile, still)
            data = b"".join(os.pread(stream.fileno(), length, at) for at, length in tile.extents)
            yield _frame(decoders[tile.configuration], data, still.tile)


def decode(path: Path, still: Still) -> npt.NDArray[np.uint8]:
    """Return the picture as all changes leave it: (height, width, 3), 8 bits, in its own colours."""
    picture = np.zeros((still.height, still.width, 3), np.uint8)
    wide, high = still.tile
    for number, frame in enumerate(frames(path, still)):
        top, left = number // still.columns * high, number % still.columns * wide
        part = picture[top : top + high, left : left + wide]
        part[:] = _pixels(frame, still)[: part.shape[0], : part.shape[1]]
    for change in still.changes:
        match change.kind:
            case "irot":
                picture = np.rot90(picture, change.values[0])
            case "imir":
                picture = picture[:, ::-1] if change.values[0] else picture[::-1]
            case _:
                left, top, wide, high = change.values
                picture = picture[top : top + high, left : left + wide]
    return np.ascontiguousarray(picture)


def _decoder(tile: Tile, still: Still) -> VideoCodecContext:
    if not 23 <= len(tile.configuration) <= _CONFIGURATION_MOST:
        raise BrokenHeif("a tile without configuration")
    decoder = CodecContext.create("hevc", "r")
    decoder.extradata = tile.configuration
    decoder.thread_count = 1
    most = (still.tile[0] + _MARGIN) * (still.tile[1] + _MARGIN)
    decoder.options = {"err_detect": "crccheck+explode", "max_pixels": str(most)}
    try:
        decoder.open()
    except (av.error.FFmpegError, ValueError) as problem:
        raise BrokenHeif(f"the configuration of a tile: {problem}") from problem
    if decoder.width * decoder.height > most:
        raise BrokenHeif(_other_size(decoder.width, decoder.height, still.tile))
    return decoder


def _frame(decoder: VideoCodecContext, data: bytes, size: tuple[int, int]) -> VideoFrame:
    try:
        found = [*decoder.decode(av.Packet(data)), *decoder.decode(None)]
        decoder.flush_buffers()
    except (av.error.FFmpegError, ValueError) as problem:
        raise BrokenHeif(str(problem)) from problem
    if len(found) != 1 or found[0].is_corrupt:
        raise BrokenHeif("a tile does not decode")
    if (found[0].width, found[0].height) != size:
        raise BrokenHeif(_other_size(found[0].width, found[0].height, size))
    return found[0]


def _other_size(width: int, height: int, told: tuple[int, int]) -> str:
    return f"a tile of {width} × {height} where {told[0]} × {told[1]} is told"


def _pixels(frame: VideoFrame, still: Still) -> npt.NDArray[np.uint8]:
    """Return (height, width, 3); what neither file nor coder says of colours is what telephones mean: BT.601, full."""
    matrix = still.matrix if still.matrix >= 0 else int(frame.colorspace)
    full = still.full if still.full is not None else frame.color_range != ColorRange.MPEG
    drawn = frame.reformat(
        format="rgb24",
        src_colorspace=_MATRICES.get(matrix, Colorspace.ITU601),
        src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        threads=1,
    )
    pixels: npt.NDArray[np.uint8] = drawn.to_ndarray().view(np.uint8)
    return pixels
