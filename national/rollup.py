"""The national roll-up: the counters of all centres together, from the facts that each has exported."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from store.exported_facts import ExportedFacts, forget_unfinished, make_folder, put
from store.recompute import FACTS_AT_ONCE, Facts, Part, Run, counted, in_turn, parts_of


def roll_up(folders: Sequence[Path], out: Path, run: Run = in_turn, at_once: int = FACTS_AT_ONCE) -> Mapping[str, int]:
    """Count the exported facts of these folders and write the counters of one store that held them all, as Parquet
    files in `out`, which must not be there yet: a folder per daily table, each key in one row.

    Returns how many rows each daily table has. Raises InputError, StoreError.
    """
    kept = ExportedFacts(tuple(folder.absolute() for folder in folders))
    parts = parts_of(kept, at_once)
    make_folder(out)
    rows: Counter[str] = Counter()
    for written in run(_Writer(out.absolute()).write, kept, parts):
        rows.update(written)
    forget_unfinished(out)
    return rows


class _Writer(NamedTuple):
    out: Path

    def write(self, kept: Facts, part: Part) -> dict[str, int]:
        rows = {}
        for rollup, counters in counted(kept, part):
            table = str(rollup.table.name)
            put(counters, self.out / table, part)
            rows[table] = counters.height
        return rows
