"""What a chaos run does to processes, lines and the database, and what must work again afterwards."""

from collections.abc import Callable

from tests.chaos_centre import ChaosCentre, PollerProcess
from tests.chaos_waiting import NotSurvivedError, Task, Waiting, lasting

CUT_SECONDS = 4.0


class Disruptions:
    """The ways to disturb one centre, by name."""

    def __init__(self, centre: ChaosCentre, waiting: Waiting) -> None:
        self._centre, self._waiting = centre, waiting
        self.ways: dict[str, Callable[[], Task]] = {
            "working poller killed": self._kill_working,
            "poller standing by killed": self._kill_standing_by,
            "working poller hangs, wakes up later": self._hang_working,
            "working poller cut off from the database": self._cut_working,
            "working poller's cable pulled": self._pull_working,
            "web server killed": self._kill_web,
            "web server cut off from the database": self._cut_web,
            "database restarted": self._restart_database,
        }

    def _kill_working(self) -> Task:
        killed = yield from self._waiting.working()
        killed.kill()
        yield from self._waiting.taken_over(killed)
        killed.start()

    def _kill_standing_by(self) -> Task:
        works = yield from self._waiting.working()
        idle = self._centre.other(works)
        idle.kill()
        idle.start()
        yield from self._waiting.polled(*self._centre.stands)
        if self._waiting.working_now() is not works:
            raise NotSurvivedError("the other poller stopped working for that")

    def _hang_working(self) -> Task:
        hung = yield from self._waiting.working()
        hung.hang()
        try:
            yield from self._waiting.taken_over(hung)
        finally:
            hung.resume()
        yield from self._waiting.polled(*self._centre.stands)
        if self._waiting.working_now() is hung:
            raise NotSurvivedError("it took its work back after it woke up")
        if not hung.runs():
            hung.start()  # it may end when it finds that another works; a service manager starts it again

    def _cut_working(self) -> Task:
        yield from self._without_line(lambda poller: poller.line.cut(), lambda poller: poller.line.mend())

    def _pull_working(self) -> Task:
        yield from self._without_line(lambda poller: poller.line.swallow(), lambda poller: poller.line.release())

    def _without_line(self, begin: Callable[[PollerProcess], None], end: Callable[[PollerProcess], None]) -> Task:
        lonely = yield from self._waiting.working()
        begin(lonely)
        try:
            yield from self._waiting.taken_over(lonely)
        finally:
            end(lonely)
        yield from self._waiting.polled(*self._centre.stands)
        if not lonely.runs():
            lonely.start()

    def _kill_web(self) -> Task:
        self._centre.web.kill()
        yield from self._waiting.screens_lost()
        self._centre.web.start()
        yield from self._waiting.screens_live()

    def _cut_web(self) -> Task:
        self._centre.web_line.cut()
        yield from lasting(CUT_SECONDS)
        self._centre.web_line.mend()
        yield from self._waiting.polled(*self._centre.stands)
        yield from self._waiting.screens_live()

    def _restart_database(self) -> Task:
        self._centre.restart_database()
        yield from self._waiting.polled(*self._centre.stands)
        yield from self._waiting.screens_live()
