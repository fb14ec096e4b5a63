"""Official documents on paper: a Typst template and data become a PDF/A, or page pictures.

Every printed form of Lantai (四性检测报告, 移交与接收登记表, 回执) is a template here; rooms
give it plain data. The only font is the one of the package ``noto-cjk-sans-otc``: same data, same
bytes on every machine.
"""

from __future__ import annotations

from lantai.kernel.printing.typesetting import render, render_png

__all__ = ["render", "render_png"]
