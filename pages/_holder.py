"""One holder per process of the counters, kept at the store's newest version: `pages._live` opens it to a visitor."""

import threading
import time
import weakref
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property
from pathlib import Path

import structlog
from prometheus_client import Histogram

from access.principal import NOBODY, Principal
from access.sessions import Sessions
from clock import Clock, local_day, whole_minute
from config import Settings, read_settings
from errors import StoreError
from metrics import Counters
from store.counters_file import counters_file, read_counters, write_counters
from store.engine import Engine, open_engine
from store.following import Follower
from store.health import EndedRun, Pulse, SourceHealth, data_until, health_at_pulse
from store.note_rows import NoteBook
from store.notes import read_notes
from store.reads import read_in_pieces
from store.scope import closed

log = structlog.get_logger("web")

_CHECK_SECONDS = 0.4
# What the pulse does not tell, such as a quarantined record that was let go, is read anew this often.
_READ_SECONDS = 30.0
# Fewer rows are loaded from the database in less than a second; the file of more is written this often.
_WORTH_A_FILE = 50_000
_KEEP_SECONDS = 600.0
_REFRESH_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(frozen=True)
class Live:
    """The counters and the sources' health as last read, the instant this was asked, and where it comes from.

    `stale_reason`: why the newest state could not be read; None while all is well. `read_at`: the instant (aware) at
    which the counters were last known to be the newest. `visitor`: on whose behalf; to them alone `engine` is open.
    `versions`: of the store's parts by name, such as "targets" and "shapes"; 0 those that it does not have.
    """

    counters: Counters
    sources: Sequence[SourceHealth]
    version: int
    now: datetime
    read_at: datetime
    clock: Clock
    settings: Settings
    engine: Engine
    stale_reason: str | None
    notes: NoteBook = field(default_factory=NoteBook)
    visitor: Principal = NOBODY
    versions: Mapping[str, int] = field(default_factory=dict)

    @property
    def data_time(self) -> datetime | None:
        """Until when the figures hold: the oldest last good poll of the sources; None before the first."""
        return data_until(self.sources)

    @cached_property
    def today(self) -> date:
        """The local day of `now`."""
        return local_day(self.now)

    @cached_property
    def moment(self) -> Hashable:
        """All of what the store holds, and the minute: as long as it stays the same, so does what is drawn of it."""
        # By the very counters, and not only by their version, as another store could have the same.
        counters = weakref.ref(self.counters)
        polls = tuple((source.name, source.state, whole_minute(source.last_good_at)) for source in self.sources)
        unread = self.stale_reason and (self.stale_reason, whole_minute(self.read_at))
        return counters, self.version, self.notes.version, self.today, whole_minute(self.now), polls, unread


class Holder:
    """The counters, refreshed when the store's pulse has changed: felt by one thread at a time.

    `pulse`: that of the state which `live` gives; None before the first read. `refresh_seconds`: how long it took to
    read what had changed.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = settings.make_clock()
        self.engine = closed(open_engine(settings.database_url, settings.store))
        self.sessions = Sessions(settings, self.engine)
        self._follower = Follower(self.engine)
        self._refreshing = threading.Lock()
        self._counters: Counters | None = None
        self._sources: Sequence[SourceHealth] = ()
        self._notes = NoteBook()
        self._read_at = self.clock.now()
        self._stale_reason: str | None = None
        self._next_check = 0.0
        self._next_read = 0.0
        self._counted_on: date | None = None
        self._file = counters_file(self.engine)
        self._kept_version: int | None = None
        self._next_keep = 0.0
        self._keeping: threading.Thread | None = None
        self.pulse: Pulse | None = None
        words = "Time to read what has changed in the store"
        self.refresh_seconds = Histogram("ioc_refresh_seconds", words, registry=None, buckets=_REFRESH_BUCKETS)

    def live(self) -> Live:
        """The newest counters. StoreError when the store has never been readable; later the last good ones stay."""
        if self.is_due:
            self._refresh()
        return self.last()

    @property
    def is_due(self) -> bool:
        """Whether `live` would ask the store."""
        return self._counters is None or time.monotonic() >= self._next_check

    def last(self) -> Live:
        """What was last read, as of now, without asking the store. StoreError when it has never been readable."""
        if self._counters is None:
            raise StoreError(self._stale_reason or "store: the first read is not finished")
        now = self.clock.now()
        return Live(
            counters=self._counters,
            sources=[source.at(now) for source in self._sources],
            version=self._counters.version,
            now=now,
            read_at=self._read_at,
            clock=self.clock,
            settings=self.settings,
            engine=self.engine,
            stale_reason=self._stale_reason,
            notes=self._notes,
            versions=self.pulse.versions if self.pulse else {},
        )

    def warm(self) -> None:
        """Read the counters before anybody asks; an unreadable store is told to the visitor, not to the server."""
        self._refresh()

    def look_again(self) -> None:
        """Ask the store at the next `live`, however short ago it was asked: for whoever has just written."""
        self._next_check = 0.0

    def _refresh(self) -> None:
        # Whoever has something to show does not wait for another visitor's refresh.
        if not self._refreshing.acquire(blocking=self._counters is None):
            return
        try:
            if self.is_due:
                self._read()
                self._next_check = time.monotonic() + _CHECK_SECONDS
        finally:
            self._refreshing.release()

    def _read(self) -> None:
        try:
            felt = self._follower.pulse()
            if felt != self.pulse or time.monotonic() >= self._next_read or self.clock.today() != self._counted_on:
                with self.refresh_seconds.time():
                    self.pulse = self._follow(felt)
        except StoreError as error:
            self._stale_reason = str(error)
        else:
            self._stale_reason, self._read_at = None, self.clock.now()

    def _follow(self, felt: Pulse) -> Pulse:
        """Read what has changed since the last pulse; the pulse of what was read."""
        sources = self._after_last_runs(felt)
        if sources is None:
            now = self.clock.now()
            felt, sources = health_at_pulse(self.engine, self.settings.sources, now)
            self._next_read, self._counted_on = time.monotonic() + _READ_SECONDS, local_day(now)
        self._count(felt.versions.get("data", 0))
        self._sources = sources
        if felt.versions.get("notes", 0) != self._notes.version:
            self._notes = read_notes(self.engine, self._notes)
        return felt

    def _after_last_runs(self, felt: Pulse) -> Sequence[SourceHealth] | None:
        """The sources after the polls that ended since the last pulse; None when they must be read anew."""
        today = self.clock.today()
        if self.pulse is None or time.monotonic() >= self._next_read or today != self._counted_on:
            return None
        ended = felt.runs.keys() - self.pulse.runs.keys()
        if not ended:
            return self._sources
        runs = self._follower.runs_ended(ended)
        if len(ended) == len(felt.runs) or not all(_plain(run, today) for run in runs):
            return None
        after = {source.name: source for source in self._sources}
        for run in runs:
            if run.source in after:
                after[run.source] = after[run.source].after(run)
        return list(after.values())

    def _count(self, version: int) -> None:
        if self._counters is None:
            self._counters = self._counters_of_file() or read_in_pieces(self.engine, Counters)
        elif version != self._counters.version:
            self._counters = self._counters.updated(self._follower.changes(self._counters.snapshot))

        self._keep(self._counters)

    def _counters_of_file(self) -> Counters | None:
        """What an earlier process kept, brought to the newest version; None where nothing fits the store."""
        found = read_counters(self._file, self.engine) if self._file else None
        if found is None:
            return None
        self._kept_version = found.known.version
        return Counters(found.known, frames=found.frames).updated(found.changes)

    def _keep(self, counters: Counters) -> None:
        """Let a thread write the counters down for the next process, now and then."""
        due = time.monotonic() >= self._next_keep and counters.version != self._kept_version
        if self._file is None or not due or counters.cells.height < _WORTH_A_FILE:
            return
        self._next_keep, self._kept_version = time.monotonic() + _KEEP_SECONDS, counters.version
        self._keeping = threading.Thread(target=self._write, args=(self._file, counters), daemon=True)
        self._keeping.start()

    def wait_until_kept(self) -> None:
        """Until the file that is being written is there."""
        if self._keeping:
            self._keeping.join()

    def _write(self, file: Path, counters: Counters) -> None:
        frames = counters.frames()
        try:
            if frames is not None:
                write_counters(file, self.engine, counters.snapshot, frames)
        except (OSError, StoreError) as error:
            log.warning("counters not kept", reason=str(error))


def _plain(run: EndedRun, today: date) -> bool:
    """Whether a run only adds to its day: nothing went into quarantine or left it, and the day is still the same."""
    return run.rejected == 0 and run.outcome != "replay" and local_day(run.began_at) == today


@cache
def holder() -> Holder:
    """This process's holder, made from the settings that IOC_CONFIG names."""
    return Holder(read_settings())
