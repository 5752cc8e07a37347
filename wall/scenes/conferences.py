"""Which video conferences run now, how many points are connected, and which invited points are dark?

A meeting runs when its source did not end it by its last poll. What runs is known as of then only: a silent source
leaves its last picture, said to be of that time. A system that tells nothing but ended meetings (Pexip) is named so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from metrics import catalogue
from pages import _format
from pages._feeds import feeding
from pages._language import _
from pages._live import Live
from pages._units import Units
from store.health import SourceHealth
from store.meeting_reads import RunningMeeting, running_meetings
from wall.blocks import AnyBlock, Figure, Listing, Place, Scene, Span
from wall.freshness import data_time, mark_of_sources
from wall.scenes import _past_meetings
from wall.scenes._contract import Parameters, SceneKind
from wall.scenes._meetings import lines_of
from wall.scenes._place import root_of

SCENE = SceneKind(title="Video conferences", follows="polls", polls_of="meetings_held")
# They tell who is in a meeting while it runs; every other dialect only what has ended.
_TELL_WHAT_RUNS = ("bigbluebutton", "janus")
_MOST_LINES, _MOST_ABOVE = 10, 4
_FIRST, _SECOND, _THIRD = (Place(column=1, row=row, columns=4, rows=4) for row in (1, 5, 9))
_ABOVE, _BELOW = Place(column=5, row=1, columns=8, rows=6), Place(column=5, row=7, columns=8, rows=6)
_BESIDE = Place(column=5, row=1, columns=8, rows=12)


@dataclass(frozen=True, kw_only=True)
class Looked:
    """The open meetings of all sources, and what the counters hold of those that ended."""

    running: Sequence[RunningMeeting] = ()
    past: _past_meetings.Past = field(default_factory=_past_meetings.Past)


@dataclass(frozen=True, kw_only=True)
class _Now:
    """The sources of meetings, those of them that tell what runs, and the meetings that these left open."""

    feeds: Sequence[SourceHealth]
    telling: Sequence[SourceHealth]
    running: Sequence[RunningMeeting]

    @property
    def dark(self) -> int:
        """Invited points that are missing in meetings that have long begun."""
        return sum(len(meeting.missing) for meeting in self.running if not meeting.awaited)

    @property
    def awaited(self) -> int:
        """Invited points that are missing in meetings that are just beginning."""
        return sum(len(meeting.missing) for meeting in self.running if meeting.awaited)


def look(here: Live, _parameters: Parameters) -> Looked:
    """The open meetings, and what the counters hold of the ended ones."""
    root = root_of(Units(here.counters, here.today))
    return Looked(
        running=running_meetings(here.engine),
        past=_past_meetings.look(here.counters, here.today, root.code) if root else _past_meetings.Past(),
    )


def compose(looked: Looked, here: Live, _parameters: Parameters) -> Scene:
    """What runs now, and below each meeting the points that are missing; while nothing runs, what was."""
    feeds = feeding(catalogue()["meetings_held"], here.sources)
    telling = [source for source in feeds if source.dialect in _TELL_WHAT_RUNS]
    names = {source.name for source in telling}
    now = _Now(feeds=feeds, telling=telling, running=[meeting for meeting in looked.running if meeting.source in names])
    units = Units(here.counters, here.today)
    blocks: dict[str, AnyBlock]
    if telling:
        blocks = {
            "running": _running(now, looked, here),
            "connected": _connected(now, here),
            "dark": _dark(now, looked, here),
        }
    else:
        blocks = {
            **_past_meetings.headlines(looked.past, here, (_FIRST, _SECOND, _THIRD)),
            "weeks": _past_meetings.weeks(looked.past, here, _BELOW),
        }
    room, most = (_BESIDE, _MOST_LINES) if telling else (_ABOVE, _MOST_ABOVE)
    past = _past_meetings.listing(looked.past, units, here, room, most)
    blocks["meetings"] = _meetings(now, units, here) if now.running else past
    return Scene(title=_(SCENE.title), sentence=_sentence(now, looked, here), blocks=blocks)


def _running(now: _Now, looked: Looked, here: Live) -> Figure:
    return Figure(
        at=_FIRST,
        mark=mark_of_sources(here, now.telling),
        title=_("Running now"),
        value=_format.number(len(now.running)),
        unit=_("meetings"),
        n=_past_meetings.held_words(looked.past),
    )


def _connected(now: _Now, here: Live) -> Figure:
    invited = sum(meeting.invited for meeting in now.running)
    present = _format.number(invited - now.dark - now.awaited)
    return Figure(
        at=_SECOND,
        mark=mark_of_sources(here, now.telling),
        title=_("Points connected"),
        value=_format.number(sum(meeting.connected for meeting in now.running)),
        unit=_("points"),
        n=_("{part} / {n} invited points", part=present, n=_format.number(invited)) if invited else "",
    )


def _dark(now: _Now, looked: Looked, here: Live) -> Figure:
    judged = sum(meeting.invited for meeting in now.running if not meeting.awaited)
    awaited = [_("{n} still awaited", n=_format.number(now.awaited))] if now.awaited else []
    return Figure(
        at=_THIRD,
        mark=mark_of_sources(here, now.telling),
        title=_("Points dark"),
        value=_format.number(now.dark),
        unit=_("points"),
        standing=("missed" if now.dark else "reached") if judged else "none",
        standing_text=_("{share} of those invited", share=_format.percent(now.dark / judged, 0)) if judged else "",
        n=" · ".join([*awaited, *filter(None, [_past_meetings.participation(looked.past)])]),
    )


def _meetings(now: _Now, units: Units, here: Live) -> Listing:
    shown = lines_of(now.running, units, here.now, _MOST_LINES)
    return Listing(
        at=_BESIDE,
        mark=mark_of_sources(here, now.telling),
        title=_("Meetings and their dark points"),
        lines=shown,
        order=list(shown),
    )


def _sentence(now: _Now, looked: Looked, here: Live) -> list[Span]:
    if not now.feeds:
        return [Span(_("No video-conference source is configured."))]
    if not now.telling:
        return [Span(_("The source tells only ended meetings.") + " "), Span(_past_meetings.held_words(looked.past))]
    silent = [source for source in now.telling if source.state in ("stale", "unknown")]
    told = _silence(silent, here)
    if len(silent) == len(now.telling):
        return [told, *_then(now)]
    return [*_running_words(now, looked), *([Span(" "), told] if silent else [])]


def _silence(silent: Sequence[SourceHealth], here: Live) -> Span:
    if not silent:
        return Span("")
    # Whom we lost first; one that was never heard counts as the last.
    source = min(silent, key=lambda one: one.last_good_at or here.now + timedelta(days=1))
    if source.last_good_at is None:
        return Span(_("What runs is unknown: source {name} was never read.", name=source.name), "bad")
    since = data_time(source.last_good_at, here.now)
    return Span(
        _("What runs now is unknown: source {name} is silent since {since}.", name=source.name, since=since), "bad"
    )


def _then(now: _Now) -> list[Span]:
    if not now.running:
        return []
    ran, dark = _format.number(len(now.running)), _format.number(now.dark)
    return [Span(" " + _("Meetings running then: {n}; dark points: {dark}.", n=ran, dark=dark))]


def _running_words(now: _Now, looked: Looked) -> list[Span]:
    if not now.running:
        return [Span(_("No meeting is running.") + " "), Span(_past_meetings.held_words(looked.past))]
    connected = _format.number(sum(meeting.connected for meeting in now.running))
    ran = _format.number(len(now.running))
    words = Span(_("Meetings running: {n}; points connected: {points}.", n=ran, points=connected) + " ")
    if now.dark:
        return [words, Span(_("Invited points that are dark: {n}.", n=_format.number(now.dark)), "bad")]
    if now.awaited:
        return [words, Span(_("Still awaited: {n}.", n=_format.number(now.awaited)))]
    return [words, Span(_("No invited point is dark."), "good")]
