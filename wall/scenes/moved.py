"""What moved by more than chance explains, why, and what will go wrong if nothing is done?

The last four weeks are held against the weeks before, up to the end of yesterday; alerts are sources that are silent
and targets that the year will miss at the present pace.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from metrics import Counters, catalogue, is_standing
from pages import _format
from pages._goals import known_targets
from pages._language import _
from pages._live import Live
from pages._names import short_name
from pages._units import Units
from store.reads import Target
from wall.blocks import Line, Listing, Place, Scene, Span, Tone
from wall.freshness import mark_of
from wall.scenes._alerts import missed_targets, silent_sources
from wall.scenes._contract import Parameters, SceneKind
from wall.scenes._missed import Missed, missed
from wall.scenes._moves import OF_UNITS, WEEK, WHOLE, Changes, Move, Still, changes, chosen
from wall.scenes._nothing import fitting
from wall.scenes._packed import cut
from wall.scenes._place import answering, named, root_of
from wall.scenes._reasons import Reason, reason
from wall.scenes._short import short_indicator

SCENE = SceneKind(title="What moved")
_MOST_MOVES = 4
_MOST_LINES = 10
_ABOVE, _BELOW = Place(column=9, row=1, columns=4, rows=4), Place(column=9, row=5, columns=4, rows=8)
_REASON = 26  # signs of the name in a reason
_PERCENT = f"{_format.NBSP}%"


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A move that is shown, with what brought it."""

    move: Move
    reason: Reason | None


@dataclass(frozen=True, kw_only=True)
class Looked:
    """All that moved, those of it that are shown, and the targets that will be missed, by indicator."""

    units: Units
    changes: Changes = field(default_factory=Changes)
    shown: Sequence[Explained] = ()
    missed: Mapping[str, Sequence[Missed]] = field(default_factory=dict)


def look(here: Live, _parameters: Parameters) -> Looked:
    """What moved until yesterday, with the reasons of what is shown, and which targets will be missed."""
    counters, until = here.counters, here.today - timedelta(days=1)
    minimum, known = here.settings.ranking.minimum, known_targets(here)
    return counters.remembered(("moved", until, minimum, known), until, lambda: _look(counters, until, minimum, known))


def _look(counters: Counters, until: date, minimum: int, known: Sequence[Target]) -> Looked:
    units = Units(counters, until)
    root = root_of(units)
    if root is None:
        return Looked(units=units)
    asked = answering(units, root.code)
    found = changes(counters, until, root.code, [unit.code for unit in asked], minimum)
    largest = chosen(found.moves, _MOST_MOVES)
    return Looked(
        units=units,
        changes=found,
        shown=[
            Explained(move=move, reason=reason(move, counters, found.periods, units) if found.periods else None)
            for move in largest
        ],
        missed=missed(counters, until, [root, *asked], known, minimum),
    )


def compose(looked: Looked, here: Live, _parameters: Parameters) -> Scene:
    """The moves with their reasons, the sources that are silent, and who will miss a target."""
    return Scene(
        title=_(SCENE.title),
        sentence=_sentence(looked, here),
        blocks={
            "moves": _moves(looked, here),
            "silent": silent_sources(here, _ABOVE),
            "missed": missed_targets(looked.missed, looked.units, here, _BELOW),
        },
    )


def _sentence(looked: Looked, here: Live) -> list[Span]:
    first, *others = _changed(looked, here)
    return fitting([first], [*others, *_alerts(looked, here)])


def _changed(looked: Looked, here: Live) -> list[Span]:
    periods = looked.changes.periods
    if periods is None:
        return [Span(_("Too little is known yet to compare: sixteen weeks are needed."))]
    if not looked.shown:
        weeks = _format.number(periods.before.days // WEEK)
        return [Span(_("No notable change on the {n} weeks before.", n=weeks))]
    worse = next((one.move for one in looked.shown if one.move.better is False), None)
    better = next((one.move for one in looked.shown if one.move.better), None)
    told = [Span(_("Worse: {what}.", what=_what(worse, looked, here)), "bad")] if worse else []
    told += [Span(_("Better: {what}.", what=_what(better, looked, here)), "good")] if better else []
    return told or [Span(_("Changed: {what}.", what=_what(looked.shown[0].move, looked, here)))]


def _alerts(looked: Looked, here: Live) -> list[Span]:
    silent = sum(source.state in ("stale", "unknown") for source in here.sources)
    short = {one.unit for units in looked.missed.values() for one in units}
    found = [Span(_("Silent sources: {n}.", n=_format.number(silent)), "bad")] if silent else []
    found += [Span(_("Units that will miss a target: {n}.", n=_format.number(len(short))), "warn")] if short else []
    return found


def _what(move: Move, looked: Looked, here: Live) -> str:
    name = short_indicator(catalogue()[move.key], here.today)
    return f"{named(move.unit, looked.units)}, {name} {_change(move)}"


def _change(move: Move) -> str:
    """The change in points; of a count in per cent of what it was."""
    if catalogue()[move.key].form == "rate":
        return _("{change} pts", change=_format.signed((move.now - move.before) * 100, 1))
    return _percent_more(move)


def _percent_more(move: Move) -> str:
    sign = "+" if move.direction > 0 else "−"
    return f"{sign}{_format.percent(move.size, 0)}"


def _moves(looked: Looked, here: Live) -> Listing:
    lines = {key: line for one in looked.shown for key, line in _lines(one, looked, here).items()}
    for still in looked.changes.still[: _MOST_LINES - len(lines)]:
        lines[still.key] = _unmoved(still, here)
    left = len(looked.changes.moves) - len(looked.shown)
    periods = looked.changes.periods
    weeks = _format.number(periods.before.days // WEEK) if periods else ""
    return Listing(
        at=Place(column=1, row=1, columns=8, rows=12),
        mark=mark_of(here, *WHOLE, *OF_UNITS),
        title=_("4 weeks against the {n} weeks before", n=weeks) if periods else _("What moved"),
        lines=lines,
        order=list(lines),
        empty=_("no notable change") if periods else _("not enough weeks are known"),
        note=_("{n} further changes", n=_format.number(left)) if left else "",
    )


def _lines(one: Explained, looked: Looked, here: Live) -> dict[str, Line]:
    """A line that says what moved, and one that says from where to where and who brought it."""
    move, indicator = one.move, catalogue()[one.move.key]
    key = f"{move.unit}/{move.key}"
    tone: Tone = "" if move.better is None else "good" if move.better else "bad"
    head = named(move.unit, looked.units)
    shape = "▲" if move.direction > 0 else "▼"
    name = short_indicator(indicator, here.today)
    said = Line(head=head, text=name, value=_change(move), shape=shape, tone=tone)
    return {key: said, f"{key}/why": Line(head="", text=_why(one))}


def _unmoved(still: Still, here: Live) -> Line:
    """A figure of the whole beside those that moved: what it is, and that it is the same."""
    indicator = catalogue()[still.key]
    name = short_indicator(indicator, here.today)
    value = "" if still.now is None else _value(still.key, still.now)
    words = _("no notable change") if still.enough else _("not enough weeks")
    return Line(head=name[:1].upper() + name[1:], text=value, value=words, shape="–")


def _value(key: str, value: float) -> str:
    indicator = catalogue()[key]
    if indicator.form == "rate":
        return _format.figure(indicator, value)
    return _format.number(value) if is_standing(indicator) else _("{n} a week", n=_format.number(value))


def _why(one: Explained) -> str:
    """From where to where, and who brought most of it."""
    move = one.move
    before, now = _value(move.key, move.before), _value(move.key, move.now)
    # The unit is said once.
    values = f"{before.removesuffix(_PERCENT).partition(' ')[0]} → {now}"
    if one.reason is None:
        return values
    rate = catalogue()[move.key].form == "rate"
    change = _format.signed(one.reason.change * 100, 1) if rate else _format.signed(one.reason.change)
    name = cut(short_name(one.reason.name), _REASON)
    return _("{values}, mostly {name} ({change})", values=values, name=name, change=change)
