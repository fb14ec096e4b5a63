"""A sound, a film, a spreadsheet and a note: small, seeded, the same bytes every time."""

from __future__ import annotations

import io
import math
import random
import struct
import wave
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

import av
import numpy as np
import pyvips
import xlsxwriter

from lantai.sample.pictures import Photograph, draw
from lantai.sample.scans import generator

SOUND_RATE = 22_050
FILM_SIZE = (320, 240)
FILM_RATE = 12


def sound(seed: int, seconds: float = 5.0) -> bytes:
    """Return a mono 16-bit WAV: a slow tune of a five-tone scale, as a village loudspeaker might play."""
    rng = random.Random(f"{seed}:sound")
    scale = (261.63, 293.66, 329.63, 392.0, 440.0, 523.25)
    frames = bytearray()
    beat = SOUND_RATE // 2
    for _ in range(int(seconds * 2)):
        tone = rng.choice(scale)
        for n in range(beat):
            fade = math.exp(-3.0 * n / beat) * min(1.0, n / 200)
            wave_at = math.sin(2 * math.pi * tone * n / SOUND_RATE)
            frames += struct.pack("<h", int(9000 * fade * wave_at) + rng.randrange(-60, 61))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SOUND_RATE)
        out.writeframes(bytes(frames))
    return buffer.getvalue()


ENCODER = {
    "flags": "+bitexact",
    "preset": "ultrafast",
    "tune": "zerolatency",
    "x264-params": "threads=1:sync-lookahead=0:rc-lookahead=0:sliced-threads=0",
}
"""One thread and no look-ahead: with either, the encoder's bytes differ from run to run."""


def film(seed: int, seconds: float = 4.0) -> bytes:
    """Return an MP4 (H.264, which browsers play): the camera moves slowly over a landscape."""
    width, height = FILM_SIZE
    wide = pyvips.Image.new_from_array(draw(Photograph("reservoir", "film"), seed)).thumbnail_image(
        width * 2, height=height, size="force"
    )
    picture = wide.numpy()
    rng = generator(seed, "film")
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options={"fflags": "+bitexact"}) as out:
        stream = out.add_stream("libx264", rate=FILM_RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = 400_000
        stream.codec_context.thread_count = 1
        stream.codec_context.options = ENCODER
        stream.codec_context.time_base = Fraction(1, FILM_RATE)
        count = int(seconds * FILM_RATE)
        for number in range(count):
            left = number * (picture.shape[1] - width) // count
            grain = rng.integers(-3, 4, size=(height, width, 1))
            still = np.clip(picture[:, left : left + width].astype(np.int16) + grain, 0, 255)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(still, dtype=np.uint8), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return buffer.getvalue()


def spreadsheet(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[str | int]], created: datetime
) -> bytes:
    """Return an .xlsx with one sheet: headings in row 1, texts as texts; ``created`` is its date."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"title": title, "author": "", "created": created})
        bold = book.add_format({"bold": True, "border": 1, "align": "center"})
        plain = book.add_format({"border": 1})
        sheet = book.add_worksheet("Sheet1")
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, heading, bold)
            longest = max([len(heading), *(len(str(row[column])) for row in rows)])
            sheet.set_column(column, column, min(60, 3 + longest * 2))
        for line, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, int):
                    sheet.write_number(line, column, value, plain)
                else:
                    sheet.write_string(line, column, value, plain)
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()
