"""All counters of a nation counted again from exported facts: by one process, by one worker process and by two, also by
two of which one is killed when the first part is there.

3,355 units, each with ten procedures of its own, over two years; files of some units each, as `ioc.py facts` writes.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import polars as pl

from bench.measure import children, children_seconds, peak_until_end
from bench.province import SEED, Size, generated_dossiers
from store import tables
from store.exported_facts import put
from store.frames import schema
from store.recompute import Part
from store.rollups import ROLLUPS

_UNITS, _IN_FILE = 3_355, 500_000
_KEYS = ("source", "source_id", "content_hash")  # are not counted
_MEETING_OF_A_POINT = {"point_unit": pl.String(), **schema(tables.meeting_points)}
_ROOT = Path(__file__).parent.parent
_LOOK_SECONDS = 0.05


class Way(NamedTuple):
    """How it is counted: the words after the command, how many threads a process may have, and whether a worker is
    killed."""

    name: str
    words: tuple[str, ...] = ()
    threads: int = 1
    killed: bool = False


ONE_WORKER = "one worker of one thread"
# The first is the measure of the others, and so is that one.
_WAYS = (
    Way("one process, one thread"),
    Way("one process, two threads", threads=2),
    Way(ONE_WORKER, ("--workers", "1")),
    Way("two workers of one thread", ("--workers", "2")),
    Way("two workers, one killed in the middle", ("--workers", "2"), killed=True),
)


class Counted(NamedTuple):
    """One way to count: seconds on the wall and of one core (all its processes), the largest process in bytes."""

    way: str
    dossiers: int
    counters: int
    wall: float
    core: float
    largest: int


def measure_recomputation(sizes: Sequence[int], say: Callable[[str], None]) -> list[Counted]:
    """Count so many generated dossiers each way, from and into files. AssertionError when two ways give other
    counters."""
    found = []
    for size in sizes:
        with TemporaryDirectory(prefix="ioc-nation-") as home:
            found += _measure(Path(home), size, say)
    return found


def _measure(home: Path, size: int, say: Callable[[str], None]) -> Iterator[Counted]:
    say(f"generating {size:,} dossiers")
    facts, first = home / "facts", None
    _export(facts, size)
    for number, way in enumerate(_WAYS):
        say(f"{size:,} dossiers: {way.name}")
        out = home / str(number)
        yield _count(facts, out, way, size)
        first = first or out
        assert _same(first, out), f"{way.name}: other counters than {_WAYS[0].name}"
        if out != first:
            shutil.rmtree(out)
    yield _count_apart(home, facts, size)


def _export(folder: Path, size: int) -> None:
    for kind in ("documents", "meetings", "bridge_points"):
        more = _MEETING_OF_A_POINT if kind == "meetings" else {}
        none = pl.DataFrame(schema={**schema(tables.metadata.tables[kind]), **more})
        none.write_parquet(folder / kind / "00000.parquet", mkdir=True)
    # Two at least: there is something left to do when a worker is killed, and a half for each of two programs.
    files = max(2, size // _IN_FILE)
    communes = -(-_UNITS // files)
    for number in range(files):
        drawn = generated_dossiers(size // files, Size(communes, 1), SEED + number).drop(_KEYS)
        own = drawn.with_columns(
            pl.format("{}.{}", pl.lit(f"{number:03}"), "unit_code").alias("unit_code"),
            pl.format("9.{}", pl.col("procedure_code").str.slice(-1)).alias("procedure_code"),
        )
        put(own.sort("unit_code"), folder / "dossiers", Part("dossiers", None, number))


def _count(facts: Path, out: Path, way: Way, size: int) -> Counted:
    began, before = time.perf_counter(), children_seconds()
    process = _start(facts, out, way)
    if way.killed:
        _kill_one(process, out)
    peak = peak_until_end(process)
    wall, core = time.perf_counter() - began, children_seconds() - before
    assert process.returncode == 0, f"{way.name} ended with {process.returncode}"
    return Counted(way.name, size, _rows(out), wall, core, peak)


def _count_apart(home: Path, facts: Path, size: int) -> Counted:
    """Two programs at once that share nothing, each with half of the files: the most that this machine's cores give."""
    files = sorted((facts / "dossiers").glob("*.parquet"))
    programs = []
    began, before = time.perf_counter(), children_seconds()
    for half in range(2):
        own = home / f"facts{half}"
        shutil.copytree(facts, own, ignore=shutil.ignore_patterns("dossiers"))
        (own / "dossiers").mkdir()
        for file in files[half::2]:
            (own / "dossiers" / file.name).symlink_to(file)
        programs.append(_start(own, home / f"apart{half}", _WAYS[0]))
    peak = peak_until_end(*programs)
    wall, core = time.perf_counter() - began, children_seconds() - before
    assert all(program.returncode == 0 for program in programs), "one of two programs failed"
    rows = sum(_rows(home / f"apart{half}") for half in range(2))
    return Counted("two programs, half each", size, rows, wall, core, peak)


def _start(facts: Path, out: Path, way: Way) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(_ROOT / "ioc.py"), "rollup", str(facts), "--out", str(out), *way.words]
    environment = {**os.environ, "POLARS_MAX_THREADS": f"{way.threads}"}
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)


def _rows(out: Path) -> int:
    found: int = pl.scan_parquet(out / "dossier_days" / "*.parquet").select(pl.len()).collect().item()
    return found


def _kill_one(process: "subprocess.Popen[bytes]", out: Path) -> None:
    """SIGKILL one of its workers as soon as a part is counted."""
    while not list(out.glob("dossier_days/*.parquet")):
        assert process.poll() is None, "it ended before a worker could be killed"
        time.sleep(_LOOK_SECONDS)
    os.kill(_workers(process.pid)[0], signal.SIGKILL)


def _workers(pid: int) -> list[int]:
    """The processes that dask started from this one."""
    return [child for child in children(pid) if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def _same(one: Path, other: Path) -> bool:
    names = [sorted(str(file.relative_to(out)) for file in out.rglob("*.parquet")) for out in (one, other)]
    alike = (pl.read_parquet(one / name).equals(pl.read_parquet(other / name)) for name in names[0])
    return names[0] == names[1] and len(names[0]) >= len(ROLLUPS) - 1 and all(alike)
