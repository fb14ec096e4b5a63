"""The sample district 云岭区: invented, seeded, the same every time.

Standing: demonstrations and tests have real files to receive, check, keep and find. Nothing here is needed to
run an archives. It may import the kernel and nothing else of Lantai.
"""

from __future__ import annotations

from lantai.sample.build import build
from lantai.sample.district import District, Entry, Fonds, Person, SamplePackage, Unit

__all__ = ["District", "Entry", "Fonds", "Person", "SamplePackage", "Unit", "build"]
