"""Alerts as blocks: the sources that are silent, and who will miss a target."""

from collections.abc import Mapping, Sequence

from metrics import catalogue
from pages import _format
from pages._badges import FRESHNESS_SHAPES, freshness_word
from pages._goals import goal_text
from pages._language import _
from pages._live import Live
from pages._units import Units
from wall.blocks import Line, Listing, Place
from wall.freshness import data_time, mark_of, mark_of_store
from wall.scenes._missed import Missed
from wall.scenes._moves import OF_UNITS
from wall.scenes._packed import cut, packed
from wall.scenes._place import named
from wall.scenes._short import short_indicator

_MOST_SOURCES, _MOST_MISSED = 3, 6
_NARROW = 26  # signs of names on a line of four columns


def silent_sources(here: Live, at: Place) -> Listing:
    """The sources that are not fresh, the worst first."""
    order = ("unknown", "stale", "late")
    behind = sorted(
        (source for source in here.sources if source.state != "fresh"), key=lambda one: order.index(one.state)
    )
    lines = {
        source.name: Line(
            head=source.name,
            text="" if source.state == "stale" else freshness_word(source.state),
            value=data_time(source.last_good_at, here.now) if source.last_good_at else "",
            shape=FRESHNESS_SHAPES[source.state],
            fresh=source.state,
        )
        for source in behind[:_MOST_SOURCES]
    }
    left = len(behind) - len(lines)
    return Listing(
        at=at,
        mark=mark_of_store(here),
        title=_("Silent sources"),
        lines=lines,
        order=list(lines),
        empty=_("All {n} sources are fresh.", n=_format.number(len(here.sources)))
        if here.sources
        else _("No source is configured."),
        note=_("and {n} more", n=_format.number(left)) if left else "",
    )


def missed_targets(missed: Mapping[str, Sequence[Missed]], units: Units, here: Live, at: Place) -> Listing:
    """Each target with who will miss it at the present pace."""
    lines: dict[str, Line] = {}
    for key, short in missed.items():
        name = short_indicator(catalogue()[key], here.today)
        head = f"{cut(name[:1].upper() + name[1:], _NARROW)} {goal_text(short[0].target)}"
        lines[key] = Line(head=head, value=_format.number(len(short)), shape="■", tone="bad")
        each = max((_MOST_MISSED - len(missed)) // len(missed), 1)
        names = packed([named(one.unit, units) for one in short], each, _NARROW)
        lines |= {f"{key}/{number}": Line(head="", text=row) for number, row in enumerate(names)}
    lines = dict(list(lines.items())[:_MOST_MISSED])
    return Listing(
        at=at,
        mark=mark_of(here, *(missed or OF_UNITS)),
        title=_("Targets missed at this pace"),
        lines=lines,
        order=list(lines),
        empty=_("none"),
    )
