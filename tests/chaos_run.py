"""One chaos run: every fault of every source, kills, hangs and cuts, while all goes on; then peace, and the truth.

The faults of each source follow one another by themselves; what is done to processes and the database is done one
after the other, in an order drawn from the seed. A thing is survived when everything that it touched works again
by itself in good time.
"""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from random import Random

import sqlalchemy as sa

from connectors._retry import patient
from errors import StoreError
from poll_run import open_sources
from reconciling import reconcile
from store.engine import reading
from store.reconciliation_results import Figure
from store.tables import poll_runs
from tests.chaos_centre import ChaosCentre, PollerProcess
from tests.fault_stand import FAULTS, FaultStand

# The issue's own limit for a take-over; the others are what a person at the wall or an operator would put up with.
TAKE_OVER_SECONDS, POLLED_SECONDS, SCREENS_SECONDS = 30.0, 75.0, 90.0
# A fault that finds nothing to spoil at a source (the order of one record) is given up after this time; an answer that
# hangs is let go of before anybody loses patience, or else.
LONGEST_SECONDS, STRIKES_SECONDS = 15.0, {"hung": 8.0}
# Spoilt answers one after the other: one that a retry mends, and so many that a whole poll fails.
STRIKES = (1, 1, 2, 5)
# On a busy machine a run goes on until everything has gone wrong once, but not for ever.
MOST_TIMES = 3
TICK_SECONDS, STEP_SECONDS = 0.5, 6.0
CUT_SECONDS, CALM_SECONDS = 4.0, 3.0

Task = Generator[None, None, None]


class NotSurvivedError(Exception):
    """Something did not work again in good time."""


@dataclass
class Outcome:
    """How often each thing was done and survived, and what was not, in words. `take_overs`: in seconds."""

    injected: Counter[str] = field(default_factory=Counter)
    survived: Counter[str] = field(default_factory=Counter)
    take_overs: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    steps: int = 0


class ChaosRun:
    """What is done to one centre, and what came of it."""

    def __init__(self, centre: ChaosCentre, seed: int, say: Callable[[str], None]) -> None:
        self.centre, self.random, self.say = centre, Random(seed), say
        self.outcome = Outcome()
        self.ending = False
        self._now: Counter[str] = Counter()
        self._ways: dict[str, Callable[[], Task]] = {
            "working poller killed": self._kill_working,
            "poller standing by killed": self._kill_standing_by,
            "working poller hangs, wakes up later": self._hang_working,
            "working poller cut off from the database": self._cut_working,
            "working poller's cable pulled": self._pull_working,
            "web server killed": self._kill_web,
            "web server cut off from the database": self._cut_web,
            "database restarted": self._restart_database,
        }

    def run(self, seconds: float) -> None:
        """Chaos for so long, then until all that was begun has ended."""
        began = time.monotonic()
        self._until_live()
        tasks = [self._disruptions(), *(self._faults(name) for name in self.centre.stands)]
        steps = self._steps(began, seconds)
        while tasks:
            self.ending = self._lasted(time.monotonic() - began, seconds)
            tasks = [task for task in tasks if not _finished(task)]
            next(steps)
            self.pause()

    def _lasted(self, elapsed: float, seconds: float) -> bool:
        """Whether the time is over and everything has gone wrong once: a busy machine needs longer for that."""
        everything = all(self.outcome.survived[name] for name in (*self._ways, *FAULTS))
        return elapsed > seconds and (everything or elapsed > MOST_TIMES * seconds)

    def pause(self) -> None:
        """Let a moment pass, in which the browser is heard."""
        self.centre.screens.pages[min(self.centre.screens.pages)].wait_for_timeout(TICK_SECONDS * 1000)

    def settle(self) -> None:
        """No faults, no late commits: return when each source was read twice since, and nothing new came."""
        for stand in self.centre.stands.values():
            stand.fault = ""
        self.centre.sources.settle()
        for _round in range(2):
            self._drive(self._attempt("peace in the end", self._polled(*self.centre.stands), "peace in the end"))

    def end_pollers(self) -> None:
        """Both end in order when asked."""
        for poller in self.centre.pollers:
            code = poller.stop()
            if code:
                self.outcome.problems.append(f"{poller.name}: ended with exit code {code} when it was asked to end")

    def reconcile(self) -> None:
        """The night comes, which finds what the sources have deleted; afterwards nothing may differ."""
        engine, clock = self.centre.engine, self.centre.clock
        with open_sources(self.centre.settings, clock, patient(threading.Event())) as sources:
            reconcile(engine, sources, clock)
            found = reconcile(engine, sources, clock)
        for result in found:
            # What is in quarantine is in no figure of ours, and says so.
            wrong = [f"{key.difference} {key.source_id}" for key in result.keys if key.difference != "held"]
            wrong += [f"{row.figure} {row.unit_code}" for row in result.figures if _differs(row)]
            if result.outcome not in ("ok", "untold") or wrong:
                problem = f"{result.outcome} {result.message} {wrong}"
                self.outcome.problems.append(f"reconciliation of {result.source}: {problem}")

    def _drive(self, task: Task) -> None:
        while not _finished(task):
            self.pause()

    def _until_live(self) -> None:
        self._drive(self._screens_live())
        self._drive(self._polled(*self.centre.stands))

    def _steps(self, began: float, seconds: float) -> Iterator[None]:
        """The sources' own time goes on."""
        for number in itertools.count(1):
            while time.monotonic() - began < number * STEP_SECONDS:
                yield
            self.centre.sources.move_on((time.monotonic() - began) / seconds)
            self.outcome.steps += 1

    def _faults(self, source: str) -> Task:
        """One fault after the other at one source: the one that was seen least so far, here or anywhere.

        One that finds nothing to spoil here (the order of a single record) is tried again when others were seen twice
        more: another source may show it, or this one when it holds more.
        """
        stand, random, in_vain = self.centre.stands[source], Random(self.random.random()), Counter[str]()
        while not self.ending:
            turns = {name: self.outcome.injected[name] + self._now[name] + 2 * in_vain[name] for name in FAULTS}
            name = min(sorted(FAULTS), key=lambda name: (turns[name], random.random()))
            self._now[name] += 1
            struck = yield from self._struck(stand, name, random.choice(STRIKES))
            if struck:
                yield from self._attempt(name, self._polled(source), f"{name} at {source}")
            else:
                in_vain[name] += 1
            self._now[name] -= 1

    def _struck(self, stand: FaultStand, name: str, times: int) -> Generator[None, None, bool]:
        """Whether the fault spoilt an answer: so many of them, or as many as were asked for in its time."""
        before, deadline = stand.struck[name], time.monotonic() + STRIKES_SECONDS.get(name, LONGEST_SECONDS)
        stand.fault = name
        while stand.struck[name] < before + times and time.monotonic() < deadline and not self.ending:
            yield
        stand.fault = ""
        yield  # who hung is let go
        return stand.struck[name] > before

    def _disruptions(self) -> Task:
        """Kills, hangs and cuts, one after the other."""
        while True:
            for name in self.random.sample(sorted(self._ways), len(self._ways)):
                yield from _for(CALM_SECONDS)
                if self.ending:
                    return
                yield from self._attempt(name, self._ways[name](), name)

    def _attempt(self, name: str, task: Task, words: str) -> Task:
        began = time.monotonic()
        self.outcome.injected[name] += 1
        try:
            yield from task
        except NotSurvivedError as error:
            self.outcome.problems.append(f"{words}: {error}")
            self.say(f"{words}: NOT SURVIVED, {error}")
            return
        self.outcome.survived[name] += 1
        self.say(f"{words}: survived, {time.monotonic() - began:.1f} s")

    def _kill_working(self) -> Task:
        killed = yield from self._working()
        killed.kill()
        yield from self._taken_over(killed)
        killed.start()

    def _kill_standing_by(self) -> Task:
        works = yield from self._working()
        idle = self.centre.other(works)
        idle.kill()
        idle.start()
        yield from self._polled(*self.centre.stands)
        if self._working_now() is not works:
            raise NotSurvivedError("the other poller stopped working for that")

    def _hang_working(self) -> Task:
        hung = yield from self._working()
        hung.hang()
        try:
            yield from self._taken_over(hung)
        finally:
            hung.resume()
        yield from self._polled(*self.centre.stands)
        if self._working_now() is hung:
            raise NotSurvivedError("it took its work back after it woke up")
        if not hung.runs():
            hung.start()  # it may end when it finds that another works; a service manager starts it again

    def _cut_working(self) -> Task:
        yield from self._without_line(lambda poller: poller.line.cut(), lambda poller: poller.line.mend())

    def _pull_working(self) -> Task:
        yield from self._without_line(lambda poller: poller.line.swallow(), lambda poller: poller.line.release())

    def _without_line(self, begin: Callable[[PollerProcess], None], end: Callable[[PollerProcess], None]) -> Task:
        lonely = yield from self._working()
        begin(lonely)
        try:
            yield from self._taken_over(lonely)
        finally:
            end(lonely)
        yield from self._polled(*self.centre.stands)
        if not lonely.runs():
            lonely.start()

    def _kill_web(self) -> Task:
        self.centre.web.kill()
        yield from self._screens_lost()
        self.centre.web.start()
        yield from self._screens_live()

    def _cut_web(self) -> Task:
        self.centre.web_line.cut()
        yield from _for(CUT_SECONDS)
        self.centre.web_line.mend()
        yield from self._polled(*self.centre.stands)
        yield from self._screens_live()

    def _restart_database(self) -> Task:
        self.centre.restart_database()
        yield from self._polled(*self.centre.stands)
        yield from self._screens_live()

    def _working(self) -> Generator[None, None, PollerProcess]:
        yield from self._until(lambda: self._working_now() is not None, TAKE_OVER_SECONDS, "nobody polls")
        works = self._working_now()
        assert works
        return works

    def _working_now(self) -> PollerProcess | None:
        try:
            return self.centre.working()
        except StoreError:
            return None  # the database is just being restarted

    def _taken_over(self, gone: PollerProcess) -> Task:
        """The other one works, and has read a source."""
        began, other, first = time.monotonic(), self.centre.other(gone), self._newest_run()
        yield from self._until(lambda: self._working_now() is other, TAKE_OVER_SECONDS, "nobody took over")
        yield from self._until(
            lambda: any(run > first for run in self._good_runs().values()),
            TAKE_OVER_SECONDS,
            "took over, but read nothing",
        )
        self.outcome.take_overs.append(time.monotonic() - began)

    def _polled(self, *names: str) -> Task:
        """Each of these sources has a good poll that began after this moment."""
        first = self._newest_run()
        missing = set(names)

        def all_good() -> bool:
            missing.difference_update(name for name, run in self._good_runs().items() if run > first)
            return not missing

        yield from self._until(all_good, POLLED_SECONDS, "no good poll", missing)

    def _newest_run(self) -> int:
        return max([0, *self._runs("running", "ok", "unavailable", "refused", "changed", "store").values()])

    def _good_runs(self) -> dict[str, int]:
        return self._runs("ok")

    def _runs(self, *outcomes: str) -> dict[str, int]:
        """The newest run of each source that ended so; nothing while the database is away."""
        query = sa.select(poll_runs.c.source, sa.func.max(poll_runs.c.id)).where(poll_runs.c.outcome.in_(outcomes))
        try:
            with reading(self.centre.engine) as connection:
                return {row[0]: row[1] for row in connection.execute(query.group_by(poll_runs.c.source))}
        except StoreError:
            return {}

    def _screens_live(self) -> Task:
        yield from self._screens(lambda state: bool(state.get("connected") and state.get("scene")), "not live")

    def _screens_lost(self) -> Task:
        yield from self._screens(lambda state: bool(state.get("lost")), "never said that they are cut off")

    def _screens(self, good: Callable[[dict[str, object]], bool], complaint: str) -> Task:
        others = set(self.centre.screens.pages)

        def all_good() -> bool:
            others.intersection_update(number for number in list(others) if not good(self.centre.screens.state(number)))
            return not others

        yield from self._until(all_good, SCREENS_SECONDS, f"screens {complaint}", others)

    def _until(self, condition: Callable[[], bool], seconds: float, complaint: str, whom: object = "") -> Task:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise NotSurvivedError(f"{complaint} {whom or ''} for {seconds:g} s".replace("  ", " "))
            yield


def _differs(figure: Figure) -> bool:
    """Whether a count differs, other than that of records, of which some are in quarantine."""
    return figure.state == "differ" and figure.figure not in ("dossiers", "documents")


def _for(seconds: float) -> Task:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield


def _finished(task: Task) -> bool:
    return next(task, task) is task
