"""A backup is taken while others write, is whole or not there, and comes back elsewhere with the same figures."""

import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import msgspec
import polars as pl
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal
from sqlalchemy import Engine

from clock import still_clock
from config import Settings, SourceSettings, StoreSettings
from errors import InputError, StoreError
from metrics import Counters, Period, figures
from publishing import close_period, verify
from store.audit_tables import audit
from store.backup import back_up, restore
from store.backup_file import Manifest, read_manifest
from store.backup_postgresql import program
from store.backup_sums import sums
from store.engine import migrate, open_engine, reading, writing
from store.reads import read_snapshot
from store.rollups import rebuild
from store.tables import dossier_days, dossiers, published_figures
from tests.command_line import call_ioc, run_ioc
from tests.delivery import deliver, deliver_catalogues
from tests.feed import Feed
from tests.servers import fresh_database
from tests.stores import lay_tables
from tests.worlds import World, make_world

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
CLOSED_AT = datetime(2022, 1, 3, tzinfo=UTC)
YEAR = Period(datetime(2021, 1, 1).date(), datetime(2021, 12, 31).date())


def quiet(_what: str, _share: float) -> None:
    """Nobody watches."""


def save(engine: Engine, file: Path) -> Manifest:
    return back_up(engine, file, AT, "0.5.0", quiet)


@pytest.fixture
def world() -> World:
    return make_world(Random(6), dossiers=60)


@pytest.fixture
def filled(engine: Engine, world: World) -> Engine:
    """A store with a year of everything, and its year published."""
    deliver(engine, world, Random(6))
    close_period(engine, "2021", CLOSED_AT)
    return engine


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The backup of a small SQLite store, as bytes."""
    folder = tmp_path_factory.mktemp("saved")
    engine = open_engine(f"sqlite:///{folder}/store.db")
    lay_tables(engine)
    deliver(engine, make_world(Random(2)), Random(2))
    save(engine, folder / "ioc.backup")
    engine.dispose()
    return (folder / "ioc.backup").read_bytes()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite store with its tables and nothing in them."""
    engine = open_engine(f"sqlite:///{tmp_path}/new/store.db")
    lay_tables(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[Engine], Engine]]:
    """Gives the empty store of another host, of the same kind of database; never migrated."""
    opened: list[Engine] = []

    def make(like: Engine) -> Engine:
        if like.dialect.name == "sqlite":
            url = f"sqlite:///{tmp_path}/elsewhere/store.db"
        else:
            url = fresh_database(request.getfixturevalue("postgresql_url"), f"{like.url.database}_else"[:60])
        opened.append(open_engine(url))
        return opened[-1]

    yield make
    for engine in opened:
        engine.dispose()


def all_figures(engine: Engine) -> pl.DataFrame:
    counters = Counters(read_snapshot(engine))
    return pl.concat([figures(counters, YEAR, scope=scope) for scope in ("own", "subtree")])


def all_rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table: the slow comparison."""
    found = sa.MetaData()
    with reading(engine) as connection:
        found.reflect(connection)
        return {
            name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
            for name, table in found.tables.items()
        }


def test_a_restored_store_holds_every_row_and_gives_every_figure(
    filled: Engine, elsewhere: Callable[[Engine], Engine], tmp_path: Path
) -> None:
    made = save(filled, tmp_path / "ioc.backup")
    assert (made.made_at, made.program, made.database) == (AT, "0.5.0", filled.dialect.name)
    assert made.sums.rows["dossiers"] == count(filled, dossiers) > 20
    assert made.sums.rows["published_figures"] == count(filled, published_figures) > 100
    other = elsewhere(filled)
    migrate(other)  # a host that was prepared, but has stored nothing yet, is empty
    assert restore(other, tmp_path / "ioc.backup", quiet) == made
    assert all_rows(other) == all_rows(filled)
    assert_frame_equal(all_figures(other), all_figures(filled))
    assert [one.sound for one in verify(other)] == [True]
    with pytest.raises(StoreError, match="append-only"), writing(other) as connection:
        connection.execute(audit.delete())


def test_restore_drill_under_load(
    filled: Engine, elsewhere: Callable[[Engine], Engine], tmp_path: Path, world: World
) -> None:
    """A poller writes all the time; each backup is one state that was there between two of its writes."""
    url = filled.url.render_as_string(hide_password=False)
    sources = tuple(SourceSettings(name=name, dialect=name) for name in ("dvcqg", "qlvb"))
    settings = Settings(store=StoreSettings(url=url), sources=sources)
    clock = still_clock(datetime(2021, 12, 10, 1, tzinfo=UTC))
    made = []
    with Feed(settings, clock, every=0.001) as feed:
        for number in range(3):
            before = feed.polls
            made.append(save(filled, tmp_path / f"{number}.backup"))
            wait_for(lambda before=before: feed.polls > before + 2)
        assert feed.failures == 0
    held = [one.sums.rows["dossiers"] for one in made]
    assert held[0] < held[1] < held[2] < count(filled, dossiers)
    other = elsewhere(filled)
    restore(other, tmp_path / "1.backup", quiet)
    with reading(other) as connection:
        assert sums(connection) == made[1].sums
    assert count(other, dossiers) == held[1]
    # Facts and counters are of one instant: nothing differs when every counter is computed anew from the facts.
    assert rebuild(other) == 0
    assert all_figures(other).filter(indicator="received")["numerator"].sum() > 0


def wait_for(happened: Callable[[], bool]) -> None:
    looked = threading.Event()
    for _ in range(2000):
        if happened():
            return
        looked.wait(0.01)
    raise AssertionError("the feed wrote nothing more")


def count(engine: Engine, table: sa.Table) -> int:
    with reading(engine) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_sums_tell_a_single_counter_and_a_single_published_figure_apart(filled: Engine) -> None:
    with reading(filled) as connection:
        before = sums(connection)
    with writing(filled) as connection:
        one = sa.select(dossier_days.c.day).where(dossier_days.c.received_counter > 0).limit(1).scalar_subquery()
        connection.execute(
            dossier_days.update().where(dossier_days.c.day == one).values(received_counter=dossier_days.c.rated + 77)
        )
    with reading(filled) as connection:
        counted = sums(connection)
    assert (counted.published, counted.counters != before.counters) == (before.published, True)
    with writing(filled) as connection:
        connection.execute(published_figures.update().where(published_figures.c.value == 1).values(value=1.0000000001))
    with reading(filled) as connection:
        assert sums(connection).published != before.published


def test_a_store_with_data_is_left_alone(filled: Engine, tmp_path: Path) -> None:
    save(filled, tmp_path / "ioc.backup")
    before = count(filled, dossiers)
    with pytest.raises(InputError, match=r"holds data already \(\d+ .*an empty store only"):
        restore(filled, tmp_path / "ioc.backup", quiet)
    assert count(filled, dossiers) == before


def test_a_sqlite_store_in_use_is_left_alone(sqlite: Engine, saved: bytes, tmp_path: Path) -> None:
    (tmp_path / "ioc.backup").write_bytes(saved)
    web = open_engine(str(sqlite.url))
    with reading(web) as connection:
        connection.execute(sa.text("SELECT 1 FROM cursors"))
        with pytest.raises(StoreError, match=r"is in use.*stop poller and web server first"):
            restore(sqlite, tmp_path / "ioc.backup", quiet)
    web.dispose()
    assert count(sqlite, dossiers) == 0


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def overwrite(file: Path) -> None:
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(64)
    file.write_bytes(content)


def rewrite(file: Path, **fields: object) -> None:
    """The same backup with other words in its manifest."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    told = msgspec.json.decode(parts["manifest.json"]) | fields
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in (parts | {"manifest.json": msgspec.json.encode(told)}).items():
            archive.writestr(name, content)


def retell(file: Path) -> None:
    """The manifest promises another dossier: as if one had been lost."""
    sums = msgspec.to_builtins(read_manifest(file).sums)
    sums["rows"]["dossiers"] += 1
    rewrite(file, sums=sums)


def foreign(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("letter.txt", "Kính gửi")


def text(file: Path) -> None:
    file.write_text("no backup")


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (cut, "is damaged"),
        (overwrite, "damaged"),
        (retell, "is not what went in"),
        (foreign, "no backup of this centre"),
        (text, "no backup of this centre"),
        (Path.unlink, "cannot be read"),
    ],
)
def test_a_damaged_or_foreign_file_is_refused_and_leaves_nothing(
    saved: bytes, tmp_path: Path, harm: Callable[[Path], object], words: str
) -> None:
    file, other = tmp_path / "ioc.backup", open_engine(f"sqlite:///{tmp_path}/elsewhere/store.db")
    file.write_bytes(saved)
    harm(file)
    with pytest.raises(InputError, match=words):
        restore(other, file, quiet)
    other.dispose()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_what_came_out_wrong_is_taken_out_of_postgresql_again(
    fresh_engine: Callable[[str], Engine], elsewhere: Callable[[Engine], Engine], tmp_path: Path
) -> None:
    engine = fresh_engine("postgresql")
    save(engine, tmp_path / "ioc.backup")
    retell(tmp_path / "ioc.backup")
    other = elsewhere(engine)
    with pytest.raises(InputError, match="is not what went in"):
        restore(other, tmp_path / "ioc.backup", quiet)
    assert all_rows(other) == {}


@pytest.mark.parametrize(("backend", "another"), [("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_a_backup_of_the_other_database_is_refused(saved: bytes, tmp_path: Path, backend: str, another: str) -> None:
    file = tmp_path / "ioc.backup"
    file.write_bytes(saved)
    rewrite(file, database=another)
    other = open_engine(f"sqlite:///{tmp_path}/b.db" if backend == "sqlite" else "postgresql://ioc@127.0.0.1:1/ioc")
    with pytest.raises(InputError, match=f"is of a {another} store"):
        restore(other, file, quiet)
    other.dispose()


def test_a_backup_of_a_newer_program_is_refused(saved: bytes, sqlite: Engine, tmp_path: Path) -> None:
    file = tmp_path / "ioc.backup"
    file.write_bytes(saved)
    rewrite(file, migration="9999", program="9.0")
    with pytest.raises(
        InputError, match=r"version 9999, this program knows up to 00\d\d: restore it with program 9\.0"
    ):
        restore(sqlite, file, quiet)


def test_a_failed_backup_leaves_the_older_one_and_nothing_else(sqlite: Engine, saved: bytes, tmp_path: Path) -> None:
    file = tmp_path / "safe" / "ioc.backup"
    file.parent.mkdir()
    file.write_bytes(saved)

    def interrupted(what: str, _share: float) -> None:
        if what == "packing":
            raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match=r"No space left on device.*nothing was left behind"):
        back_up(sqlite, file, AT, "0.5.0", interrupted)
    assert file.read_bytes() == saved
    assert list(file.parent.iterdir()) == [file]
    save(sqlite, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_manifest(file).sums.rows["dossiers"] == 0


def test_what_is_no_backup_is_not_overwritten(sqlite: Engine, tmp_path: Path) -> None:
    letter = tmp_path / "letter.odt"
    letter.write_text("Kính gửi")
    with pytest.raises(InputError, match="no backup of this centre"):
        save(sqlite, letter)
    assert letter.read_text() == "Kính gửi"


def test_nothing_to_back_up_is_said(tmp_path: Path) -> None:
    missing = open_engine(f"sqlite:///{tmp_path}/none.db")
    with pytest.raises(InputError, match="nothing to back up"):
        save(missing, tmp_path / "ioc.backup")
    assert list(tmp_path.iterdir()) == []


def test_the_password_is_in_no_process_list(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pg_dump of ours notes how it was called; its service file is gone afterwards."""
    engine = open_engine(sa.make_url(postgresql_url).set(password="geheim 7").render_as_string(hide_password=False))
    migrate(engine)
    with reading(engine) as connection:
        real = program(connection, "pg_dump")
    noted = tmp_path / "noted"
    script = tmp_path / "pg_dump"
    script.write_text(
        f'#!/bin/sh\ntr "\\0" " " < /proc/$$/cmdline > {noted}\n'
        f'cat $PGSERVICEFILE >> {noted}.service\nexec {real} "$@"\n'
    )
    script.chmod(0o755)
    monkeypatch.setattr("store.backup_postgresql.program", lambda _connection, _name: script)
    save(engine, tmp_path / "ioc.backup")
    engine.dispose()
    assert "--snapshot=" in noted.read_text()
    assert "geheim" not in noted.read_text()
    assert "password=geheim 7" in (tmp_path / "noted.service").read_text()
    assert not list(tmp_path.glob("**/service"))


def test_commands_say_the_numbers_and_refuse_in_one_line(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/ioc.db")
    migrate(engine)
    deliver_catalogues(engine, make_world(Random(2)))
    engine.dispose()
    (tmp_path / "old.toml").write_text(f'[store]\nurl = "sqlite:///{tmp_path}/ioc.db"\n')
    (tmp_path / "new.toml").write_text(f'[store]\nurl = "sqlite:///{tmp_path}/new/ioc.db"\n')
    old, new = (("--config", str(tmp_path / name)) for name in ("old.toml", "new.toml"))
    file = str(tmp_path / "ioc.backup")
    saved = run_ioc((*old, "backup", file), {})
    assert (saved.code, saved.err) == (0, "")
    restored = call_ioc((*new, "restore", file), {})
    assert (restored.code, restored.err) == (0, "")
    told = saved.out.split("; ", 1)[1].strip()
    assert restored.out.endswith(f"rows and checksums are the same: {told}\n")
    again = call_ioc((*new, "restore", file), {})
    assert (again.code, again.out, len(again.err.splitlines())) == (1, "", 1)
    assert "holds data already" in again.err
