"""Logs: one JSON object a line, and nothing in any of them that a source, a visitor or a library has said."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import msgspec
import pytest
import structlog

import logs
import seed
from clock import still_clock
from config import Duration, Settings, SourceSettings, StoreSettings, write_settings
from errors import ConfigError, StoreError
from tests.centres import web_server
from tests.command_line import call_ioc
from tests.test_personal_data import (
    AT,
    NAME,
    PLACE,
    assert_nothing_personal,
    bad_documents,
    bad_dossiers,
)  # fmt: skip
from tests.unruly import Disorder, UnrulyOneStop, UnrulyRegister, served, unruly_app

ROOT = Path(__file__).parents[1]
SECONDS = 120


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process logs as ours do, and as before at the end."""
    handlers = list(logging.getLogger().handlers)
    monkeypatch.setenv(logs.LEVEL_VARIABLE, "debug")
    logs.configure_log()
    yield
    logging.getLogger().handlers[:] = handlers
    structlog.reset_defaults()


def lines(text: str) -> list[dict[str, Any]]:
    """Every line as the object that it must be."""
    found = [json.loads(line) for line in text.splitlines()]
    assert all(isinstance(line, dict) for line in found)
    return found


def fail(words: str) -> None:
    raise ValueError(words)


@pytest.mark.usefixtures("configured")
def test_of_a_fault_the_kind_and_the_places_are_told_and_not_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        fail(f"cannot read {NAME}")
    except ValueError as error:
        structlog.get_logger("poller").error("broke", exc_info=error)
        structlog.get_logger("poller").exception("broke")
    for line in lines(capsys.readouterr().err):
        assert (line["event"], line["level"], line["fault"]) == ("broke", "error", "ValueError")
        assert line["at"][-1].startswith("tests/test_logs.py:")
        assert line["at"][-1].endswith(" fail")
        assert NAME not in str(line)


@pytest.mark.usefixtures("configured")
def test_an_error_of_ours_keeps_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger("wall").warning("not told", exc_info=StoreError("store: disk full"))
    [line] = lines(capsys.readouterr().err)
    assert (line["fault"], line["reason"]) == ("StoreError", "store: disk full")


@pytest.mark.usefixtures("configured")
def test_a_library_s_warning_is_its_template_and_what_is_less_is_not_heard(capsys: pytest.CaptureFixture[str]) -> None:
    library = logging.getLogger("somebodys.library")
    library.setLevel(logging.DEBUG)
    library.info("asked http://host/?secret=%s", "geheim")
    library.warning("cannot read %r", NAME)
    library.error("failed\nthe record was %s" % NAME)  # noqa: UP031  # as some do
    told = lines(capsys.readouterr().err)
    assert [(line["event"], line["level"], line["library"]) for line in told] == [
        ("cannot read %r", "warning", "somebodys.library"),
        ("failed", "error", "somebodys.library"),
    ]


@pytest.mark.usefixtures("configured")
def test_what_nobody_catches_is_a_line_of_the_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    logs.log_what_nobody_catches()
    thread = threading.Thread(target=fail, args=(NAME,))
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError(NAME), None)
    assert [line["event"] for line in lines(capsys.readouterr().err)] == [
        "a thread ended by a fault",
        "ended by a fault",
    ]


def test_a_level_that_there_is_not_is_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(logs.LEVEL_VARIABLE, "loud")
    with pytest.raises(ConfigError, match="debug, info, warning, error"):
        logs.configure_log()
    ended = call_ioc(("check",), {logs.LEVEL_VARIABLE: "loud"})
    assert (ended.code, ended.err.count("\n")) == (1, 1)


def test_a_poller_at_debug_says_nothing_personal_in_any_line(tmp_path: Path) -> None:
    secrets, calm = seed.demo_secrets(PLACE), Disorder(Random(1), shuffles=False)
    one_stop, register = UnrulyOneStop(PLACE, calm), UnrulyRegister(calm)
    one_stop.records, register.records = seed.raw_dossiers(PLACE, AT), seed.raw_documents(PLACE, AT)
    personal = seed.personal_values(one_stop.records) | seed.personal_values(register.records)
    one_stop.records += [*bad_dossiers(one_stop.records[-1]), NAME, [NAME]]  # type: ignore[list-item]
    register.records += [*bad_documents(register.records[-1]), NAME, [NAME]]  # type: ignore[list-item]
    with served(unruly_app(one_stop, register, still_clock(AT), secrets)) as port:
        settings = seed.demo_settings(PLACE, port)
        settings = msgspec.structs.replace(settings, store=StoreSettings(f"sqlite:///{tmp_path}/store.db"))
        said = log_of_a_poller(settings, tmp_path, secrets, until=len(settings.sources))
    told = lines(said.decode())
    polled = {line["source"]: line for line in told if line["event"] == "polled"}
    assert polled.keys() == {source.name for source in settings.sources}
    assert polled["motcua"]["rejected"] >= len(bad_dossiers({})) + 1
    assert_nothing_personal(said, personal, "the log")
    assert [name for name, secret in secrets.items() if secret.encode() in said] == []


def log_of_a_poller(settings: Settings, home: Path, secrets: dict[str, str], until: int) -> bytes:
    """What `ioc.py poll` logs at the level debug until so many polls have ended."""
    write_settings(settings, home / "ioc.toml")
    environment = {**os.environ, **secrets, logs.LEVEL_VARIABLE: "debug", "IOC_CONFIG": str(home / "ioc.toml")}
    command = [sys.executable, str(ROOT / "ioc.py"), "poll"]
    said, polled = b"", 0
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE) as process:
        assert process.stderr
        for line in process.stderr:
            said += line
            polled += b'"polled"' in line
            if polled == until:
                process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    return said


def test_the_web_server_tells_what_was_asked_for_without_the_query(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(logs.LEVEL_VARIABLE, "debug")
    source = SourceSettings(name="motcua", dialect="dvcqg", base_url="http://127.0.0.1:9/x", every=Duration(seconds=9))
    settings = Settings(store=StoreSettings(f"sqlite:///{tmp_path}/store.db"), sources=(source,))
    with web_server(settings, tmp_path) as web:
        for path in ("/overview?unit=BI-MAT", "/api/none?token=BI-MAT", "/health/live?BI-MAT"):
            httpx.get(web.address + path, trust_env=False, headers={"Authorization": "Bearer BI-MAT"}, timeout=60)
        os.kill(web.pid, signal.SIGTERM)
        assert web.wait(SECONDS) == 0
    said = (tmp_path / "web.log").read_text()
    answered = {line["path"]: line for line in lines(said) if line["event"] == "answered"}
    assert {path: (line["status"], line["level"]) for path, line in answered.items() if "ready" not in path} == {
        "/overview": (200, "info"),
        "/api/none": (404, "info"),
        "/health/live": (200, "debug"),
    }
    assert all(line["ms"] >= 0 and line["method"] == "GET" for line in answered.values())
    assert "BI-MAT" not in said
