"""What the audit log is told by those who act: in the transaction of the deed, with who answers for it."""

import json
import os
import pwd
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from clock import still_clock
from config import Settings, read_settings
from errors import StoreError
from imports import check_import, store_import
from pages._noted_at_start import definitions, note_at_start
from publishing import close_period
from replay import replay
from store.audit_reads import Entry, entries, verify
from store.dimensions import put_targets
from store.engine import open_engine, writing
from store.pairing import approve_pairing, begin_pairing, claim, renew
from store.publications import figures_of, publications, put_publication
from store.quarantine import held
from store.rows import Batch, Dossier, Procedure, Unit
from store.screens import forget_screen
from tests.command_line import call_ioc
from tests.delivery import write
from tests.stores import lay_tables

AT = datetime(2021, 12, 10, 1, tzinfo=UTC)
SINCE = date(2020, 1, 1)
UNIT = Unit(code="H28", valid_from=SINCE, kind="tinh", name="Tỉnh Hòa Bình")
PROCEDURE = Procedure(code="1.01", valid_from=SINCE, name="Kê khai giá", level=3, tier="tinh")
TARGET = {
    "indicator": "online_dossier_rate", "unit_code": "H28", "kind": "", "valid_from": date(2021, 1, 1),
    "valid_to": None, "comparator": ">=", "value": 0.5, "decision": "12/QĐ-UBND", "decided_on": None, "issuer": "UBND",
}  # fmt: skip
RETURN = b"unit_code,period,indicator,numerator,denominator,value,note\nH28,2021-06,lan_rate,9,10,,\n"
ME = f"host:{pwd.getpwuid(os.getuid()).pw_name}"


@pytest.fixture
def store(engine: Engine) -> Engine:
    """A store with one unit and one procedure."""
    write(engine, "motcua", Batch(units=[UNIT], procedures=[PROCEDURE]))
    return engine


def noted(engine: Engine) -> list[Entry]:
    """The log, the first row first; it is whole."""
    assert verify(engine).broken is None
    return entries(engine)[1][::-1]


def said(entry: Entry) -> tuple[str, str, str, str]:
    return entry.who, entry.act, entry.what, entry.reason


def details(entry: Entry) -> dict[str, Any]:
    return dict(json.loads(entry.details))


def test_a_changed_target_is_noted_with_what_it_was_and_became(store: Engine) -> None:
    put_targets(store, [TARGET], by="Lan", at=AT, reason="giao đầu năm")
    put_targets(store, [TARGET], by="Minh", at=AT, reason="như cũ")
    put_targets(store, [{**TARGET, "value": 0.6}], by="Minh", at=AT, who="host:ioc")
    put_targets(store, [], by="Hà", at=AT, remove=[TARGET], reason="bãi bỏ")
    log = noted(store)
    what = "online_dossier_rate H28 2021-01-01"
    assert [said(entry) for entry in log] == [
        ("Lan", "target", what, "giao đầu năm"), ("host:ioc", "target", what, ""), ("Hà", "target", what, "bãi bỏ"),
    ]  # fmt: skip
    values = [[side and side["value"] for side in (details(one)["before"], details(one)["after"])] for one in log]
    assert values == [[None, 0.5], [0.5, 0.6], [0.6, None]]
    assert details(log[1])["by"] == "Minh"


def test_a_file_is_noted_with_its_counts_unless_it_changes_nothing(store: Engine) -> None:
    for by in ("Lan", "Minh"):
        checked = check_import(store, "returns", RETURN, "bao-cao.csv")
        store_import(store, checked, by=by, at=AT, reason="quý II")
    [entry] = noted(store)
    assert said(entry) == ("Lan", "import", "returns: bao-cao.csv", "quý II")
    assert details(entry) == {"by": "Lan", "kind": "returns", "new": 1, "changed": 0, "unchanged": 0}


def test_every_edition_of_a_period_is_noted(store: Engine) -> None:
    close_period(store, "2021-06", AT)
    write(store, "motcua", Batch(dossiers=[dossier("a")]))
    close_period(store, "2021-06", AT + timedelta(hours=1), "Bình", "một hồ sơ nhập muộn", who="host:ioc")
    first, second = noted(store)
    assert said(first) == (ME, "revision", "2021-06 revision 1", "")
    assert said(second) == ("host:ioc", "revision", "2021-06 revision 2", "một hồ sơ nhập muộn")
    assert details(second)["by"] == "Bình"
    assert details(second)["checksum"] == publications(store)[1].checksum


def dossier(source_id: str, unit: str = "H28") -> Dossier:
    on = datetime(2021, 6, 10, 3, tzinfo=UTC)
    return Dossier(
        source_id=source_id,
        unit_code=unit,
        procedure_code="1.01",
        channel="online",
        state=2,
        received_at=on,
        updated_at=on,
    )


def test_what_is_not_published_is_not_noted(store: Engine) -> None:
    published = close_period(store, "2021-06", AT).publication
    with pytest.raises(StoreError):  # that revision is there already
        put_publication(store, published, figures_of(store, published))
    assert len(noted(store)) == 1


def test_a_replay_is_noted_with_what_became_of_the_records(store: Engine) -> None:
    write(store, "motcua", Batch(dossiers=[dossier("a", "H28.9"), dossier("b", "H28.8")]))
    numbers = [record.id for record in held(store)]
    assert replay(store, Settings(), still_clock(AT), held(store), "Lan") == (0, 2)
    [entry] = noted(store)
    assert said(entry) == ("Lan", "replay", "motcua", "")
    assert details(entry) == {"records": numbers, "accepted": 0, "unchanged": 0, "rejected": 2}


def test_the_life_of_a_screens_token_is_noted_and_never_the_token(store: Engine) -> None:
    begun = begin_pairing(store, 3, AT)
    assert begun
    assert approve_pairing(store, "XXXX-YYYY", 3, "Lan", AT) == "no_such_code"
    approve_pairing(store, begun.code, 3, "Lan", AT)
    token = claim(store, begun.secret, 3, AT).token
    fresh = renew(store, token, 3, AT)
    assert fresh
    assert renew(store, "stolen", 3, AT) is None
    forget_screen(store, 3, "Minh")
    log = noted(store)
    assert [(entry.who, entry.act, entry.what, details(entry)["did"]) for entry in log] == [
        ("Lan", "token", "screen 3", "approved"),
        ("Lan", "token", "screen 3", "issued"),
        ("screen 3", "token", "screen 3", "renewed"),
        ("Minh", "token", "screen 3", "revoked"),
    ]
    secrets = (begun.code, begun.code.replace("-", ""), begun.secret, token, fresh)
    assert [secret for secret in secrets if secret in str(log)] == []


SETTINGS = """
[[groups]]
group = "ubnd-leaders"
role = "leader"
[[machines]]
name = "prometheus"
token_env = "TEST_MACHINE_TOKEN"
"""


def settings_of(folder: Path, text: str) -> Settings:
    (folder / "start.toml").write_text(text)
    return read_settings(folder / "start.toml")


def test_a_server_notes_at_its_start_what_changed_since_the_last(
    store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_MACHINE_TOKEN", "first-token-of-a-machine-0123456789")
    settings = settings_of(tmp_path, SETTINGS)
    note_at_start(store, settings)
    first = [(entry.act, entry.what) for entry in noted(store)]
    assert first == [
        ("definition", "indicators"), ("definition", "counting"), ("access", "groups"), ("token", "machines"),
    ]  # fmt: skip
    note_at_start(store, settings)
    assert len(noted(store)) == 4, "nothing has changed"
    monkeypatch.setenv("TEST_MACHINE_TOKEN", "second-token-of-a-machine-0123456789")
    note_at_start(store, settings_of(tmp_path, SETTINGS.replace('"leader"', '"analyst"')))
    groups, machines = noted(store)[4:]
    assert details(groups) == {"changed": ["ubnd-leaders"], "state": {"ubnd-leaders": "analyst"}}
    assert (machines.what, details(machines)["changed"]) == ("machines", ["prometheus"])
    assert "token-of-a-machine" not in str(noted(store))


def test_a_changed_definition_is_noted_by_its_key(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    note_at_start(store, Settings())
    other = {**definitions(), "open": "another"}
    monkeypatch.setattr("pages._noted_at_start.definitions", lambda: other)
    note_at_start(store, Settings())
    assert details(noted(store)[-1])["changed"] == ["open"]


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[tuple[Engine, Path]]:
    """A store in a file for the command line, and its settings."""
    engine = open_engine(f"sqlite:///{tmp_path}/store.db")
    lay_tables(engine)
    write(engine, "motcua", Batch(units=[UNIT], procedures=[PROCEDURE]))
    clock = '[clock]\nstart = "2021-12-10T08:00:00+07:00"\nspeed = 0.0\n'
    (tmp_path / "ioc.toml").write_text(f'[store]\nurl = "sqlite:///{tmp_path}/store.db"\n{clock}')
    yield engine, tmp_path
    engine.dispose()


def test_commands_are_noted_as_of_the_systems_user_whoever_is_typed(centre: tuple[Engine, Path]) -> None:
    engine, home = centre
    (home / "returns.csv").write_bytes(RETURN)
    typed = ("--by", "Chủ tịch tỉnh", "--reason", "quý II")
    period = ("--from", "2021-06-01", "--to", "2021-06-30")
    for words in (
        ("import", "returns", str(home / "returns.csv"), *typed),
        ("close-period", "2021-06", *typed),
        ("export", "--view", "returns", "--format", "csv", "--output", str(home / "out.csv")),
        ("report", "06a", *period, "--format", "xlsx", "--output", str(home / "06a.xlsx")),
    ):
        ended = call_ioc(("--config", str(home / "ioc.toml"), *words), {"LOGNAME": "minister", "USER": "minister"})
        assert ended.code == 0, ended.err
    log = noted(engine)
    assert {entry.who for entry in log} == {ME}
    assert [(entry.act, entry.what) for entry in log] == [
        ("import", f"returns: {home}/returns.csv"),
        ("revision", "2021-06 revision 1"),
        ("export", "returns.csv"),
        ("export", "report06a.xlsx"),
    ]
    assert details(log[0])["by"] == details(log[1])["by"] == "Chủ tịch tỉnh"
    assert details(log[2]) == {"rows": 1, "file": str(home / "out.csv")}


def test_a_backup_carries_the_log_and_its_restoring_is_noted(centre: tuple[Engine, Path]) -> None:
    engine, home = centre
    put_targets(engine, [TARGET], by="Lan", at=AT)
    [before] = noted(engine)
    new = home / "new.toml"
    new.write_text((home / "ioc.toml").read_text().replace("/store.db", "/new.db"))
    saved = call_ioc(("--config", str(home / "ioc.toml"), "backup", str(home / "b.ioc")), {})
    assert f"audit log 1:{before.hash}" in saved.out
    restored = call_ioc(("--config", str(new), "restore", str(home / "b.ioc")), {})
    assert restored.code == 0, restored.err
    other = open_engine(f"sqlite:///{home}/new.db")
    first, second = noted(other)
    with pytest.raises(StoreError, match="append-only"), writing(other) as connection:
        connection.exec_driver_sql("DELETE FROM audit")
    other.dispose()
    assert first == before
    assert said(second) == (ME, "restore", "b.ioc", "")
    assert details(second)["head"] == f"1:{before.hash}"
