"""`python -m bench.soak`: nine screens for hours, with changing sources and faults; then the server is killed often.

Prints what happens as it happens, and at the end (and into `--report`, kept up to date) what was found: heap of every
screen, memory of the server, missed rotations, freshness marks that should and should not have been, and how often all
screens told that they were cut off and came back. Exit code 1 when anything was not as it must be.
"""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median

from playwright.sync_api import Error as BrowserError

from bench.marks import Expectation, Found, blocks_of
from bench.rotation import rotation
from bench.soak_report import LIMITS, Outage, Soaked, soak_report
from tests.wall_centre import EXPECTED_AGE, WallCentre, wall_centre
from tests.wall_screens import LOST_WORDS, Seen

_WARM_SECONDS = 600.0
_LOOK_SECONDS = 1.0
_SETTLE_SECONDS = 30.0
_START_SECONDS = 120.0


class Soak:
    """One run: what it does to the centre, and what it finds."""

    def __init__(self, centre: WallCentre, found: Soaked, report: Path) -> None:
        self.centre, self.found, self.report = centre, found, report
        self.began = time.monotonic()
        self.expectation = Expectation(blocks_of(centre.layout, centre.settings), centre.settings)
        self.seen: dict[int, list[Seen]] = {number: [] for number in centre.screens.pages}

    def say(self, text: str) -> None:
        """A line for whoever watches."""
        print(f"[{timedelta(seconds=int(time.monotonic() - self.began))}] {text}", flush=True)

    def run(self, hours: float, kills: int) -> None:
        """The hours with one server that lives through all of them, then the kills."""
        missing = self.centre.screens.until("live", _START_SECONDS)
        assert not missing, f"screens {missing} never showed anything"
        self.centre.screens.note_births()
        self.say(f"{len(self.seen)} screens are live; soaking for {hours:g} h, then {kills} kills")
        began = time.monotonic()
        end = began + hours * 3600
        warm = min(_WARM_SECONDS, hours * 3600 / 6)
        for name, outage in self._outages():
            # A browser fetches and compiles what an outage needs when the first comes, and keeps it for the next.
            self.attempt(f"{name}, the first", outage)
        self.watch(max(0.0, warm - (time.monotonic() - began)))
        self._weigh("after warming up")
        self.found.warm_seconds = time.monotonic() - self.began
        faults = self._faults()
        while time.monotonic() < end:
            name, fault = next(faults)
            self.attempt(name, fault)
            self.watch(min(30.0, max(0.0, end - time.monotonic())))
        self._weigh("at the end")
        self.found.soaked_seconds = time.monotonic() - self.began
        self.write()
        for number in range(1, kills + 1):
            self.attempt(f"kill {number} of {kills}", self._kill)
        self.write()

    def attempt(self, name: str, fault: Callable[[], str]) -> None:
        """Do something, say what came of it, and go on whatever it was."""
        try:
            said = fault()
        except BrowserError as error:
            self.found.harness_errors.append(f"{name}: {str(error).splitlines()[0]}")
            said = self.found.harness_errors[-1]
        self.say(f"{name}: {said}")
        self.write()

    def _outages(self) -> list[tuple[str, Callable[[], str]]]:
        ways = {
            "hang": (self.centre.web.hang, self.centre.web.resume),
            "cut": (self.centre.cable.cut, self.centre.cable.mend),
            "pulled cable": (self.centre.cable.swallow, self.centre.cable.release),
        }
        cut_off = [(name, partial(self._outage, name, begin, end)) for name, (begin, end) in ways.items()]
        return [*cut_off, ("database restarts", self._restart_database)]

    def _faults(self) -> Iterator[tuple[str, Callable[[], str]]]:
        while True:
            for source in self.centre.settings.sources:
                yield f"silence of {source.name}", partial(self._freeze, source.name)
                yield from self._outages()

    def watch(self, seconds: float) -> None:
        """Let time pass while all is well, and look at the marks now and then."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.centre.screens.pages[1].wait_for_timeout(min(left, 10.0) * 1000)
            self.found.marks = self.found.marks.plus(self._look())
            self._note()

    def _look(self) -> Found:
        found = Found()
        for number in self.centre.screens.pages:
            drawn = self.centre.screens.marks(number)
            judged = self.expectation.judge(drawn, dict(self.centre.feed.last_good), self.centre.clock.now())
            if judged.unmarked or judged.overmarked:
                self.say(f"screen {number}: {judged.unmarked} blocks without, {judged.overmarked} with a mark too much")
            found = found.plus(judged)
        return found

    def _note(self) -> None:
        """Take what the observers saw, and the server's memory."""
        for number in self.seen:
            self.seen[number] += self.centre.screens.seen(number)
        self.found.memory.append((time.monotonic() - self.began, self.centre.web.memory()))

    def _freeze(self, name: str) -> str:
        """One source falls silent until it is stale, and comes back."""
        self.centre.feed.freeze([name])
        found, end = Found(), time.monotonic() + EXPECTED_AGE.total_seconds() * 3 + 8
        while time.monotonic() < end:
            self.centre.screens.pages[1].wait_for_timeout(_LOOK_SECONDS * 1000)
            found = found.plus(self._look())
        self.centre.feed.freeze([])
        self.found.silences += 1
        self.found.silence_marks = self.found.silence_marks.plus(found)
        took = self._until_fresh()
        self._note()
        wrong = f"{found.unmarked} unmarked and {found.overmarked} overmarked"
        return f"{wrong} of {found.looked_at}; fresh after {took:.1f} s"

    def _until_fresh(self) -> float:
        began = time.monotonic()
        while time.monotonic() - began < _SETTLE_SECONDS:
            marks = [self.centre.screens.marks(number) for number in self.centre.screens.pages]
            if all(mark == "fresh" for drawn in marks for scene in drawn.values() for mark in scene.values()):
                return time.monotonic() - began
            self.centre.screens.pages[1].wait_for_timeout(200)
        self.found.never_fresh += 1
        return time.monotonic() - began

    def _outage(self, name: str, begin: Callable[[], None], end: Callable[[], None]) -> str:
        """All screens are cut off until they say so, then come back."""
        began = time.monotonic()
        begin()
        silent = self.centre.screens.until("lost", LIMITS.lost_seconds)
        lost = time.monotonic() - began
        told = [number for number in self.seen if LOST_WORDS.search(self.centre.screens.lost_words(number))]
        again = time.monotonic()
        end()
        dark = self.centre.screens.until("live", LIMITS.live_seconds)
        live = time.monotonic() - again
        reloaded = self.centre.screens.reloaded()
        covered = [number for number in self.seen if self.centre.screens.shows_only_the_wall(number)]
        good = not silent and not dark and not reloaded and len(told) == len(covered) == len(self.seen)
        self.found.outages.append(Outage(name, good, lost, live))
        self._until_fresh()
        self._note()
        if not good:
            self.centre.screens.note_births()
        count = len(self.seen)
        return (
            f"told by {len(told)} of {count} within {lost:.1f} s, {count - len(dark)} live again within {live:.1f} s"
            + (f", reloaded: {reloaded}" if reloaded else "")
        )

    def _kill(self) -> str:
        return self._outage("kill", self.centre.web.kill, self.centre.web.start)

    def _restart_database(self) -> str:
        self.centre.restart_database()
        began = time.monotonic()
        dark = self.centre.screens.until("live", LIMITS.live_seconds)
        took = self._until_fresh()
        good = not dark and not self.centre.screens.reloaded() and took < _SETTLE_SECONDS
        self.found.outages.append(Outage("database restart", good, 0.0, time.monotonic() - began))
        self._note()
        return f"all fresh again after {took:.1f} s"

    def _weigh(self, when: str) -> None:
        heaps = {number: [self.centre.screens.heap(number) for _ in range(3)] for number in self.seen}
        self.found.heaps.append({number: int(median(measured)) for number, measured in heaps.items()})
        self._note()
        largest = max(self.found.heaps[-1].values()) / 2**20
        self.say(f"{when}: largest heap {largest:.1f} MB, server {self.centre.web.memory() / 2**20:.0f} MB")

    def write(self) -> None:
        """The report so far."""
        self.found.rotation = rotation(self.centre.layout, self.seen)
        states = self.centre.screens.states().values()
        self.found.missed_by_pages = sum(int(state.get("missed", 0)) for state in states)
        self.found.errors_of_pages = sum(int(state.get("errors", 0)) for state in states)
        self.found.polls, self.found.failed_polls = self.centre.feed.polls, self.centre.feed.failures
        self.report.parent.mkdir(parents=True, exist_ok=True)
        self.report.write_text(soak_report(self.found), "utf-8")


def main() -> None:
    """Run, print the report, and say by the exit code whether all was well."""
    chosen = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the servers end with us
    found = Soaked(command=sys.argv[1:], note=chosen.note)
    with wall_centre(range(1, chosen.screens + 1), chosen.layout) as centre:
        Soak(centre, found, chosen.report).run(chosen.hours, chosen.kills)
    print(soak_report(found))
    sys.exit(0 if found.good else 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    add = parser.add_argument
    add("--hours", type=float, default=1.0, help="how long, a fraction will do (default: 1)")
    add("--kills", type=int, default=100, help="how often the web server is killed afterwards (default: 100)")
    add("--screens", type=int, default=9, help="how many screens (default: 9)")
    add("--layout", default="", help="a layout file (default: the one shipped)")
    add("--report", type=Path, default=Path("var/soak.md"), help="where the report goes (default: var/soak.md)")
    add("--note", default="", help="what a reader should know of this run")
    return parser.parse_args()


if __name__ == "__main__":
    main()
