"""What a click on the page Explore costs a visitor, and the same question through Apache Superset's chart API."""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from sqlalchemy import Engine

from access.principal import DEMO
from bench import province
from bench.clicks import Drawn, Explorer, explorer
from bench.drill_questions import compared_with, ours, question, theirs, view
from bench.environment import CannotBeHadError
from bench.machine import load_average
from bench.superset import Superset, superset
from clock import LOCAL_ZONE
from config import ClockSettings, Settings, StoreSettings
from pages._language import speaking
from pages._live import Holder, Live, opened_to
from tests.centres import WebServer

ROUNDS, WARM_UP_ROUNDS, LEVELS = 8, 1, 4
_NOW = datetime(2021, 12, 31, 17, 0, tzinfo=LOCAL_ZONE)
_START_SECONDS = 300.0
_FIRST = "indicator=on_time_rate"
# Each choice differs from the one before; the last ones lead back to the first view.
_CHOICES = (
    ("indicator", "received"),
    ("indicator", "early_rate"),
    ("period", "quarter"),
    ("period", "month"),
    ("compare", "year"),
    ("compare", "previous"),
    ("period", "year"),
    ("indicator", "on_time_rate"),
)

Say = Callable[[str], None]
Kind = Literal["drill", "filter"]


class Click(NamedTuple):
    """One click: what it cost the visitor, our own functions alone (ms), and Superset (ms; None: it was not there).

    `first`: nobody had asked for this view before.
    """

    kind: Kind
    first: bool
    drawn: Drawn
    functions: float
    superset: float | None


class Drill(NamedTuple):
    """All that was measured; `superset`: its version, or why it could not be had; `loads`: the machine's load average
    before and after the clicks; `web_mb`: what the web process holds after them."""

    dossiers: int
    clicks: list[Click]
    superset: str
    compared: bool
    loads: tuple[str, str]
    web_mb: float


def measure_drill(url: str, home: Path, dossiers: int, say: Say) -> Drill:
    """Fill the empty PostgreSQL database at `url` and click. AssertionError when the answers differ.

    `home`: an empty folder.
    """
    settings = Settings(store=StoreSettings(url=url), clock=ClockSettings(start=_NOW, speed=0.0))
    holder = Holder(settings)
    province.fill(holder.engine, dossiers, say)
    _settle(holder.engine)
    here = opened_to(holder.live(), DEMO)
    with ExitStack() as parts:
        peer = _peer(parts, home, url, say)
        server = WebServer(settings, home)
        parts.callback(server.stop)
        server.start()
        server.wait_until_ready(_START_SECONDS)
        visitor = parts.enter_context(explorer(server.address, _FIRST))
        run = _Run(visitor, here, peer if isinstance(peer, Superset) else None)
        before = load_average()
        for number in range(-WARM_UP_ROUNDS, ROUNDS):
            if number == 0:
                run.clicks.clear()
            run.round(number + WARM_UP_ROUNDS)
            say(f"drill: round {number} of {ROUNDS}: {_brief(run.clicks)}")
        held = server.memory() / 1e6
    holder.engine.dispose()
    told = peer.version if isinstance(peer, Superset) else peer
    return Drill(dossiers, run.clicks, told, isinstance(peer, Superset), (before, load_average()), held)


def _settle(engine: Engine) -> None:
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def _peer(parts: ExitStack, home: Path, url: str, say: Say) -> Superset | str:
    """Superset, running; or why it cannot be had."""
    folder = home / "superset"
    folder.mkdir()
    say("installing and starting Apache Superset: minutes")
    try:
        return parts.enter_context(superset(folder, url, "dossiers"))
    except CannotBeHadError as error:
        say(f"drill: without Superset: {error}")
        return str(error)


def _brief(clicks: list[Click]) -> str:
    if not clicks:
        return "none counted"
    last = clicks[-1]
    return f"{len(clicks)} clicks; the last took {last.drawn.total:.0f} ms, Superset {last.superset or 0:.0f} ms"


class _Run:
    """The clicks of a visitor one after the other; after each, the same question is put to Superset."""

    def __init__(self, visitor: Explorer, here: Live, peer: Superset | None) -> None:
        self.clicks: list[Click] = []
        self._visitor = visitor
        self._here = here
        self._peer = peer
        self._seen: list[dict[str, str]] = []

    def round(self, number: int) -> None:
        """Down to the dossiers and up again; all choices, in turn at the province and at a district."""
        for level in range(LEVELS):
            if level == number % 2:
                for name, value in _CHOICES:
                    self._note("filter", self._visitor.choose(name, value), compared=name == "compare")
            self._note("drill", self._visitor.open_part(number))
        for _level in range(LEVELS):
            self._note("drill", self._visitor.go_up())

    def _note(self, kind: Kind, drawn: Drawn, *, compared: bool = False) -> None:
        chosen = self._visitor.chosen
        began = time.perf_counter()
        answered = ours(self._here, chosen)
        functions = (time.perf_counter() - began) * 1000
        shown = self._visitor.figure
        assert shown == answered.figure, f"{chosen}: drawn {shown}, counted {answered.figure}"
        asked = compared_with(self._here, chosen) if compared else chosen
        self.clicks.append(Click(kind, chosen not in self._seen, drawn, functions, self._ask_peer(asked)))
        self._seen.append(chosen)

    def _ask_peer(self, chosen: Mapping[str, str]) -> float | None:
        if self._peer is None:
            return None
        with speaking("vi"):
            asked = view(self._here, chosen)
            took, rows = self._peer.ask(question(asked))
            right, told = ours(self._here, chosen).parts, theirs(asked, rows)
        assert told == right, f"{chosen}: Superset says {str(told)[:300]}, ours {str(right)[:300]}"
        return took
