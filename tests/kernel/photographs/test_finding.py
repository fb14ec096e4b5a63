"""Photographs of letters: where the sheet is said to be surely, it is. One of each kind; all sixty: ``bench photographs``."""

from __future__ import annotations

import random

import numpy as np
import pytest
import pyvips

from lantai.kernel.photographs.finding import FINE, find
from tests.kernel.photographs.shoot import COUNT, KINDS, judged

SAMPLE = [random.Random(f"sample:{kind}").randrange(n, COUNT, len(KINDS)) for n, kind in enumerate(KINDS)]
"""A photograph of each kind, by seed; which of the sixty they are does not change."""


@pytest.mark.slow
def test_what_is_sure_is_right_and_most_is_sure() -> None:
    seen = [judged(number) for number in SAMPLE]
    assert [one.kind for one in seen] == list(KINDS)
    sure = [one for one in seen if one.sure]
    assert max(one.error for one in sure) <= 0.01 and float(np.mean([one.error for one in sure])) <= 0.003
    assert {one.kind for one in seen} - {one.kind for one in sure} <= {"two", "steep"}
    assert sum(one.stretched < 0.065 for one in sure) >= 0.9 * len(sure)
    assert float(np.median([one.stretched for one in sure])) < 0.02


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
