"""The systemd units: sound, as little privileged as they say, and what they start is what there is."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from store.engine import migrate, open_engine, writing
from tests.command_line import call_ioc
from tests.front import CONNECTIONS, FILES

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "deploy" / "systemd"
SERVICES = sorted(FOLDER.glob("*.service"))
PYTHON = "/opt/ioc/.venv/bin/python"
# systemd's own scale, in tenths: 0 nothing to fear, 100 root on the open internet.
MOST_EXPOSED = 15


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The shipped units with the program where it is on this machine."""
    for unit in [*SERVICES, *FOLDER.glob("*.timer")]:
        text = unit.read_text("utf-8").replace(PYTHON, sys.executable).replace("/opt/ioc", str(ROOT))
        (tmp_path / unit.name).write_text(text)
    return sorted(tmp_path.iterdir())


def settings_of(unit: Path, name: str) -> list[str]:
    lines = unit.read_text("utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{name}=")]


def test_units_are_sound(units: list[Path]) -> None:
    names = [str(unit).replace("@.", "@8501.") for unit in units]
    done = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: str(unit.stem))
def test_units_may_do_little(unit: Path) -> None:
    words = ["security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", str(unit)]
    done = subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout.splitlines()[-1]


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: str(unit.stem))
def test_units_run_as_a_user_of_their_own_with_secrets_from_a_file(unit: Path) -> None:
    assert settings_of(unit, "User") == ["ioc"]
    assert settings_of(unit, "EnvironmentFile") == ["/etc/ioc/secrets.env"]
    assert "u ioc " in (FOLDER / "ioc.sysusers.conf").read_text("utf-8")


@pytest.mark.parametrize("name", ["ioc-poll", "ioc-web@"])
def test_parts_that_serve_are_started_again_and_have_time_to_end(name: str) -> None:
    unit = FOLDER / f"{name}.service"
    assert (settings_of(unit, "Restart"), settings_of(unit, "StartLimitIntervalSec")) == (["always"], ["0"])
    assert int(settings_of(unit, "TimeoutStopSec")[0]) > 10
    assert settings_of(unit, "Requires") == ["ioc-migrate.service"]


def test_a_web_process_may_hold_as_many_streams_as_nginx_brings_it() -> None:
    told = (ROOT / "deploy" / "nginx" / "README.md").read_text("utf-8")
    assert settings_of(FOLDER / "ioc-web@.service", "LimitNOFILE") == [str(FILES)]
    assert f"worker_rlimit_nofile {FILES};" in told
    assert f"worker_connections {CONNECTIONS};" in told


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: str(unit.stem))
def test_units_start_commands_that_there_are(unit: Path) -> None:
    words = shlex.split(settings_of(unit, "ExecStart")[0].replace("'", " ").replace("exec ", ""))
    command = words[words.index("/opt/ioc/ioc.py") + 1]
    assert call_ioc((command, "--help"), {}).code == 0


def test_the_step_before_all_others_migrates_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "ioc.toml").write_text(f'[store]\nurl = "sqlite:///{tmp_path}/ioc.db"\n')
    environment = {"IOC_CONFIG": str(tmp_path / "ioc.toml")}
    first, second = call_ioc(("migrate",), environment), call_ioc(("migrate",), environment)
    assert (first.code, first.out) == (0, "tables were migrated to the newest version\n")
    assert (second.code, second.out) == (0, "tables are at the newest version\n")


def test_an_old_program_refuses_newer_tables_in_words(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ioc.db"
    (tmp_path / "ioc.toml").write_text(f'[store]\nurl = "{url}"\n')
    environment = {"IOC_CONFIG": str(tmp_path / "ioc.toml")}
    engine = open_engine(url)
    migrate(engine)
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    for command in (("migrate",), ("poll", "--once"), ("check",)):
        ended = call_ioc(command, environment)
        assert ended.code == 1
        assert "tables are at version 9999, this program knows up to " in ended.out + ended.err
