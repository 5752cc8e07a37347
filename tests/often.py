"""Which of many random cases run with every `make test`; `make chaos` runs the others."""

from collections.abc import Iterable
from typing import Any

import pytest


def first(now: int, cases: Iterable[Any]) -> list[Any]:
    """The cases for `parametrize`: so many of them for `make test`, those after them marked for `make chaos`."""
    return [case if number < now else pytest.param(case, marks=pytest.mark.chaos) for number, case in enumerate(cases)]
