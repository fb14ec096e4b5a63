"""Digests of large files: each algorithm on a thread of its own gives what one after the other gives."""

from __future__ import annotations

import io
import random

import pytest

from lantai.kernel import digests
from lantai.kernel.digests import digest_bytes, digest_large


@pytest.mark.parametrize("size", [0, 1, 999, 1_000, 1_001, 5_000, 5_001])
def test_large_files_have_the_same_digests(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "_PORTION", 1_000)
    data = random.Random(size).randbytes(size)
    assert digest_large(io.BytesIO(data), ("sha512", "sm3")) == digest_bytes(data, ("sha512", "sm3"))


class _Broken(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 2_000:
            raise OSError("the disk is gone")
        return super().read(size)


def test_what_cannot_be_read_to_its_end_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "_PORTION", 1_000)
    with pytest.raises(OSError, match="gone"):
        digest_large(_Broken(bytes(9_000)), ("sha512", "sm3"))
