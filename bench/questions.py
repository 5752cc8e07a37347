"""Rankings of 3,355 units with their change, at growing numbers of dossiers: prefix sums beside what a BI tool does.

A million dossiers are generated; more are those again and again under other keys, so that ours must be the same
counters so many times. Needs up to 4 GB of memory and 4 GB of disk in its folder, which whoever gives it removes.
"""

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

import polars as pl

from bench.environment import CannotBeHadError
from bench.measure import cost_of
from bench.nation import CHUNK, UNITS, DailyCounts, dossiers
from bench.question_sql import INDICATORS, Asked, chart_query
from bench.raw_dossiers import RawDossiers, raw_parquet
from bench.superset import Superset, superset
from metrics import Counters, Period, figures, ranking

GENERATED = 1_000_000
SIZES = (100_000, GENERATED, 5_000_000, 10_000_000)
# From generated counters and the same Parquet files again and again; nobody loads them into PostgreSQL here.
LARGEST = 100_000_000
_LAST = date(2021, 12, 31)
LENGTHS = {"week": 7, "month": 30, "year": 365}
_WARM_UPS = 1

# Per unit with anything to count: numerator, denominator, both of the period before, rank, rank before.
Ranked = dict[str, tuple[int | None, ...]]
Say = Callable[[str], None]


class Timing(NamedTuple):
    """Milliseconds of one question: the median and the least by the clock, and of a core (None: not measured)."""

    median: float
    least: float
    core: float | None


class Line(NamedTuple):
    """One question at one size, by way; every way gave the same sums, and the same ranks where it ranks."""

    dossiers: int
    indicator: str
    length: str
    timings: dict[str, Timing]


class Questions(NamedTuple):
    """All that was measured; `superset`: its version, or why it could not be had."""

    lines: list[Line]
    superset: str


def measure_questions(folder: Path, url: str, server_pid: int, repeats: int, say: Say) -> Questions:
    """Fill the folder and the empty PostgreSQL database at `url` step by step, and ask. AssertionError when two ways
    differ."""
    raw, counts, files = RawDossiers(url), DailyCounts(), list[Path]()
    lines, told = list[Line](), ""
    with ExitStack() as parts:
        parts.callback(raw.close)
        for size in SIZES:
            say(f"questions: {size:,} dossiers")
            _grow(folder, raw, counts, files, size)
            if not told:
                peer = _peer(parts, folder, url, say)
                told = peer.version if isinstance(peer, Superset) else peer
            ways = _Ways(counts.counters(max(1, size // GENERATED)), repeats, say)
            ways.add("DuckDB over Parquet", raw_parquet(_repeated(files, size)), None)
            ways.add("SQL in PostgreSQL", raw.ranked, server_pid)
            if isinstance(peer, Superset):
                ways.superset = peer
            lines += ways.ask(size)
        ways = _Ways(counts.counters(LARGEST // GENERATED), repeats, say)
        ways.add("DuckDB over Parquet", raw_parquet(_repeated(files, LARGEST)), None)
        lines += ways.ask(LARGEST)
    return Questions(lines, told)


def _grow(folder: Path, raw: RawDossiers, counts: DailyCounts, files: list[Path], size: int) -> None:
    for number in range(len(files), min(size, GENERATED) // CHUNK):
        chunk = dossiers(number)
        counts.add(chunk)
        raw.add(chunk)
        files.append(folder / f"dossiers{number}.parquet")
        # Without a zone DuckDB needs no extension for local days.
        chunk.with_columns(pl.col(pl.Datetime).dt.replace_time_zone(None)).write_parquet(files[-1])
    raw.multiply(max(1, size // GENERATED))
    raw.settle()


def _repeated(files: list[Path], size: int) -> list[Path]:
    return files * max(1, size // GENERATED)


def _peer(parts: ExitStack, folder: Path, url: str, say: Say) -> Superset | str:
    """Superset, running; or why it cannot be had."""
    home = folder / "superset"
    home.mkdir()
    try:
        return parts.enter_context(superset(home, url, "dossiers"))
    except CannotBeHadError as error:
        say(f"questions: without Superset: {error}")
        return str(error)


class _Ways:
    """The ways to an answer at one size; each question is asked for periods that end on different days, so that
    nothing is answered from memory."""

    superset: Superset | None = None

    def __init__(self, counters: Counters, repeats: int, say: Say) -> None:
        self._counters, self._repeats, self._say = counters, repeats, say
        self._others: dict[str, tuple[Callable[[Asked], Ranked], int | None]] = {}

    def add(self, name: str, ask: Callable[[Asked], Ranked], server_pid: int | None) -> None:
        """One more way that ranks."""
        self._others[name] = ask, server_pid

    def ask(self, size: int) -> list[Line]:
        """All questions. AssertionError when an answer is not ours."""
        return [self._line(size, indicator, length) for indicator in INDICATORS for length in LENGTHS]

    def _line(self, size: int, indicator: str, length: str) -> Line:
        days = [_LAST - timedelta(days=number) for number in range(_WARM_UPS + self._repeats)]
        asked = [Asked(indicator, Period.ending(day, LENGTHS[length])) for day in days]
        timing, _tables = _timed(lambda one: _ranked(self._counters, one), asked, None)
        right = [_ours(self._counters, one) for one in asked]
        timings = {"ours": timing}
        for name, (way, server_pid) in self._others.items():
            timings[name], answers = _timed(way, asked, server_pid)
            _compare(name, asked, answers, right)
        if self.superset and indicator == "on_time_rate":
            timings["Superset"] = self._asked_superset(self.superset, asked, right)
        brief = ", ".join(f"{name} {timing.least:.1f} ms" for name, timing in timings.items())
        self._say(f"questions: {size:,} {indicator} {length}: {brief}")
        return Line(size, indicator, length, timings)

    def _asked_superset(self, peer: Superset, asked: list[Asked], right: list[Ranked]) -> Timing:
        took = []
        for one, expected in zip(asked, right, strict=True):
            milliseconds, rows = peer.ask(chart_query(one))
            names = ("numerator", "denominator", "numerator_before", "denominator_before")
            told = {row["unit_code"]: tuple(row[name] for name in names) for row in rows}
            assert told == {unit: row[:4] for unit, row in expected.items()}, f"{one}: Superset differs"
            took.append(milliseconds)
        return Timing(median(took[_WARM_UPS:]), min(took[_WARM_UPS:]), None)


def _timed(way: Callable[[Asked], object], asked: list[Asked], server_pid: int | None) -> tuple[Timing, list[object]]:
    """What one question costs, after those that do not count; and all answers."""
    answers, took = [way(one) for one in asked[:_WARM_UPS]], list[float]()

    def ask_all() -> None:
        for one in asked[_WARM_UPS:]:
            began = time.perf_counter()
            answers.append(way(one))
            took.append((time.perf_counter() - began) * 1000)

    core = cost_of(ask_all, server_pid).core * 1000 / len(took)
    return Timing(median(took), min(took), core), answers


def _compare(name: str, asked: list[Asked], answers: Iterable[object], right: list[Ranked]) -> None:
    for one, answer, expected in zip(asked, answers, right, strict=True):
        assert isinstance(answer, dict)
        differing = sorted(set(answer.items()) ^ set(expected.items()), key=str)
        assert answer == expected, f"{one}: {name} differs: {differing[:4]}"


def _ranked(counters: Counters, asked: Asked) -> pl.DataFrame:
    return ranking(counters, asked.indicator, "xa", asked.period, 0, parts=False)


def _ours(counters: Counters, asked: Asked) -> Ranked:
    """Our answer in the words of SQL; the units that have nothing in either period are no rows there."""
    ranked = _ranked(counters, asked)
    assert ranked.height == UNITS
    before = figures(counters, asked.period.previous(), [asked.indicator]).select("unit", "numerator", "denominator")
    rows = ranked.join(before, on="unit", suffix="_before").select(
        "unit", "numerator", "denominator", "numerator_before", "denominator_before", "rank", "previous_rank"
    )
    found = {unit: tuple(None if one is None else int(one) for one in row) for unit, *row in rows.iter_rows()}
    return {unit: row for unit, row in found.items() if row[1] or row[3]}
