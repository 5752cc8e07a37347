"""What `ioc.py figures` does: every figure of the source articles, computed anew from nothing.

For each place its simulator answers on loopback, an empty temporary store is filled by polling it over HTTP, what the
place has on paper is imported, and each published figure is compared with what comes out.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from sqlalchemy import Engine

import launch
import seed
from clock import still_clock
from errors import IocError, SourceUnavailable
from metrics import Article, Compared, Counters, articles, compare
from poll_run import poll_once
from store.reads import read_snapshot, targets

COLUMNS = ("seed", "row", "place", "indicator_vi", "published", "computed", "system", "ok", "words")
_MARKS = {True: "ok", False: "differs", None: "explained"}


class Figure(NamedTuple):
    """A published figure beside ours."""

    article: Article
    ours: Compared


def places() -> list[str]:
    """The simulated places that an article is about, in the order of the articles."""
    return list(dict.fromkeys(article.simulated_place for article in articles()))


def compared_places(names: Sequence[str]) -> Iterator[tuple[str, list[Figure]]]:
    """The figures of each place as soon as they are there. Raises IocError naming the place that failed."""
    for name in names:
        try:
            yield name, figures_of(name)
        except IocError as error:
            raise IocError(f"place {name}: {error}") from error


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
                        raise SourceUnavailable(result.source, result.message)
                launch.import_place(engine, place)
                yield engine
            finally:
                engine.dispose()
    finally:
        simulator.stop()


def as_row(figure: Figure) -> dict[str, str | int | float | None]:
    """A figure as a line of the command: texts for a person (COLUMNS), and the numbers behind them.

    `ok`: "ok", "explained" (the article does not say enough to compute it; the words say why) or "differs".
    """
    article, ours = figure
    unit = " %" if article.percent else ""
    comparator = "" if article.comparator == "=" else f"{article.comparator} "
    return {
        "seed": article.seed,
        "row": article.row,
        "place": article.place,
        "indicator_vi": article.indicator_vi,
        "published": f"{_fraction(article.numerator, article.denominator)}{comparator}{article.value}{unit}",
        "computed": _computed(article, ours),
        "system": ours.system,
        "ok": _MARKS[ours.ok],
        "words": ours.words,
        "words_vi": ours.words_vi,
        "indicator": article.indicator,
        "unit": article.unit_code,
        "numerator": ours.numerator,
        "denominator": ours.denominator,
        "value": ours.value,
    }


def _computed(article: Article, ours: Compared) -> str:
    if ours.value is None:
        return ""
    if not article.percent:
        return f"{ours.value:.15g}"
    parts = ("" if part is None else f"{part:.15g}" for part in (ours.numerator, ours.denominator))
    return f"{_fraction(*parts)}{100 * ours.value:.2f} %"


def _fraction(numerator: str, denominator: str) -> str:
    return f"{numerator}/{denominator} = " if numerator and denominator else ""
