"""Official letters (GB/T 9704-2012): what the text of their pages tells for a description. Hints only."""

from __future__ import annotations

from lantai.kernel.letters.kinds import Kind, all_kinds
from lantai.kernel.letters.model import FILLS, Element, Letter, LetterHint
from lantai.kernel.letters.recognising import recognise

__all__ = ["FILLS", "Element", "Kind", "Letter", "LetterHint", "all_kinds", "recognise"]
