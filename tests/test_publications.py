"""Published periods: frozen with a checksum, corrected by revisions, readable as of any day."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine

from errors import InputError
from metrics import Counters, Period, catalogue, figures
from publishing import close_period, published, revision_at, verify
from store.engine import open_engine, writing
from store.publications import figures_of, publications
from store.reads import data_version, read_snapshot
from store.rows import Batch, Dossier, Procedure, Unit
from store.tables import publications as publications_table
from store.tables import published_figures
from tests.command_line import Ended, call_ioc, run_ioc
from tests.delivery import write
from tests.stores import lay_tables

JUNE = Period(date(2021, 6, 1), date(2021, 6, 30))
JULY_1 = datetime(2021, 6, 30, 17, tzinfo=UTC)  # midnight in Việt Nam
JULY_5, JULY_9 = JULY_1 + timedelta(days=4), JULY_1 + timedelta(days=8)
UNITS = [
    Unit(code="H28", valid_from=date(2020, 1, 1), kind="tinh", name="Tỉnh Hòa Bình"),
    Unit(code="H28.148", valid_from=date(2020, 1, 1), parent_code="H28", kind="huyen", name="TP Hòa Bình"),
]
PROCEDURES = [Procedure(code="1", valid_from=date(2020, 1, 1), name="1", level=4, tier="huyen")]


def dossier(source_id: str, day: int, **fields: Any) -> Dossier:
    received = datetime(2021, 6, day, 3, tzinfo=UTC)
    usual = {"unit_code": "H28.148", "procedure_code": "1", "channel": "online", "state": 4, "received_at": received}
    return Dossier(**{"source_id": source_id, "updated_at": received, **usual, **fields})


@pytest.fixture
def june(engine: Engine) -> Engine:
    """Two dossiers of June, one of them online."""
    return filled(engine)


def filled(engine: Engine) -> Engine:
    batch = Batch(units=UNITS, procedures=PROCEDURES, dossiers=[dossier("a", 1), dossier("b", 2, channel="post")])
    write(engine, "motcua", batch)
    return engine


def correct(engine: Engine) -> None:
    """A third dossier of June arrives after the month was closed."""
    write(engine, "motcua", Batch(dossiers=[dossier("c", 30)]))


def of(frame: pl.DataFrame | None, unit: str, key: str, scope: str = "subtree") -> tuple[Any, ...]:
    assert frame is not None
    row = frame.filter(unit=unit, indicator=key, scope=scope).row(0, named=True)
    return row["numerator"], row["denominator"], row["value"]


def live(engine: Engine, key: str) -> tuple[Any, ...]:
    frame = figures(Counters(read_snapshot(engine)), JUNE, [key], units=["H28"])
    return frame.select("numerator", "denominator", "value").row(0)


def test_a_closed_period_holds_every_indicator_of_every_unit_in_both_scopes(june: Engine) -> None:
    closed = close_period(june, "2021-06", JULY_1)
    frame = figures_of(june, closed.publication)
    assert closed.figures == frame.height == 2 * 2 * len(catalogue())
    assert of(frame, "H28", "received") == (2, None, 2)
    assert of(frame, "H28", "received", "own") == (0, None, 0)
    assert of(frame, "H28.148", "online_dossier_rate") == (1, 2, 0.5)
    assert of(frame, "H28", "on_time_rate") == (0, 0, None)
    assert of(frame, "H28", "certificates") == (None, None, None)


def test_a_later_correction_changes_the_live_figures_only(june: Engine) -> None:
    close_period(june, "2021-06", JULY_1)
    correct(june)
    assert live(june, "online_dossier_rate") == (2, 3, 2 / 3)
    assert of(published(june, JUNE, JULY_9), "H28", "online_dossier_rate") == (1, 2, 0.5)


def test_a_revision_publishes_the_correction_and_leaves_the_old_one_readable(june: Engine) -> None:
    close_period(june, "2021-06", JULY_1, "An", "")
    correct(june)
    closed = close_period(june, "2021-06", JULY_5, "Bình", "one dossier was entered late")
    assert closed.publication.revision == 2
    assert of(published(june, JUNE, JULY_5 - timedelta(microseconds=1)), "H28", "received") == (2, None, 2)
    assert of(published(june, JUNE, JULY_5), "H28", "received") == (3, None, 3)
    said = [(one.revision, one.published_at, one.published_by, one.reason) for one in publications(june)]
    assert said == [(1, JULY_1, "An", ""), (2, JULY_5, "Bình", "one dossier was entered late")]


def test_a_revision_lists_what_changed(june: Engine) -> None:
    assert close_period(june, "2021-06", JULY_1).changes.is_empty()
    correct(june)
    changes = close_period(june, "2021-06", JULY_5, "Bình", "late entry").changes
    chosen = changes.filter(indicator="online_dossier_rate_offered", unit="H28")
    assert chosen.rows() == [("subtree", "H28", "online_dossier_rate_offered", 2, 3, 2 / 3, 1, 2, 0.5)]
    assert set(changes["scope"].unique()) == {"own", "subtree"}
    assert changes.filter(scope="own", unit="H28").is_empty()
    assert "meetings_held" not in changes["indicator"]


def test_before_it_was_published_there_is_nothing(june: Engine) -> None:
    close_period(june, "2021-06", JULY_1)
    assert published(june, JUNE, JULY_1 - timedelta(microseconds=1)) is None
    assert revision_at(june, Period(JUNE.start, date(2021, 6, 29)), JULY_9) is None


def test_publishing_raises_the_version_by_which_pages_know_what_they_have_read(june: Engine) -> None:
    before = data_version(june)
    close_period(june, "2021-06", JULY_5)
    assert data_version(june) == before + 1


def test_a_period_that_has_not_ended_is_not_closed(june: Engine) -> None:
    with pytest.raises(InputError, match="2021-06 ends on 2021-06-30: it can be closed from 2021-07-01"):
        close_period(june, "2021-06", JULY_1 - timedelta(seconds=1))
    assert publications(june) == []


def test_closing_again_without_a_change_is_refused(june: Engine) -> None:
    close_period(june, "2021-06", JULY_1)
    with pytest.raises(InputError, match="figures are unchanged"):
        close_period(june, "2021-06", JULY_5, "Bình", "to be sure")
    assert len(publications(june)) == 1


@pytest.mark.parametrize(
    ("by", "reason", "missing"), [("", "late", "author"), ("Bình", " ", "reason"), ("", "", "author and reason")]
)
def test_a_revision_needs_author_and_reason(june: Engine, by: str, reason: str, missing: str) -> None:
    close_period(june, "2021-06", JULY_1)
    correct(june)
    with pytest.raises(InputError, match=f"a revision needs {missing}$"):
        close_period(june, "2021-06", JULY_5, by, reason)
    assert len(publications(june)) == 1


def test_what_is_no_period_is_refused_with_the_right_forms(june: Engine) -> None:
    with pytest.raises(InputError, match=r"2021-13.*2021-Q2"):
        close_period(june, "2021-13", JULY_1)


def test_untouched_revisions_verify(june: Engine) -> None:
    close_period(june, "2021-06", datetime.fromisoformat("2021-07-01T08:00:00.123456+07:00"), "An", "")
    correct(june)
    close_period(june, "2021-06", JULY_5, "Bình", "một hồ sơ nhập muộn")
    assert [(one.publication.revision, one.sound) for one in verify(june, JUNE)] == [(1, True), (2, True)]


@pytest.mark.parametrize(
    "tampering",
    [
        published_figures.update().values(value=0.51).where(published_figures.c.indicator == "online_dossier_rate"),
        published_figures.delete().where(published_figures.c.unit == "H28.148"),
        published_figures.update().values(unit="H28.149").where(published_figures.c.unit == "H28.148"),
        publications_table.update().values(reason="another"),
        publications_table.update().values(published_at=JULY_9),
    ],
    ids=["a value", "rows gone", "another unit", "another reason", "another time"],
)
def test_tampering_is_found(june: Engine, tampering: Any) -> None:
    close_period(june, "2021-06", JULY_1, "An", "first")
    with writing(june) as connection:
        connection.execute(tampering)
    assert [one.sound for one in verify(june, JUNE)] == [False]


def test_quarter_and_month_are_published_apart(june: Engine) -> None:
    close_period(june, "2021-06", JULY_1)
    close_period(june, "2021-Q2", JULY_1)
    assert [(one.name, one.revision) for one in publications(june)] == [("2021-Q2", 1), ("2021-06", 1)]


# ---- as users run it ----------------------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A settings file of a small store whose clock stands still on 5 July 2021."""
    engine = open_engine(f"sqlite:///{tmp_path}/ioc.db")
    lay_tables(engine)
    filled(engine).dispose()
    file = tmp_path / "ioc.toml"
    clock = '[clock]\nstart = "2021-07-05T08:00:00+07:00"\nspeed = 0.0\n'
    file.write_text(f'[store]\nurl = "sqlite:///{tmp_path}/ioc.db"\n{clock}')
    return file


def typed(settings: Path, *words: str) -> Ended:
    """The command line with these settings, in this process."""
    return call_ioc(("--config", str(settings), *words), {})


def received(settings: Path, *words: str) -> Any:
    shown = typed(
        settings,
        "indicators",
        "--from",
        "2021-06-01",
        "--to",
        "2021-06-30",
        "--unit",
        "H28",
        "--format",
        "json",
        *words,
    )
    assert (shown.code, shown.err) == (0, "")
    return next(row["numerator"] for row in shown.json if row["indicator"] == "received")


def test_as_of_gives_the_figures_published_by_then(settings: Path) -> None:
    first = run_ioc(("--config", str(settings), "close-period", "2021-06"), {})
    assert (first.code, first.err) == (0, "")
    assert first.out.startswith("2021-06 revision 1: ")
    engine = open_engine(f"sqlite:///{settings.parent}/ioc.db")
    correct(engine)
    engine.dispose()
    assert received(settings) == 3
    assert received(settings, "--as-of", "2021-07-05") == 2
    assert received(settings, "--as-of", "2021-07-05T07:59:59+07:00") == 3
    assert received(settings, "--as-of", "2021-06-29") == 2  # published later: live, without 30 June

    refused = typed(settings, "close-period", "2021-06")
    assert (refused.code, refused.out) == (1, "")
    assert "a revision needs author and reason" in refused.err
    revised = typed(settings, "close-period", "2021-06", "--by", "Bình", "--reason", "late entry")
    assert revised.code == 0
    assert "  H28 received (subtree): 2 -> 3" in revised.out.splitlines()
    assert "  H28 online_dossier_rate (subtree): 1/2 -> 2/3" in revised.out.splitlines()
    assert received(settings, "--as-of", "2021-07-05") == 3


def test_check_names_what_is_no_longer_as_published(settings: Path) -> None:
    assert typed(settings, "close-period", "2021-06").code == 0
    assert "ok   published periods: 1 revisions match their checksums" in typed(settings, "check").out
    engine = open_engine(f"sqlite:///{settings.parent}/ioc.db")
    with writing(engine) as connection:
        connection.execute(published_figures.update().values(value=1.0).where(published_figures.c.unit == "H28.148"))
    engine.dispose()
    ended = typed(settings, "check")
    assert ended.code == 1
    assert "FAIL published 2021-06 revision 1: the figures do not match their checksum" in ended.err


@pytest.mark.parametrize("words", [("close-period", "2021-07"), ("close-period", "June")])
def test_what_cannot_be_closed_is_one_line_and_exit_1(settings: Path, words: tuple[str, ...]) -> None:
    ended = typed(settings, *words)
    assert (ended.code, ended.out) == (1, "")
    assert len(ended.err.splitlines()) == 1


def test_an_instant_that_is_none_is_wrong_usage(settings: Path) -> None:
    ended = typed(settings, "indicators", "--from", "2021-06-01", "--to", "2021-06-30", "--as-of", "yesterday")
    assert (ended.code, ended.out) == (2, "")
    assert "yesterday" in ended.err
