"""Forms that look alike, and say the coded refusals of services beside their fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms

from lantai.base.errors import STATUS, reader_language
from lantai.kernel.errors import Conflict, Invalid, LantaiError, NotFound
from lantai.kernel.texts import sentence


class PlainForm(forms.Form):
    """A form whose labels carry no colon; ``status`` is the answer's status when it is shown again."""

    status = 400

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def refuse(self, problem: LantaiError) -> None:
        """Show a coded refusal above the fields."""
        self.status = STATUS[problem.kind]
        self.add_error(None, sentence(problem, reader_language()))

    def carry_out(self, service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> bool:
        """Run ``service`` and return True; what its caller can correct is shown in the form instead.

        Refusals that the person at the form cannot mend (forbidden, unavailable, corrupt) stay errors.
        """
        try:
            service(*args, **kwargs)
        except (Invalid, Conflict, NotFound) as problem:
            self.refuse(problem)
            return False
        return True
