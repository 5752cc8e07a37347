"""What a chaos run waits for: that somebody polls, that sources were read, that the screens show it; in good time."""

import time
from collections.abc import Callable, Generator

import sqlalchemy as sa

from errors import StoreError
from store.engine import reading
from store.tables import poll_runs
from tests.chaos_centre import ChaosCentre, PollerProcess

# The issue's own limit for a take-over; the others are what a person at the wall or an operator would put up with.
TAKE_OVER_SECONDS, POLLED_SECONDS, SCREENS_SECONDS = 30.0, 75.0, 90.0

Task = Generator[None, None, None]


class NotSurvivedError(Exception):
    """Something did not work again in good time."""


class Waiting:
    """Waiting on one centre, a step at a time; what does not come in good time is a NotSurvivedError."""

    def __init__(self, centre: ChaosCentre, take_overs: list[float]) -> None:
        """`take_overs`: to which the seconds of each are added."""
        self._centre, self._take_overs = centre, take_overs

    def working(self) -> Generator[None, None, PollerProcess]:
        """Somebody works; returns who."""
        yield from self._until(lambda: self.working_now() is not None, TAKE_OVER_SECONDS, "nobody polls")
        works = self.working_now()
        assert works
        return works

    def working_now(self) -> PollerProcess | None:
        """Who works at this moment, as far as the database says."""
        try:
            return self._centre.working()
        except StoreError:
            return None  # the database is just being restarted

    def taken_over(self, gone: PollerProcess) -> Task:
        """The other one works, and has read a source."""
        began, other, first = time.monotonic(), self._centre.other(gone), self._newest_run()
        yield from self._until(lambda: self.working_now() is other, TAKE_OVER_SECONDS, "nobody took over")
        yield from self._until(
            lambda: any(run > first for run in self._good_runs().values()),
            TAKE_OVER_SECONDS,
            "took over, but read nothing",
        )
        self._take_overs.append(time.monotonic() - began)

    def polled(self, *names: str) -> Task:
        """Each of these sources has a good poll that began after this moment."""
        first = self._newest_run()
        missing = set(names)

        def all_good() -> bool:
            missing.difference_update(name for name, run in self._good_runs().items() if run > first)
            return not missing

        yield from self._until(all_good, POLLED_SECONDS, "no good poll", missing)

    def screens_live(self) -> Task:
        """Every screen is connected and shows a scene."""
        yield from self._screens(lambda state: bool(state.get("connected") and state.get("scene")), "not live")

    def screens_lost(self) -> Task:
        """Every screen says that it is cut off."""
        yield from self._screens(lambda state: bool(state.get("lost")), "never said that they are cut off")

    def _newest_run(self) -> int:
        return max([0, *self._runs("running", "ok", "unavailable", "refused", "changed", "store").values()])

    def _good_runs(self) -> dict[str, int]:
        return self._runs("ok")

    def _runs(self, *outcomes: str) -> dict[str, int]:
        """The newest run of each source that ended so; nothing while the database is away."""
        query = sa.select(poll_runs.c.source, sa.func.max(poll_runs.c.id)).where(poll_runs.c.outcome.in_(outcomes))
        try:
            with reading(self._centre.engine) as connection:
                return {row[0]: row[1] for row in connection.execute(query.group_by(poll_runs.c.source))}
        except StoreError:
            return {}

    def _screens(self, good: Callable[[dict[str, object]], bool], complaint: str) -> Task:
        others = set(self._centre.screens.pages)

        def all_good() -> bool:
            others.intersection_update(
                number for number in list(others) if not good(self._centre.screens.state(number))
            )
            return not others

        yield from self._until(all_good, SCREENS_SECONDS, f"screens {complaint}", others)

    def _until(self, condition: Callable[[], bool], seconds: float, complaint: str, whom: object = "") -> Task:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise NotSurvivedError(f"{complaint} {whom or ''} for {seconds:g} s".replace("  ", " "))
            yield


def lasting(seconds: float) -> Task:
    """So many seconds pass."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
