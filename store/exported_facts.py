"""Facts as Parquet files: a folder per centre, in it one per kind of fact. They hold what is counted, no personal data.

Files are sorted by unit, so that whoever reads some units reads little else.
"""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import polars as pl
from pyarrow.parquet import read_metadata
from sqlalchemy import Engine

from errors import InputError
from store.kept_facts import StoredFacts, settled
from store.recompute import FACTS_AT_ONCE, Part, Run, in_turn, parts_of

_ROWS_IN_GROUP = 100_000
_UNFINISHED = "unfinished"
_LAST = chr(0x10FFFF)  # comes after every code


class ExportedFacts(NamedTuple):
    """The facts of one or several centres; each is in one of the folders only. It may be sent to other processes that
    see the same folders."""

    folders: tuple[Path, ...]

    def units(self, facts: str) -> Mapping[str, int]:
        """How many facts of a kind each unit has. Raises InputError."""
        sizes: Counter[str] = Counter()
        for file in self._files(facts):
            sizes.update(_units(file, file.stat().st_mtime_ns))
        return sizes

    def read(self, facts: str, units: Sequence[str] | None) -> pl.LazyFrame:
        """The facts of a kind, of these units or of all; `units` are all there are between the first and the last."""
        if units is None:
            return self._all(facts)
        first, last = units[0], units[-1]
        held = {file: _bounds(file, file.stat().st_mtime_ns) for file in self._files(facts)}
        touched = [file for file, (least, greatest) in held.items() if least <= last and greatest >= first]
        return pl.scan_parquet(touched).filter(pl.col("unit_code").is_between(pl.lit(first), pl.lit(last)))

    def _files(self, facts: str) -> list[Path]:
        return [file for folder in self.folders for file in _files(folder, facts)]

    def _all(self, facts: str) -> pl.LazyFrame:
        # Two centres may have given their sources the same name.
        theirs = [pl.scan_parquet(_files(folder, facts)) for folder in self.folders]
        own = [
            scan.with_columns(pl.format("{}/{}", pl.lit(n), "source").alias("source")) for n, scan in enumerate(theirs)
        ]
        return pl.concat(own)


@cache
def _units(file: Path, _written: int) -> Mapping[str, int]:
    """How many facts of each unit a file holds, as it is since it was written."""
    codes = pl.read_parquet(file, columns=["unit_code"])["unit_code"]
    runs = codes.rle().struct.unnest()  # few, as files are sorted
    return dict(runs.group_by("value").agg(pl.col("len").sum()).iter_rows())


@cache
def _bounds(file: Path, _written: int) -> tuple[str, str]:
    """No unit of a file, as it is since it was written, is before the first of these or after the second.

    From its last few bytes: whoever counts some of many files need not read the units of all.
    """
    footer = read_metadata(file)
    column = footer.schema.names.index("unit_code")
    told = [footer.row_group(number).column(column).statistics for number in range(footer.num_row_groups)]
    if any(one is None or not one.has_min_max for one in told):  # another program may have written the file again
        return "", _LAST
    return min((one.min for one in told), default=_LAST), max((one.max for one in told), default="")


def _files(folder: Path, facts: str) -> list[Path]:
    # Every export has this one, also of no meetings.
    if not list((folder / "meetings").glob("*.parquet")):
        raise InputError(f"{folder} holds no exported facts: ioc.py facts writes such a folder")
    return sorted((folder / facts).glob("*.parquet"))


def export_facts(engine: Engine, folder: Path, run: Run = in_turn, at_once: int = FACTS_AT_ONCE) -> int:
    """Write all facts, as they are at one moment, into a folder that must not be there yet. Returns how many rows.
    Raises InputError, StoreError."""
    make_folder(folder)
    with settled(engine) as (kept, _writing):
        rows = sum(run(_Writer(folder).write, kept, parts_of(kept, at_once)))
    forget_unfinished(folder)
    return rows


class _Writer(NamedTuple):
    folder: Path

    def write(self, kept: StoredFacts, part: Part) -> int:
        facts = kept.read(part.facts, part.units).sort("unit_code").collect()
        put(facts, self.folder / part.facts, part)
        return facts.height


def put(frame: pl.DataFrame, folder: Path, part: Part) -> None:
    """Write what belongs to a part into a file of the folder, whole or not at all; also when it is written twice."""
    file = folder / f"{part.number:05}.parquet"
    unfinished = file.with_suffix(f".{os.getpid()}.{_UNFINISHED}")
    # Harder compression takes twice as long and saves a fiftieth.
    frame.write_parquet(unfinished, compression_level=1, row_group_size=_ROWS_IN_GROUP, mkdir=True)
    unfinished.replace(file)


def make_folder(folder: Path) -> None:
    """Make a folder that is not there yet. Raises InputError."""
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"folder {folder} cannot be made ({error.strerror}): it must not be there yet") from error


def forget_unfinished(folder: Path) -> None:
    """Remove what processes that died left in the folder."""
    for file in folder.rglob(f"*.{_UNFINISHED}"):
        file.unlink()
