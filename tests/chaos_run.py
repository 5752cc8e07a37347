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

from connectors._retry import patient
from poll_run import open_sources
from reconciling import reconcile
from store.reconciliation_results import Figure
from tests.chaos_centre import ChaosCentre
from tests.chaos_disruptions import Disruptions
from tests.chaos_waiting import NotSurvivedError, Task, Waiting, lasting
from tests.fault_stand import FAULTS, FaultStand

# A fault that finds nothing to spoil at a source (the order of one record) is given up after this time; an answer that
# hangs is let go of before anybody loses patience, or else.
LONGEST_SECONDS, STRIKES_SECONDS = 15.0, {"hung": 8.0}
# Spoilt answers one after the other: one that a retry mends, and so many that a whole poll fails.
STRIKES = (1, 1, 2, 5)
# On a busy machine a run goes on until everything has gone wrong once, but not for ever.
MOST_TIMES = 3
TICK_SECONDS, STEP_SECONDS = 0.5, 6.0
CALM_SECONDS = 3.0


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
        self._waiting = Waiting(centre, self.outcome.take_overs)
        self._ways = Disruptions(centre, self._waiting).ways

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
            self._drive(
                self._attempt("peace in the end", self._waiting.polled(*self.centre.stands), "peace in the end")
            )

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
        self._drive(self._waiting.screens_live())
        self._drive(self._waiting.polled(*self.centre.stands))

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
                yield from self._attempt(name, self._waiting.polled(source), f"{name} at {source}")
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
                yield from lasting(CALM_SECONDS)
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


def _differs(figure: Figure) -> bool:
    """Whether a count differs, other than that of records, of which some are in quarantine."""
    return figure.state == "differ" and figure.figure not in ("dossiers", "documents")


def _finished(task: Task) -> bool:
    return next(task, task) is task
