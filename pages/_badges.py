"""States, always by shape and word, never by colour alone."""

from html import escape
from typing import Literal

from pages import _format
from pages._language import _
from pages._palette import MISSED, NEAR, NO_DATA, REACHED, STALE
from store.health import Freshness, SourceHealth

Standing = Literal["reached", "near", "missed", "none"]
NEAR_POINTS = 0.05  # of a rate: five percentage points
SHAPES: dict[Standing, str] = {"reached": "●", "near": "▲", "missed": "■", "none": "○"}
COLOURS: dict[Standing, str] = {"reached": REACHED, "near": NEAR, "missed": MISSED, "none": NO_DATA}
FRESHNESS_SHAPES: dict[Freshness, str] = {"fresh": "●", "late": "▲", "stale": "■", "unknown": "○"}
FRESHNESS_COLOURS: dict[Freshness, str] = {"fresh": REACHED, "late": NEAR, "stale": STALE, "unknown": NO_DATA}
_WORST: list[Freshness] = ["fresh", "late", "stale", "unknown"]


def standing(value: float | None, target: float | None, comparator: str = ">=") -> Standing:
    """Where a rate stands to its target: near is within five points of it; none without value or target."""
    if value is None or target is None:
        return "none"
    missing = target - value if comparator.startswith(">") else value - target
    if missing <= 0:
        return "reached"
    return "near" if missing <= NEAR_POINTS else "missed"


def standing_word(state: Standing) -> str:
    """đạt, gần đạt, chưa đạt, chưa có số liệu."""
    return {"reached": _("reached"), "near": _("nearly reached"), "missed": _("not reached"), "none": _("no data")}[
        state
    ]


def standing_shape(state: Standing, words: str) -> str:
    """The shape and colour of a state with words of its own, as HTML."""
    return f'<span class="ioc-{state}">{SHAPES[state]} {escape(words)}</span>'


def standing_badge(state: Standing) -> str:
    """Shape and word in the state's colour, as HTML."""
    return standing_shape(state, standing_word(state))


def freshness_word(state: Freshness) -> str:
    """mới, chậm, im lặng, chưa từng cập nhật."""
    return {
        "fresh": _("fresh"),
        "late": _("late"),
        "stale": _("silent"),
        "unknown": _("never updated"),
    }[state]


def freshness_badge(state: Freshness) -> str:
    """Shape and word of a source's freshness, as HTML."""
    return f'<span class="ioc-badge ioc-{state}">{FRESHNESS_SHAPES[state]} {escape(freshness_word(state))}</span>'


def delay(source: SourceHealth) -> str:
    """What is wrong with a source's freshness in a few words of text, without its name; empty while it is fresh."""
    if source.state == "fresh":
        return ""
    if source.last_good_at is None:
        return freshness_word("unknown")
    since = _format.moment(source.last_good_at)
    return _("late: {since}", since=since) if source.state == "late" else _("silent since {since}", since=since)


def worst(states: list[Freshness]) -> Freshness:
    """The worst of several; unknown when there are none."""
    return max(states, key=_WORST.index, default="unknown")


def silence(source: SourceHealth) -> str:
    """What is wrong with a source's freshness in one sentence of text; empty while it is fresh."""
    if source.state == "fresh":
        return ""
    if source.last_good_at is None:
        return _("Source {name} has never been read.", name=source.name)
    since = _format.moment(source.last_good_at)
    if source.state == "late":
        return _("Source {name} is late: last read {since}.", name=source.name, since=since)
    return _("Source {name} has been silent since {since}.", name=source.name, since=since)
