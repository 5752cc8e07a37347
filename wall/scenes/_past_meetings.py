"""The meetings that ended: today's, the last four weeks', and who is missing more often than the others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from metrics import Counters, Period, Share, Signal, figures, funnel, individuals, shifted, weekly
from pages import _format
from pages._language import _
from pages._live import Live
from pages._names import short_name
from pages._units import Units
from wall.blocks import Column, Columns, Figure, Line, Listing, Place
from wall.freshness import mark_of

_DAYS = 28
_WEEKS = 8


@dataclass(frozen=True, kw_only=True)
class Absent:
    """A unit of whose invited points fewer took part than chance explains."""

    unit: str
    part: Share


@dataclass(frozen=True, kw_only=True)
class Host:
    """A unit that itself held meetings in the last 28 days."""

    unit: str
    meetings: float
    hours: float


@dataclass(frozen=True, kw_only=True)
class Past:
    """Meetings and their hours today; the points that took part in the last 28 days and in the 28 before; who was
    missing often, the worst first; who held the most; the hours week by week and whether they changed."""

    meetings: float = 0.0
    hours: float = 0.0
    recent: Share = field(default=Share(0, 0))
    before: Share = field(default=Share(0, 0))
    absent: Sequence[Absent] = ()
    hosts: Sequence[Host] = ()
    weeks: Sequence[float | None] = ()
    moved: Signal | None = None


def look(counters: Counters, today: date, root: str) -> Past:
    """What the counters hold until the local day `today`, for the unit `root`."""
    return counters.remembered(("past meetings", today, root), today, lambda: _look(counters, today, root))


def _look(counters: Counters, today: date, root: str) -> Past:
    held = figures(counters, Period(today, today), ["meetings_held", "meeting_hours"], units=[root])["value"]
    recent = Period.ending(today, _DAYS)
    weeks = weekly(counters, "meeting_hours", root, today)
    return Past(
        meetings=held[0],
        hours=held[1],
        recent=_took_part(counters, recent, root),
        before=_took_part(counters, recent.previous(), root),
        absent=_absent(counters, recent, root),
        hosts=_hosts(counters, recent),
        weeks=weeks,
        moved=individuals(weeks),
    )


def _took_part(counters: Counters, period: Period, unit: str) -> Share:
    row = figures(counters, period, ["participation_rate"], units=[unit]).row(0, named=True)
    return Share(row["numerator"], row["denominator"])


def _absent(counters: Counters, period: Period, root: str) -> list[Absent]:
    """The units whose own points are missing more often than all points are."""
    whole = _took_part(counters, period, root)
    rows = figures(counters, period, ["participation_rate"], "own").select("unit", "numerator", "denominator")
    asked = [Absent(unit=unit, part=Share(part, invited)) for unit, part, invited in rows.iter_rows() if invited]
    found = [one for one in asked if funnel(one.part, whole, len(asked)) < 0]
    return sorted(found, key=lambda one: (one.part.value or 0.0, one.unit))


def _hosts(counters: Counters, period: Period) -> list[Host]:
    rows = figures(counters, period, ["meetings_held", "meeting_hours"], "own")
    wide = rows.pivot("indicator", index="unit", values="value").select("unit", "meetings_held", "meeting_hours")
    found = [Host(unit=unit, meetings=held, hours=hours) for unit, held, hours in wide.iter_rows() if held]
    return sorted(found, key=lambda host: (-host.hours, host.unit))


def held_words(past: Past) -> str:
    """How many meetings ended today, and their hours."""
    if not past.meetings:
        return _("No meeting has ended today.")
    meetings, hours = _format.number(past.meetings), _format.number(past.hours, 1)
    return _("Ended today: {n} meetings, {hours} hours.", n=meetings, hours=hours)


def participation(past: Past) -> str:
    """How much of the invited points took part in the last four weeks, with its change if it is one; may be empty."""
    now, before = past.recent.value, past.before.value
    if now is None:
        return ""
    if before is None or not shifted(past.recent, past.before):
        return _("took part, 4 weeks: {value}", value=_format.percent(now))
    return _("took part, 4 weeks: {value}, {moved}", value=_format.percent(now), moved=_format.points(now - before))


def headlines(past: Past, here: Live, places: Sequence[Place]) -> dict[str, Figure]:
    """Three figures of ended meetings: today's, those of four weeks, and their hours."""
    meetings, hours = sum(host.meetings for host in past.hosts), sum(host.hours for host in past.hosts)
    told = (
        ("held", "meetings_held", _("Meetings ended today"), past.meetings, _("meetings")),
        ("recent", "meetings_held", _("Meetings, 4 weeks"), meetings, _("meetings")),
        ("hours", "meeting_hours", _("Hours of meetings, 4 weeks"), hours, _("hours")),
    )
    return {
        name: Figure(at=at, mark=mark_of(here, key), figure=key, title=title, value=_format.number(value), unit=unit)
        for at, (name, key, title, value, unit) in zip(places, told, strict=True)
    }


def weeks(past: Past, here: Live, at: Place) -> Columns:
    """The hours of the last eight weeks, each named by its last day."""
    told = list(zip(range(_WEEKS - 1, -1, -1), past.weeks[-_WEEKS:], strict=False))
    columns = {
        str(back): Column(
            label=_format.day(here.today - timedelta(weeks=back)).rpartition("/")[0],
            value=value,
            text="–" if value is None else _format.number(value),
        )
        for back, value in told
    }
    return Columns(
        at=at,
        mark=mark_of(here, "meeting_hours"),
        figure="meeting_hours",
        title=_("Hours of meetings a week: {change}", change=_hours_change(past.moved)),
        columns=columns,
        order=list(columns),
        scale=max([1.0, *(value or 0.0 for _back, value in told)]),
        note=_("weeks by their last day"),
    )


def _hours_change(moved: Signal | None) -> str:
    if moved is None or not moved.enough:
        return _("not enough weeks")
    return {0: _("no notable change"), 1: _("more than before"), -1: _("fewer than before")}[moved.direction]


def listing(past: Past, units: Units, here: Live, at: Place, most: int) -> Listing:
    """Who is missing more often than the others; where nobody is told to be invited, who held the most meetings."""
    if past.recent.denominator:
        lines = {one.unit: _absent_line(one, units) for one in past.absent[:most]}
        title, empty = _("Missing more often than others, 4 weeks"), _("No unit is missing more often than others.")
    else:
        lines = {host.unit: _host_line(host, units) for host in past.hosts[:most]}
        title, empty = _("Who held meetings, 4 weeks"), _("No meeting was held in these 4 weeks.")
    return Listing(
        at=at, mark=mark_of(here, "participation_rate"), title=title, lines=lines, order=list(lines), empty=empty
    )


def _absent_line(one: Absent, units: Units) -> Line:
    missing = one.part.denominator - one.part.numerator
    words = _("missing {part} of {n} times", part=_format.number(missing), n=_format.number(one.part.denominator))
    rate = _format.percent(one.part.value)
    return Line(head=_labelled(one.unit, units), text=words, value=rate, shape="■", tone="bad")


def _host_line(host: Host, units: Units) -> Line:
    meetings = _("{n} meetings", n=_format.number(host.meetings))
    return Line(head=_labelled(host.unit, units), text=meetings, value=_("{n} hours", n=_format.number(host.hours, 1)))


def _labelled(code: str, units: Units) -> str:
    """A unit with its district, as communes are namesakes."""
    return short_name(units.label(code)) if code in units.by_code else code
