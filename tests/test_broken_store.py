"""A full disk, a store that may only be read, damage, missing tables, a newer schema: said in words that say what to
do, and nothing is lost that was acknowledged."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine, event

from clock import still_clock
from config import Settings, SourceSettings, StoreSettings, write_settings
from connectors._http import once
from errors import ConfigError, StoreError
from poll_run import RunResult, Source, open_sources, poll_source
from store.advice import with_advice
from store.engine import migrate, open_engine, pending_migration, reading, writing
from store.note_rows import NewNote, NoteBook
from store.notes import read_notes, write_note
from store.reads import cursor_of
from store.rollups import rebuild
from store.tables import dossiers
from tests.command_line import call_ioc
from tests.plain_one_stop import PlainOneStop, record
from tests.small_disk import SmallDisk, small_disk
from tests.source_server import source_server

NOW = datetime(2021, 7, 5, 1, tzinfo=UTC)
SECRET = {"BROKEN_PASSWORD": "mot-cua"}
NOTE = NewNote("received", "H28", NOW.date(), NOW.date(), "Đã đối chiếu. " * 60, "An", None)


@pytest.fixture
def one_stop(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[PlainOneStop, SourceSettings]]:
    monkeypatch.setenv(*next(iter(SECRET.items())))
    source = PlainOneStop(page=5000)
    with source_server(source.reply) as server:
        yield source, SourceSettings("motcua", "dvcqg", server.address, "ioc", "BROKEN_PASSWORD")


@pytest.fixture
def polled(one_stop: tuple[PlainOneStop, SourceSettings]) -> Iterator[Source]:
    with open_sources(Settings(sources=(one_stop[1],)), still_clock(NOW), once) as [source]:
        yield source


def poll(engine: Engine, source: Source, *, catalogues: bool = False) -> RunResult:
    return poll_source(engine, source, still_clock(NOW), catalogues=catalogues)


def stored(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return set(connection.scalars(sa.select(dossiers.c.source_id)))


class Space:
    """Room for a SQLite store that a test makes larger: a disk of its own, or where none can be mounted SQLite's own
    limit, which fails alike."""

    def __init__(self, disk: SmallDisk | None, folder: Path) -> None:
        self.disk, self.pages = disk, 500
        self.engine = open_engine(f"sqlite:///{folder}/store.db")
        if disk is None:
            event.listen(self.engine, "connect", self._limit)

    def grow(self) -> None:
        self.pages = 100_000
        if self.disk:
            self.disk.remount("size=64m")
        else:
            self.engine.dispose()

    def _limit(self, connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        connection.cursor().execute(f"PRAGMA max_page_count={self.pages}")


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Space]:
    with small_disk(tmp_path / "disk", megabytes=2.5) as disk:
        made = Space(disk, tmp_path / "disk")
        yield made
        made.engine.dispose()


def test_a_full_disk_stops_polls_and_notes_in_words_and_loses_nothing_acknowledged(
    space: Space, one_stop: tuple[PlainOneStop, SourceSettings], polled: Source
) -> None:
    engine, source = space.engine, one_stop[0]
    migrate(engine)
    assert poll(engine, polled, catalogues=True).ok
    acknowledged, notes, result, fresh = stored(engine), 0, None, list[dict[str, str]]()
    for day in range(1, 29):
        fresh = [record(f"{day}-{number}", f"202106{day:02}") for number in range(400)]
        source.records += [{**row, "NgayCapNhat": f"2021070410{day:02}00"} for row in fresh]
        result = poll(engine, polled)
        if not result.ok:
            break
        acknowledged |= {row["MaHoSo"] for row in fresh}
    assert result is not None
    assert (result.outcome, "the disk is full: make room" in result.message) == ("store", True)
    with pytest.raises(StoreError, match="the disk is full: make room"):  # noqa: PT012  # one of many notes is too many
        while True:
            write_note(engine, f"k{notes}", NOTE, "An", NOW)
            notes += 1
    reached = cursor_of(engine, "motcua")
    assert len(acknowledged) > 400
    # The last batch is there or not, as the disk was full before it was stored or when the run's end was noted.
    assert stored(engine) in (acknowledged, acknowledged | {row["MaHoSo"] for row in fresh})
    assert len(read_notes(engine, NoteBook()).by_number) == notes

    space.grow()
    assert cursor_of(engine, "motcua") == reached
    assert poll(engine, polled).ok
    assert stored(engine) == {row["MaHoSo"] for row in source.records}
    assert len(read_notes(engine, NoteBook()).by_number) == notes
    assert rebuild(engine) == 0


@pytest.fixture
def read_only(tmp_path: Path, polled: Source) -> Iterator[Engine]:
    """A SQLite store with what a poll brought, on a disk that is then mounted for reading, or without the rights."""
    with small_disk(tmp_path / "disk", megabytes=8) as disk:
        engine = open_engine(f"sqlite:///{tmp_path}/disk/store.db")
        migrate(engine)
        assert poll(engine, polled, catalogues=True).ok
        engine.dispose()
        if disk:
            disk.remount("ro")
        else:
            for path, mode in ((tmp_path / "disk" / "store.db", 0o444), (tmp_path / "disk", 0o555)):
                path.chmod(mode)
        yield engine
        engine.dispose()
        if not disk:
            (tmp_path / "disk").chmod(0o755)


def test_a_folder_that_may_only_be_read_is_said(read_only: Engine, polled: Source) -> None:
    result = poll(read_only, polled)
    assert result.outcome == "store"
    assert "this program's user" in result.message
    with pytest.raises(StoreError, match="this program's user"):
        write_note(read_only, "k", NOTE, "An", NOW)


def test_a_folder_that_cannot_be_made_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"\[store\] url: folder .*/file/below cannot be made"):
        open_engine(f"sqlite:///{tmp_path}/file/below/store.db")


def test_a_postgresql_that_may_only_be_read_is_said_and_works_again(
    fresh_engine: Callable[[str], Engine], polled: Source
) -> None:
    engine = fresh_engine("postgresql")
    assert poll(engine, polled, catalogues=True).ok
    before = stored(engine)
    set_default(engine, "on")
    result = poll(engine, polled)
    assert (result.outcome, "the database may only be read" in result.message) == ("store", True)
    assert stored(engine) == before
    set_default(engine, "off")
    assert poll(engine, polled).ok


def set_default(engine: Engine, value: str) -> None:
    """Whether this database's transactions may only read, as after a failover to a standby."""
    with engine.connect() as connection:
        connection.exec_driver_sql("SET TRANSACTION READ WRITE")
        connection.exec_driver_sql(
            f'ALTER DATABASE "{engine.url.database}" SET default_transaction_read_only = {value}'
        )
        connection.commit()
    engine.dispose()


def overwrite_header(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.write(os.urandom(100))


def overwrite_pages(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.seek(4096)
        stream.write(bytes(range(256)) * 16 * (file.stat().st_size // 4096 - 1))


@pytest.mark.parametrize("harm", [overwrite_header, overwrite_pages])
def test_a_damaged_file_is_said_by_every_command_in_one_line(
    tmp_path: Path, one_stop: tuple[PlainOneStop, SourceSettings], polled: Source, harm: Callable[[Path], None]
) -> None:
    file, settings = tmp_path / "store.db", tmp_path / "ioc.toml"
    engine = open_engine(f"sqlite:///{file}")
    migrate(engine)
    assert poll(engine, polled, catalogues=True).ok
    engine.dispose()
    harm(file)
    result = poll(engine, polled)
    assert result.outcome == "store"
    assert "ioc.py restore" in result.message
    engine.dispose()
    write_settings(Settings(store=StoreSettings(f"sqlite:///{file}"), sources=(one_stop[1],)), settings)
    for words in (("poll", "--once"), ("rebuild",), ("backup", str(tmp_path / "b")), ("check",)):
        ended = call_ioc(("--config", str(settings), *words), SECRET)
        assert ended.code == 1, words
        assert "the database is damaged: stop poller and web server" in ended.err, (words, ended.err)
        assert "Traceback" not in ended.err
    assert not (tmp_path / "b").exists()


def test_a_missing_table_is_said_and_everything_else_stays(engine: Engine, polled: Source) -> None:
    assert poll(engine, polled, catalogues=True).ok
    with writing(engine) as connection:
        connection.execute(sa.text("DROP TABLE dossier_days"))
    before = stored(engine)
    reached = cursor_of(engine, "motcua")
    with pytest.raises(StoreError, match=r"a table is missing: .*ioc\.py restore"):
        rebuild(engine)
    assert stored(engine) == before
    assert cursor_of(engine, "motcua") == reached


def test_tables_of_a_newer_program_are_left_alone(
    engine: Engine, one_stop: tuple[PlainOneStop, SourceSettings], tmp_path: Path
) -> None:
    with writing(engine) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for use in (migrate, pending_migration):
        with pytest.raises(ConfigError, match=r"are at version 9999, this program knows up to 00\d\d: a newer program"):
            use(engine)
    store = StoreSettings(engine.url.render_as_string(hide_password=False))
    write_settings(Settings(store=store, sources=(one_stop[1],)), tmp_path / "ioc.toml")
    in_files = engine.dialect.name == "sqlite"
    for command in (("poll", "--once"), ("web",), ("check",)) if in_files else ():
        ended = call_ioc(("--config", str(tmp_path / "ioc.toml"), *command), SECRET)
        assert (ended.code, "a newer program has migrated them" in ended.err) == (1, True), command
    with reading(engine) as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == "9999"


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ('could not extend file "base/16384/16402": No space left on device', "make room"),
        ("database or disk is full", "make room"),
        ("attempt to write a readonly database", "the right to write"),
        ("cannot execute INSERT in a read-only transaction", "the right to write"),
        ('invalid page in block 3 of relation "base/16384/16402"', "ioc.py restore"),
        ('relation "dossiers" does not exist', "a table is missing"),
    ],
)
def test_words_of_both_databases_are_known(reason: str, advice: str) -> None:
    assert with_advice(reason).startswith(f"{reason}; ")
    assert advice in with_advice(reason)
    assert with_advice("UNIQUE constraint failed: units.code") == "UNIQUE constraint failed: units.code"
