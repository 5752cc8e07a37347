"""What `ioc.py figures` does: every figure of the source articles, computed anew from nothing.

For each place its simulator answers on loopback, an empty temporary store is filled by polling it over HTTP, what the
place has on paper is imported, and each published figure is compared with what comes out.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from sqlalchemy import Engine

import launch
import seed
from clock import still_clock
from errors import SourceUnavailable
from metrics import Article, Compared, Counters, articles, compare
from poll_run import poll_once
from store.reads import read_snapshot, targets

# One simulator and its poller keep a core busy.
PLACES_AT_ONCE = 2


class Figure(NamedTuple):
    """A published figure beside ours."""

    article: Article
    ours: Compared


def places() -> list[str]:
    """The simulated places that an article is about, in the order of the articles."""
    return list(dict.fromkeys(article.simulated_place for article in articles()))


def compared_places(names: Sequence[str]) -> Iterator[tuple[str, list[Figure]]]:
    """The figures of each place as soon as they are there. Raises the IocErrors of `figures_of`."""
    with ProcessPoolExecutor(min(PLACES_AT_ONCE, len(names)), get_context("spawn")) as workers:
        waiting = {workers.submit(figures_of, name): name for name in names}
        for done in as_completed(waiting):
            yield waiting[done], done.result()


def figures_of(place_name: str) -> list[Figure]:
    """All figures of a place, from an empty store.

    Raises ConfigError for an unknown place and SourceUnavailable when one of its systems cannot be read.
    """
    place = seed.find_place(place_name)
    with polled_store(place) as engine:
        counters, told = Counters(read_snapshot(engine)), targets(engine)
        own = (article for article in articles() if article.simulated_place == place_name)
        return [Figure(article, compare(counters, told, article)) for article in own]


@contextmanager
def polled_store(place: seed.Place) -> Iterator[Engine]:
    """A temporary store with everything that a place's systems hold when its clock starts.

    Raises SourceUnavailable when one of them cannot be read to its end.
    """
    clock, secrets = still_clock(place.start), seed.demo_secrets(place)
    os.environ.update(secrets)
    simulator = seed.start(place, clock, secrets=secrets)
    try:
        with TemporaryDirectory(prefix="ioc-figures-") as folder:
            engine = launch.open_store(f"sqlite:///{Path(folder) / 'figures.db'}")
            try:
                for result in poll_once(engine, seed.demo_settings(place, simulator.port), clock):
                    if not result.ok:
                        raise SourceUnavailable(result.source, f"place {place.name}: {result.message}")
                launch.import_place(engine, place)
                yield engine
            finally:
                engine.dispose()
    finally:
        simulator.stop()
