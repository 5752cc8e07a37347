"""`python -m bench`: prints what was measured; `--save` also writes it to bench/RESULTS.md."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path

from bench.drill import Drill, measure_drill
from bench.first_load import first_loads_part, measure_first_loads
from bench.ingestion import FreshEngine, Way, measure_ingestion, migrated, simulator
from bench.ingestion_peers import measure_ingestion_peers
from bench.ingestion_peers_report import ingestion_peers_part
from bench.kept import with_sections
from bench.machine import describe_machine
from bench.pages import measure_pages
from bench.partitions import measure_partitions
from bench.province import NATION, PROVINCE
from bench.questions import measure_questions
from bench.questions_report import questions_part
from bench.ranking import NATION_TIMES, Growth, Ranking, measure_growth, measure_ranking
from bench.recomputed import measure_recomputation
from bench.refresh import Refresh, measure_refresh
from bench.report import write_report
from bench.viewers import Viewers, measure_viewers
from bench.wall import measure_wall
from tests.servers import fresh_database, postgresql_server

_RESULTS = Path(__file__).with_name("RESULTS.md")
# What a small server would be given.
_SERVER_OPTIONS = ("shared_buffers=1GB", "max_wal_size=4GB", "work_mem=64MB")


def main() -> None:
    """Measure and print."""
    chosen = _options()
    os.environ.pop("IOC_DATABASE_URL", None)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the servers end with us
    with tempfile.TemporaryDirectory(prefix="ioc-bench-") as folder:
        home = Path(folder) / "postgresql"
        home.mkdir()
        with postgresql_server(home, *_SERVER_OPTIONS) as url:
            machine = describe_machine(url) + ([f"note: {chosen.note}"] if chosen.note else [])
            pid = int((home / "cluster" / "postmaster.pid").read_text().split()[0])
            ways, loaded, drilled, laid_out = list[Way](), list[str](), None, None
            ranked, grown, followed = list[Ranking](), list[Growth](), list[Refresh]()
            if chosen.only in (None, "ranking"):
                ranked = [
                    measure_ranking(fresh_database(url, "ranking"), size, dossiers, chosen.repeats, _say)
                    for size, dossiers in ((PROVINCE, chosen.dossiers), (NATION, NATION_TIMES * chosen.dossiers))
                ]
                grown = measure_growth([10**5, 10**6, 10**7], _say)
            if chosen.only in (None, "refresh"):
                sizes = [chosen.dossiers // 10, chosen.dossiers]
                followed = measure_refresh(
                    lambda: fresh_database(url, "refresh"), Path(folder), pid, sizes, chosen.repeats, _say
                )
            if chosen.only in (None, "ingestion"):
                ways, loaded = _ingestion(Path(folder), url, pid, chosen.repeats)
            if chosen.only in (None, "partitions"):
                divided = fresh_database(url, "partitions")
                laid_out = measure_partitions(divided, pid, chosen.dossiers, chosen.repeats, _say)
            if chosen.only in (None, "drill"):
                drilled = _drill(Path(folder), url, chosen.dossiers)
            viewers = _viewers(Path(folder), url, pid, chosen.repeats) if chosen.only in (None, "viewers") else None
            asked = [part for name, part in _FURTHER.items() if chosen.only in (None, name)]
            further = loaded + [line for part in asked for line in part(Path(folder), url, pid, chosen.repeats)]
    wall = measure_wall(chosen.repeats, _say) if chosen.only in (None, "wall") else None
    pages = measure_pages(chosen.repeats, _say) if chosen.only in (None, "pages") else None
    nation = measure_recomputation(chosen.nation, _say) if chosen.only in (None, "nation") else None
    page = write_report(
        machine, chosen.repeats, ranked, ways, wall, drilled, viewers, laid_out, pages, further, nation, grown, followed
    )
    print(page)
    if chosen.save:
        kept = with_sections(_RESULTS.read_text("utf-8"), page) if chosen.only else page
        _RESULTS.write_text(kept, "utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--dossiers",
        type=int,
        default=1_000_000,
        help=f"dossiers that are ranked and drilled into; a nation has {NATION_TIMES} times as many (default: 1000000)",
    )
    parser.add_argument("--repeats", type=int, default=5, help="runs of which the median counts (default: 5)")
    parts = ["ranking", "refresh", "ingestion", "wall", "drill", "viewers", "partitions", "pages", *_FURTHER, "nation"]
    parser.add_argument("--only", choices=parts, help="one part alone")
    parser.add_argument(
        "--nation",
        type=int,
        nargs="+",
        metavar="DOSSIERS",
        default=[1_000_000, 10_000_000],
        help="dossiers of a nation that are counted again (default: 1000000 10000000)",
    )
    parser.add_argument("--note", help="what a reader should know of this run")
    parser.add_argument("--save", action="store_true", help="write bench/RESULTS.md, with --only that part of it")
    return parser.parse_args()


def _ingestion(folder: Path, url: str, pid: int, repeats: int) -> tuple[list[Way], list[str]]:
    """The ways of ingesting, and the section of the first loads."""
    numbers = count()
    fresh: dict[str, tuple[FreshEngine, int | None]] = {
        "SQLite": (lambda: migrated(f"sqlite:///{folder}/{next(numbers)}.db"), None),
        "PostgreSQL": (lambda: migrated(fresh_database(url, "ingestion")), pid),
    }
    with simulator() as settings:
        measured = [measure_ingestion(name, settings, *how, repeats, _say) for name, how in fresh.items()]
    return [way for ways in measured for way in ways], first_loads_part(measure_first_loads(fresh, _say))


def _drill(folder: Path, url: str, dossiers: int) -> Drill:
    home = folder / "drill"
    home.mkdir()
    return measure_drill(fresh_database(url, "drill"), home, dossiers, _say)


def _viewers(folder: Path, url: str, pid: int, windows: int) -> Viewers:
    home = folder / "viewers"
    home.mkdir()
    return measure_viewers(fresh_database(url, "viewers"), home, pid, windows, _say)


def _dlt(folder: Path, url: str, pid: int, repeats: int) -> list[str]:
    return ingestion_peers_part(measure_ingestion_peers(folder, url, pid, repeats, _say))


def _questions(folder: Path, url: str, pid: int, repeats: int) -> list[str]:
    home = folder / "questions"
    home.mkdir()
    return questions_part(measure_questions(home, fresh_database(url, "questions"), pid, repeats, _say))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# Sections that write themselves: their lines, measured in a folder, on a PostgreSQL server with its process id.
_FURTHER: dict[str, Callable[[Path, str, int, int], list[str]]] = {"dlt": _dlt, "questions": _questions}

if __name__ == "__main__":
    main()
