"""Counted again by two processes, one of which dies on the way: the same counters as one process alone has."""

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any, NamedTuple

import polars as pl
import pytest
from distributed import Client
from sqlalchemy import Engine, make_url

from errors import ConfigError, InputError, StoreError
from national import cluster, job
from national.cluster import local_workers, workers_of
from national.job import on
from national.rollup import roll_up
from store.engine import empty, writing
from store.exported_facts import ExportedFacts, export_facts, put
from store.kept_facts import StoredFacts, settled
from store.recompute import Kept, Part, in_turn, mend, parts_of
from store.rollups import ROLLUPS, rebuild
from store.tables import dossier_days
from tests.command_line import run_ioc
from tests.delivery import deliver, deliver_catalogues, deliver_versions
from tests.servers import free_port
from tests.settings_text import STANDING
from tests.test_store_properties import counters, forget_counters
from tests.worlds import World, make_world

SOME = 8  # so few facts to a part, so that there are many parts


class Dying(NamedTuple):
    """Counts; but whoever counts a part of dossiers first is killed before the part is done."""

    count: Callable[[Any, Part], Any]
    mark: Path

    def __call__(self, kept: Any, part: Part) -> Any:
        found = self.count(kept, part)
        if part.facts == "dossiers" and part.number == 1 and not self.mark.exists():
            self.mark.write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)
        return found


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Two worker processes."""
    with pytest.MonkeyPatch.context() as patched:
        # A new process runs again what is `__main__` here: after a test of a page that would be the page's script.
        patched.setitem(sys.modules, "__main__", ModuleType("__main__"))
        with local_workers(2) as two:
            yield two


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(Random(7))


def processes(client: Client) -> set[int]:
    client.wait_for_workers(2)  # one that a test before has killed comes again
    return set(client.run(os.getpid).values())


def tamper(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(dossier_days.update().values(registered=dossier_days.c.registered + 1))


def test_worker_killed_in_the_middle_changes_no_counter(
    engine: Engine, client: Client, world: World, tmp_path: Path
) -> None:
    deliver(engine, world, Random(7))
    kept, mark, before = counters(engine), tmp_path / "killed", processes(client)
    assert mend(engine, on(client), SOME) == 0
    forget_counters(engine)

    def run(count: Callable[[Kept, Part], Any], facts: Kept, parts: Sequence[Part]) -> Iterable[Any]:
        return on(client)(Dying(count, mark), facts, parts)

    assert mend(engine, run, SOME) > 0
    assert int(mark.read_text()) in before
    assert counters(engine) == kept
    assert rebuild(engine) == 0


def test_parts_are_of_some_facts_each_and_together_of_all_units(
    fresh_engine: Callable[[str], Engine], world: World
) -> None:
    engine = fresh_engine("sqlite")
    deliver(engine, world, Random(7))
    with settled(engine) as (kept, _writing):
        sizes, parts = kept.units("dossiers"), [part for part in parts_of(kept, SOME) if part.facts == "dossiers"]
    assert [unit for part in parts for unit in part.units or ()] == sorted(sizes)
    assert sum(sizes.values()) == len(world.dossiers)
    assert all(sum(sizes[unit] for unit in part.units or ()) <= SOME or len(part.units or ()) == 1 for part in parts)


def test_what_is_stored_while_parts_are_counted_stays_counted(
    fresh_engine: Callable[[str], Engine], world: World
) -> None:
    engine = fresh_engine("postgresql")
    deliver_catalogues(engine, world)
    half = len(world.versions) // 2
    deliver_versions(engine, world.versions[:half], Random(7))
    tamper(engine)

    def run(count: Callable[[Kept, Part], Any], facts: Kept, parts: Sequence[Part]) -> Iterable[Any]:
        for done, part in enumerate(parts):
            if done == len(parts) // 2:
                deliver_versions(engine, world.versions[half:], Random(8))
            yield count(facts, part)

    assert mend(engine, run, SOME) > 0
    mended = counters(engine)
    forget_counters(engine)
    assert rebuild(engine) > 0
    assert counters(engine) == mended


def test_two_do_not_recompute_at_once(fresh_engine: Callable[[str], Engine], world: World) -> None:
    engine = fresh_engine("postgresql")
    deliver(engine, world, Random(7))
    tamper(engine)
    with settled(engine), pytest.raises(StoreError, match="already"):
        mend(engine)
    assert mend(engine) > 0
    assert mend(engine) == 0


def test_roll_up_of_exported_facts_has_the_counters_of_the_store(
    fresh_engine: Callable[[str], Engine], client: Client, world: World, tmp_path: Path
) -> None:
    engine = fresh_engine("postgresql")
    deliver(engine, world, Random(7))
    export_facts(engine, tmp_path / "facts", in_turn, SOME)
    rows = roll_up([tmp_path / "facts"], tmp_path / "counters", on(client), SOME)
    assert written(tmp_path / "counters") == counters(engine)
    assert rows["dossier_days"] == len(pl.read_parquet(tmp_path / "counters" / "dossier_days" / "*.parquet"))


def test_exported_files_that_say_nothing_of_their_units_are_counted_too(
    fresh_engine: Callable[[str], Engine], world: World, tmp_path: Path
) -> None:
    engine = fresh_engine("sqlite")
    deliver(engine, world, Random(7))
    export_facts(engine, tmp_path / "facts", in_turn, SOME)
    for file in (tmp_path / "facts").rglob("*.parquet"):
        pl.read_parquet(file).write_parquet(file, statistics=False)
    roll_up([tmp_path / "facts"], tmp_path / "counters", in_turn, SOME)
    assert written(tmp_path / "counters") == counters(engine)


def test_roll_up_of_two_centres_adds_their_counters_up(fresh_engine: Callable[[str], Engine], tmp_path: Path) -> None:
    engine, folders, expected = fresh_engine("sqlite"), [], {rollup.table.name: {} for rollup in ROLLUPS}
    for seed in (7, 8):
        empty(engine)
        deliver(engine, make_world(Random(seed)), Random(seed))
        folders.append(tmp_path / str(seed))
        export_facts(engine, folders[-1])
        for table, keyed in counters(engine).items():
            for key, counts in keyed.items():
                before = expected[table].get(key, (0,) * len(counts))
                expected[table][key] = tuple(map(sum, zip(before, counts, strict=True)))
    roll_up(folders, tmp_path / "both")
    both = {table: {key: counts for key, counts in keyed.items() if any(counts)} for table, keyed in expected.items()}
    assert written(tmp_path / "both") == both


def written(folder: Path) -> dict[str, dict[tuple[Any, ...], tuple[int, ...]]]:
    """Counters in Parquet files, as `counters` gives those of a store; each key once."""
    found: dict[str, dict[tuple[Any, ...], tuple[int, ...]]] = {}
    for rollup in ROLLUPS:
        rows = pl.read_parquet(folder / rollup.table.name / "*.parquet").select(*rollup.keys, *rollup.measures).rows()
        width = len(rollup.keys)
        assert len({row[:width] for row in rows}) == len(rows)
        found[rollup.table.name] = {row[:width]: row[width:] for row in rows if any(row[width:])}
    return found


def test_worker_of_another_version_is_refused(
    fresh_engine: Callable[[str], Engine], client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = fresh_engine("sqlite")
    deliver(engine, world, Random(7))
    tamper(engine)
    before = counters(engine)
    monkeypatch.setattr(job, "definitions", lambda: "of another version")
    with pytest.raises(ConfigError, match="another version"):
        mend(engine, on(client), SOME)
    assert counters(engine) == before


def test_workers_that_cannot_start_are_not_waited_for_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    settings = {"distributed.worker.preload": ["not_there"], "distributed.scheduler.no-workers-timeout": "0.1s"}
    monkeypatch.setattr(cluster, "SETTINGS", {**cluster.SETTINGS, **settings})
    with local_workers(1) as client, pytest.raises(StoreError, match="no worker came"):
        list(on(client)(lambda *_: None, StoredFacts(make_url("sqlite://"), ""), [Part("dossiers", None)]))


def test_scheduler_that_does_not_answer_is_named() -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(ConfigError, match=address), workers_of(address, patience=0.2):
        pass


def test_folder_that_is_no_export_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no exported facts"):
        roll_up([tmp_path], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_units_with_longer_codes_than_a_footer_tells_are_found_in_their_files(tmp_path: Path) -> None:
    codes = ["x" * 70 + end for end in "abc"]
    for number, code in enumerate(codes):
        put(pl.DataFrame({"unit_code": [code, code]}), tmp_path / "dossiers", Part("dossiers", None, number))
    pl.DataFrame(schema={"unit_code": pl.String()}).write_parquet(tmp_path / "meetings" / "00000.parquet", mkdir=True)
    kept = ExportedFacts((tmp_path,))
    assert [kept.read("dossiers", [code]).collect()["unit_code"].to_list() for code in codes] == [[c, c] for c in codes]


@pytest.mark.chaos
def test_commands_share_the_work_out(fresh_engine: Callable[[str], Engine], world: World, tmp_path: Path) -> None:
    engine = fresh_engine("sqlite")
    deliver(engine, world, Random(7))
    tamper(engine)
    settings = tmp_path / "ioc.toml"
    settings.write_text(STANDING.format(home=tmp_path, time="08:00"), "utf-8")
    with_store = {
        "IOC_CONFIG": str(settings),
        "IOC_DATABASE_URL": engine.url.render_as_string(hide_password=False),
    }
    rows = len(counters(engine)["dossier_days"])
    mended = run_ioc(("rebuild", "--workers", "2"), with_store)
    assert (mended.code, mended.out) == (0, f"{rows} counters differed\n"), mended.err
    assert run_ioc(("facts", str(tmp_path / "facts")), with_store).code == 0
    rolled_up = run_ioc(("rollup", str(tmp_path / "facts"), "--out", str(tmp_path / "all")), {})
    assert rolled_up.code == 0, rolled_up.err
    assert written(tmp_path / "all") == counters(engine)
    both = run_ioc(("rebuild", "--workers", "2", "--scheduler", "tls://127.0.0.1:1"), with_store)
    assert (both.code, both.out) == (2, "")
