"""Sixty photographs of letters: where the sheet is said to be surely, it is; the figures stand in docs/capture.md."""

from __future__ import annotations

import math
from collections import defaultdict
from functools import cache

import numpy as np
import pytest
import pyvips

from lantai.kernel.photographs.finding import FINE, find
from lantai.kernel.photographs.paper import proportion
from tests.kernel.photographs.shoot import HEIGHT, KINDS, WIDTH, Shot, missed, shoot

COUNT = 60


@cache
def found(number: int) -> tuple[Shot, float, bool, float]:
    """Return a shot, the mean error of its corners, whether they are said to be sure, how wrong its proportion is."""
    shot = shoot(number)
    upright = pyvips.Image.new_from_buffer(shot.data, "").autorot()
    corners, sure = find(upright.resize(FINE / max(upright.width, upright.height)).numpy())
    ratio = proportion(corners, WIDTH, HEIGHT)
    return shot, missed(corners, shot), sure, abs(math.log(ratio / shot.proportion))


@pytest.mark.slow
def test_what_is_sure_is_right_and_most_is_sure() -> None:
    results = [found(number) for number in range(COUNT)]
    sure = [error for _, error, is_sure, _ in results if is_sure]
    by_kind: dict[str, list[bool]] = defaultdict(list)
    for shot, _, is_sure, _ in results:
        by_kind[shot.kind].append(is_sure)
    assert set(by_kind) == set(KINDS) and all(len(one) == COUNT // len(KINDS) for one in by_kind.values())
    assert float(np.mean(sure)) <= 0.003 and max(sure) <= 0.01, sorted(sure)[-5:]
    assert len(sure) >= 0.85 * COUNT, {kind: sum(one) for kind, one in by_kind.items()}


@pytest.mark.slow
def test_proportions_come_from_the_perspective() -> None:
    wrong = [ratio for _, _, sure, ratio in map(found, range(COUNT)) if sure]
    assert float(np.median(wrong)) < 0.02 and float(np.mean([one < 0.065 for one in wrong])) >= 0.9


@pytest.mark.parametrize("number", range(4))
def test_a_table_without_a_sheet_is_not_sure(number: int) -> None:
    rng = np.random.default_rng(number)
    noise = rng.normal(120, 25, (FINE * 3 // 4 // 16, FINE // 16, 3)).clip(0, 255).astype(np.uint8)
    assert not find(pyvips.Image.new_from_array(noise).resize(16).numpy())[1]


@pytest.mark.parametrize("shape", [(40, 60, 3), (1536, 30, 3), (400, 400, 3)])
def test_odd_pictures_are_no_sheet(shape: tuple[int, int, int]) -> None:
    for tone in (0, 128, 255):
        corners, sure = find(np.full(shape, tone, dtype=np.uint8))
        assert not sure and len(corners) == 4


def test_a_letter_that_fills_the_picture_is_not_cut() -> None:
    """A scan has no table around it: nothing is sure, and the whole picture is kept."""
    from tests.kernel.photographs.shoot import letter

    page = letter(0).astype(np.uint8)
    assert not find(pyvips.Image.new_from_array(page).resize(FINE / page.shape[0]).numpy())[1]
