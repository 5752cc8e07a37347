"""Settings: what is understood, and what is refused with a line that names it and the right values."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import seed
from config import Settings, parse_duration, parse_settings, read_settings, write_settings
from errors import ConfigError

WHOLE = b"""
[store]
url = "sqlite:///var/ioc.db"
[clock]
start = "2021-12-10T08:00:00+07:00"
speed = 2.0
[ranking]
minimum = 5
[[sources]]
name = "motcua"
dialect = "dvcqg"
base_url = "http://127.0.0.1:9000/dvcqg"
username = "ioc"
password_env = "MOTCUA_PASSWORD"
every = "30s"
overlap = "1h"
expected_age = "1d"
"""


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IOC_CONFIG", "IOC_DATABASE_URL", "MOTCUA_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


def test_all_settings_are_read() -> None:
    settings = parse_settings(WHOLE, "ioc.toml")
    source = settings.source("motcua")
    assert settings.database_url == "sqlite:///var/ioc.db"
    assert settings.clock is not None
    assert settings.clock.start == datetime(2021, 12, 10, 8, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    assert (settings.clock.speed, settings.ranking.minimum) == (2.0, 5)
    assert (source.every, source.overlap, source.expected_age) == (
        timedelta(seconds=30),
        timedelta(hours=1),
        timedelta(days=1),
    )


def test_what_is_not_written_has_its_default() -> None:
    settings = parse_settings(b'[[sources]]\nname = "a"\ndialect = "qlvb"\n', "ioc.toml")
    source = settings.source("a")
    assert settings.ranking.minimum == 10
    assert (source.every, source.overlap, source.expected_age) == (
        timedelta(seconds=60),
        timedelta(minutes=15),
        timedelta(minutes=5),
    )


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        (b"minimum", b"minimun", "unknown setting [ranking] minimun; known here: minimum"),
        (b"[ranking]", b"[rank]", "unknown setting rank; known here: store, sources, clock, ranking"),
        (b"base_url", b"url", "unknown setting [sources] url; known here: name, dialect, base_url"),
        (b'"30s"', b'"30"', "'30' is no duration; write it as 30s, 15m, 1h or 1d"),
        (b'"30s"', b"30", "30 is no duration"),
        (b'"30s"', b'"-30s"', "'-30s' is no duration"),
        (b"minimum = 5", b'minimum = "five"', "minimum"),
        (b"speed = 2.0", b'speed = "fast"', "speed"),
        (b"08:00:00+07:00", b"08:00:00", "[clock] start needs a zone"),
        (b"2021-12-10T", b"2021-13-10T", "clock"),
        (b'dialect = "dvcqg"\n', b"", "dialect"),
        (b"[store]", b"[store", "ioc.toml"),
        (b"[store]", b"\xff[store]", "ioc.toml"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(old: bytes, new: bytes, named: str) -> None:
    assert old in WHOLE
    with pytest.raises(ConfigError) as raised:
        parse_settings(WHOLE.replace(old, new), "ioc.toml")
    assert named in str(raised.value)
    assert "ioc.toml" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_two_sources_of_one_name_are_refused() -> None:
    source = WHOLE[WHOLE.index(b"[[sources]]") :]
    with pytest.raises(ConfigError, match="two sources are named 'motcua'"):
        parse_settings(WHOLE + source, "ioc.toml")


def test_an_unknown_source_is_named_with_the_right_ones() -> None:
    with pytest.raises(ConfigError, match="unknown source 'motca'; configured: motcua"):
        parse_settings(WHOLE, "ioc.toml").source("motca")


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("90s", 90), ("1.5m", 90), ("2h", 7200), ("1d", 86_400), ("0s", 0)]
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text).total_seconds() == seconds


def test_the_database_of_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_DATABASE_URL", "postgresql+psycopg://ioc@host/ioc")
    assert parse_settings(WHOLE, "ioc.toml").database_url == "postgresql+psycopg://ioc@host/ioc"


def test_a_secret_is_read_from_the_variable_that_the_setting_names(monkeypatch: pytest.MonkeyPatch) -> None:
    source = parse_settings(WHOLE, "ioc.toml").source("motcua")
    with pytest.raises(ConfigError, match=r"source motcua: .*MOTCUA_PASSWORD \(named by password_env\) is empty"):
        source.secret("password_env")
    monkeypatch.setenv("MOTCUA_PASSWORD", "s3cret")
    assert source.secret("password_env") == "s3cret"
    with pytest.raises(ConfigError, match="source motcua: setting token_env is missing"):
        source.secret("token_env")


def test_the_file_is_that_of_the_option_then_that_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="--config FILE or set IOC_CONFIG"):
        read_settings()
    (tmp_path / "ioc.toml").write_bytes(WHOLE)
    monkeypatch.setenv("IOC_CONFIG", str(tmp_path / "ioc.toml"))
    assert read_settings().ranking.minimum == 5
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read"):
        read_settings(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "settings", [parse_settings(WHOLE, "ioc.toml"), seed.demo_settings(seed.PLACES["hoa-binh"], 9)]
)
def test_written_settings_are_read_back_the_same(tmp_path: Path, settings: Settings) -> None:
    write_settings(settings, tmp_path / "ioc.toml")
    assert read_settings(tmp_path / "ioc.toml") == settings


PEERS = """
[[peers]]
name = "mien-nui"
title = "Xã miền núi"
units = ["H28.150", "H28.151"]
"""


def test_own_peer_groups_are_read_and_written_back(tmp_path: Path) -> None:
    settings = parse_settings(PEERS.encode(), "ioc.toml")
    [group] = settings.peers
    assert (group.name, group.title, group.units) == ("mien-nui", "Xã miền núi", ("H28.150", "H28.151"))
    write_settings(settings, tmp_path / "again.toml")
    assert read_settings(tmp_path / "again.toml") == settings


@pytest.mark.parametrize(
    ("changed", "into", "named"),
    [
        ('"mien-nui"', '"Miền núi"', "small letters"),
        ('"mien-nui"', '"xa"', "kind of unit"),
        ('"Xã miền núi"', '" "', "title is empty"),
        ('"H28.151"', '"H28.150"', "stands there twice"),
        (', "H28.151"', "", "two units or more"),
        ("title", "titel", "unknown setting"),
    ],
)
def test_a_peer_group_that_cannot_be_is_refused(changed: str, into: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        parse_settings(PEERS.replace(changed, into).encode(), "ioc.toml")


def test_two_peer_groups_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"mien-nui.*two groups"):
        parse_settings((PEERS + PEERS).encode(), "ioc.toml")


def test_no_source_has_the_name_of_what_people_import() -> None:
    written = '[[sources]]\nname = "import"\ndialect = "returns"\npath = "a.csv"\n'
    with pytest.raises(ConfigError, match="no source may be named 'import'"):
        parse_settings(written.encode(), "x.toml")
