"""Which sources feed an indicator, so that a figure can say until when it holds."""

import re
from collections.abc import Sequence
from functools import cache

from metrics import Indicator, formula
from pages._badges import worst
from store.health import SourceHealth

_WORD = re.compile(r"[a-z_0-9]+")
# What a formula asks for, and the dialects that bring it; every other measure comes from a one-stop system.
_BROUGHT: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (frozenset({"returned"}), frozenset({"returns"})),
    (frozenset({"active_points_change"}), frozenset({"bridge_points"})),
    (
        frozenset({"meetings_held", "meeting_seconds", "points_invited", "points_connected"}),
        frozenset({"bigbluebutton", "pexip", "janus"}),
    ),
    (
        frozenset(
            {"issued", "issued_electronic", "signed", "signed_exchanged", "incoming_due", "incoming_overdue_change"}
        ),
        frozenset({"qlvb", "edxml"}),
    ),
)
_ONE_STOP = frozenset({"dvcqg", "opencps"})
_KINDS = {
    _ONE_STOP: "dossiers",
    frozenset({"bigbluebutton", "pexip", "janus"}): "meetings",
    frozenset({"qlvb", "edxml"}): "documents",
}


def feeding(indicator: Indicator, sources: Sequence[SourceHealth]) -> list[SourceHealth]:
    """The configured sources whose records the indicator counts."""
    dialects = _dialects(indicator)
    return [source for source in sources if source.dialect in dialects]


def counted_kind(indicator: Indicator) -> str:
    """The kind of records that the indicator counts: "dossiers", "documents" or "meetings"; "" where it counts none,
    such as what units return."""
    return _KINDS.get(_dialects(indicator), "")


@cache
def _dialects(indicator: Indicator) -> frozenset[str]:
    asked = set(_WORD.findall(formula(indicator).numerator))
    return next((dialects for measures, dialects in _BROUGHT if measures & asked), _ONE_STOP)


def weakest(indicator: Indicator, sources: Sequence[SourceHealth]) -> SourceHealth | None:
    """The source in the worst state among those that feed the indicator; None when there is none."""
    mine = feeding(indicator, sources)
    state = worst([source.state for source in mine])
    return next((source for source in mine if source.state == state), None)
