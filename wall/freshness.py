"""How old what a block shows is: the worst of the sources that it depends on, and of the store itself."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from clock import local_day
from metrics import catalogue
from pages import _format
from pages._badges import worst
from pages._feeds import feeding
from pages._language import _
from pages._live import Live
from store.health import Freshness, SourceHealth, data_until
from wall.blocks import Mark, Scene

# A store that cannot be read makes every figure late at once, and stale after this time.
_STORE_STALE = timedelta(minutes=3)
_ORDER: tuple[Freshness, ...] = ("fresh", "late", "stale", "unknown")


def mark_of(here: Live, *keys: str) -> Mark:
    """The mark of a block that shows these indicators: of the sources that feed them."""
    known = catalogue()
    return mark_of_sources(here, [source for key in keys for source in feeding(known[key], here.sources)])


def mark_of_sources(here: Live, sources: Sequence[SourceHealth]) -> Mark:
    """The mark of a block that depends on these sources; unknown when there are none."""
    state = worst([source.state for source in sources])
    behind = [source for source in sources if source.state == state]
    last = data_until(behind)
    return _with_store(here, Mark(state, data_time(last, here.now), _warning(state, last, here.now)))


def mark_of_store(here: Live) -> Mark:
    """The mark of a block that shows what the centre itself holds, such as its quarantine."""
    return _with_store(here, Mark("fresh", data_time(here.read_at, here.now)))


def store_state(here: Live) -> Freshness:
    """How old everything is that is read from the store: fresh as long as it can be read."""
    if here.stale_reason is None:
        return "fresh"
    return "late" if here.now - here.read_at <= _STORE_STALE else "stale"


def _with_store(here: Live, mark: Mark) -> Mark:
    """Older than its sources say, when the store could not be read since."""
    own = store_state(here)
    if _ORDER.index(own) <= _ORDER.index(mark.fresh):
        return mark
    return Mark(own, mark.time, _("store not read since {since}", since=data_time(here.read_at, here.now)))


def _warning(state: Freshness, last: datetime | None, now: datetime) -> str:
    if state == "fresh":
        return ""
    if last is None:
        return _("never updated")
    if state == "late":
        return _("late: {since}", since=data_time(last, now))
    return _("silent since {since}", since=data_time(last, now))


def data_time(at: datetime | None, now: datetime) -> str:
    """An instant as a figure's data time: 14:05 of today, else with its date: 22:10 09/12, 22:10 09/12/2020."""
    return _("never") if at is None else _written(at, now)


@lru_cache(maxsize=64)
def _written(at: datetime, now: datetime) -> str:
    """Every block of a picture asks of the same few instants."""
    day, today = local_day(at), local_day(now)
    if day == today:
        return _format.time_of_day(at)
    written = _format.day(day)
    return f"{_format.time_of_day(at)} {written if day.year != today.year else written.rpartition('/')[0]}"


def worst_mark(marks: Iterable[Mark]) -> Mark:
    """The worst of several; of equally bad ones the first. Fresh when there are none: nothing shown is old."""
    return max(marks, key=lambda mark: _ORDER.index(mark.fresh), default=Mark("fresh", ""))


def with_worst(scene: Scene) -> Scene:
    """The scene with the worst mark of its blocks on its edge."""
    return msgspec.structs.replace(scene, worst=worst_mark(block.mark for block in scene.blocks.values()))
