"""What a module in this folder must hold: the first file to read before adding an indicator.

A module whose name does not begin with `_` is a family of indicators: it is found by listing the folder and must
define `INDICATORS`, a tuple of `Indicator`. An indicator is a definition, not code: its numerator and denominator are
sums of measures asked of a `Question` (`metrics/_question.py` lists what can be asked; `store/tables.py` lists the
measures). Dividing happens in one place, `metrics/_figures.py`. Counted and none is 0; nothing to count is null.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from metrics._hierarchy import Floats, Ints
from metrics._question import Question

Sum = Callable[[Question], Ints | Floats]
_OFFICE, _OFFICE_VI = "Office of the Provincial People's Committee", "Văn phòng Ủy ban nhân dân tỉnh"


class Change(NamedTuple):
    """From which day a definition is so, and what changed, in English and Vietnamese."""

    day: date
    text: str
    text_vi: str


FIRST = Change(date(2026, 11, 21), "First defined (version 0.1.0).", "Định nghĩa lần đầu (phiên bản 0.1.0).")
FIRST_0_2 = Change(date(2026, 11, 22), "First defined (version 0.2.0).", "Định nghĩa lần đầu (phiên bản 0.2.0).")
# Version 0.2.0 brought sources that never say some things of a dossier.
ONLY_WHERE_TOLD = Change(
    date(2026, 11, 22),
    "Dossiers whose source never tells it (OpenCPS) no longer count as not having it (version 0.2.0).",
    "Hồ sơ từ hệ thống không báo nội dung này (OpenCPS) không còn bị tính là không có (phiên bản 0.2.0).",
)


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One figure, defined once for every page, export, message and command.

    key                       as in indicators.md
    name, name_vi             what a person reads, in English and Vietnamese
    definition, definition_vi the one sentence that pages show
    source                    the decree, decision or article that defines it
    numerator, denominator    what is summed; denominator None: a count
    form                      "rate" (0 to 1), "count", "days" (a mean) or "hours"
    better                    which direction is good: "higher", "lower", or None where neither is
    counted                   what n counts: "dossiers", "documents", "procedures", "units", "meetings", "points"
    returned                  no system reports it: units return it, nothing is summed
    owner, owner_vi           who answers for the definition
    changes                   the definition's log, the oldest first; a changed definition is an entry here and in
                              the CHANGELOG
    unit_of_sum               numerator and denominator are divided by it (3600: seconds are shown as hours)
    """

    key: str
    name: str
    name_vi: str
    definition: str
    definition_vi: str
    source: str
    numerator: Sum
    denominator: Sum | None = None
    form: Literal["rate", "count", "days", "hours"] = "rate"
    better: Literal["higher", "lower"] | None = "higher"
    counted: str = "dossiers"
    returned: bool = False
    unit_of_sum: int = 1
    owner: str = _OFFICE
    owner_vi: str = _OFFICE_VI
    changes: tuple[Change, ...] = (FIRST,)
