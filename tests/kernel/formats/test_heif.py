"""HEIC pictures: decoded as they were coded, turned as they say, and whatever is wrong with them is told in words."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from lantai.kernel.formats import identify, images
from lantai.kernel.formats.heif import Still, read_still
from lantai.kernel.formats.heif_boxes import BrokenHeif, StrangeHeif
from lantai.kernel.formats.heif_decoding import decode
from tests.kernel.formats.heifs import Coded, Pixels, box, coded, heif, photograph, tiles

WIDE, HIGH, SIDE = 300, 200, 128
LEFT_TO_RIGHT, UPSIDE_DOWN, QUARTER = box("imir", b"\1"), box("imir", b"\0"), box("irot", b"\1")
PART = box("clap", struct.pack(">IIIIiIiI", 100, 1, 60, 1, 25, 1, -15, 1))


@cache
def pixels() -> Pixels:
    y, x = np.mgrid[0:HIGH, 0:WIDE]
    made = np.stack([x * 255 / WIDE, y * 255 / HIGH, 128 + 100 * np.sin(x / 40)], -1).astype(np.uint8)
    made[20:60, 40:120] = (200, 20, 20)
    return made


@cache
def parts() -> tuple[Coded, ...]:
    return tuple(tiles(pixels(), SIDE))


@cache
def whole() -> Coded:
    return coded(pixels())


def grid(**said: object) -> bytes:
    return heif(WIDE, HIGH, parts(), (SIDE, SIDE), **said)  # type: ignore[arg-type]


def read(place: Path, data: bytes) -> tuple[Still, Pixels]:
    place.write_bytes(data)
    still = read_still(place)
    return still, decode(place, still)


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ([], lambda p: p),
        ([QUARTER], lambda p: np.rot90(p)),
        ([box("irot", b"\3")], lambda p: np.rot90(p, 3)),
        ([LEFT_TO_RIGHT], lambda p: p[:, ::-1]),
        ([UPSIDE_DOWN], lambda p: p[::-1]),
        ([QUARTER, LEFT_TO_RIGHT], lambda p: np.rot90(p)[:, ::-1]),
        ([PART, QUARTER], lambda p: np.rot90(p[55:115, 125:225])),
    ],
)
def test_a_grid_of_tiles_is_one_picture_turned_as_it_says(
    tmp_path: Path, changes: list[bytes], shown: Callable[[Pixels], Pixels]
) -> None:
    still, found = read(tmp_path / "一.heic", grid(changes=changes))
    wanted = shown(pixels())
    assert still.upright == (found.shape[1], found.shape[0]) and found.shape == wanted.shape
    assert np.abs(found.astype(int) - wanted).mean() < 2


def test_one_picture_alone_with_ten_bits_or_odd_sides_is_read(tmp_path: Path) -> None:
    odd = np.ascontiguousarray(pixels()[:-1, :-1])
    for picture, part in (
        (pixels(), whole()),
        (pixels(), coded(pixels(), "yuv420p10le")),
        (odd, coded(odd, "yuv444p")),
    ):
        high, wide = picture.shape[:2]
        for colours in (b"", b"prof" + bytes(9)):
            still, found = read(tmp_path / "一.heic", heif(wide, high, [part], (wide, high), colours=colours))
            assert still.profile == colours[4:] and np.abs(found.astype(int) - picture).mean() < 2


def test_the_check_decodes_all_of_it_and_says_what_it_is(tmp_path: Path) -> None:
    place = tmp_path / "一.heic"
    place.write_bytes(grid(changes=[QUARTER]))
    form = identify(place)
    assert (form.puid, form.kind) == ("fmt/1101", "image")
    seen = images.inspect(place, form)
    assert (seen.readable, seen.findings, seen.width, seen.height) == (True, (), HIGH, WIDE)
    spoilt = bytearray(grid())
    spoilt[-len(parts()[-1].data) :] = bytes(len(parts()[-1].data))
    place.write_bytes(spoilt)
    assert [one.code for one in images.inspect(place, form).findings] == ["formats.image.damaged_header"]
    place.write_bytes(grid(coding="j2k1"))
    seen = images.inspect(place, form)
    assert seen.readable is None and [one.code for one in seen.findings] == ["formats.content.no_tool"]


WRONG: dict[str, Callable[[], bytes]] = {
    "outside": lambda: grid()[:-300],
    "no still picture": lambda: box("ftyp", b"heic", bytes(4)),
    "no pitm": lambda: box("ftyp", b"heic", bytes(4)) + box("meta", bytes(4)),
    "box b'meta' of 7 bytes": lambda: box("ftyp", b"heic", bytes(4)) + struct.pack(">I4s", 7, b"meta"),
    "property b'blur'": lambda: grid(changes=[box("blur", b"\1")], essential=True),
    "1225 tiles": lambda: heif(35 * SIDE, 35 * SIDE, [parts()[0]] * 1225, (SIDE, SIDE)),
    "share": lambda: grid().replace(*_first_two_places()),
    "do not cover": lambda: heif(WIDE, HIGH, parts(), (SIDE, SIDE - 64)),
    "without size": lambda: grid().replace(struct.pack(">II", WIDE, HIGH), bytes(8)),
    "coded as": lambda: grid(coding="j2k1"),
    "configuration": lambda: heif(WIDE, HIGH, [replace(whole(), configuration=b"")], (WIDE, HIGH)),
    "lies outside": lambda: grid(
        changes=[box("clap", struct.pack(">IIIIiIiI", 100, 1, 60, 1, 250, 1, 0, 1))]
    ),
    "denominator": lambda: grid(changes=[box("clap", bytes(32))]),
    "a tile of": lambda: heif(WIDE - 4, HIGH, [whole()], (WIDE - 4, HIGH)),
    "a tile of 300 × 200 where 64 × 64": lambda: heif(64, 64, [whole()], (64, 64)),
}
"""By what is said of it; the last is a bomb: it codes more pixels than it says, and is not decoded."""


def _first_two_places() -> tuple[bytes, bytes]:
    """Return the place of the second tile, and one that holds the whole file's coded bytes."""
    data = grid()
    start = data.index(b"mdat") + 4
    first, second = len(parts()[0].data), len(parts()[1].data)
    return struct.pack(">II", start + first, second), struct.pack(">II", start, len(data) - start)


@pytest.mark.parametrize("told", WRONG)
def test_what_is_wrong_is_told(tmp_path: Path, told: str) -> None:
    with pytest.raises((BrokenHeif, StrangeHeif), match=told):
        read(tmp_path / "坏.heic", WRONG[told]())


def test_any_byte_may_be_wrong(tmp_path: Path) -> None:
    rng = random.Random(2026)
    good = photograph(pixels(), 256)
    head = good.index(b"mdat")
    for _ in range(400):
        data = bytearray(good)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(head)] = rng.randrange(256)
        place = tmp_path / "坏.heic"
        place.write_bytes(data[: rng.randrange(len(data))] if rng.random() < 0.2 else data)
        try:
            still = read_still(place)
            if still.coded_pixels <= 1 << 20:
                decode(place, still)
        except (BrokenHeif, StrangeHeif) as problem:
            assert str(problem)
