"""The web server does not start where it would not be safe, however it is started; `ioc.py check` tells why."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from access.secrets import weakness
from access.starting import refuse_unsafe, safety
from admission import AccessSettings, GroupSettings, MachineSettings
from config import Settings, StoreSettings, write_settings
from errors import ConfigError
from tests.command_line import ROOT, call_ioc
from tests.servers import free_port

# openssl rand -base64 36; openssl rand -hex 32; openssl rand -base64 36
GOOD = {
    "IOC_COOKIE": "Sy1Ao5iDgY8jzmSKoLXW8mJ0QvEr7nUfKk2P+3dB",
    "IOC_CLIENT": "5d0f2a7be1c94836f0b7d25e91ac3f4886d1b0c7e2f53a9d4c6b8e017f92a35d",
    "IOC_MACHINE": "uQ9dHf2LrZx7Nv0bTgKs5YpWc3JmEa8iRo6XtVhB",
}
SIGNED_IN = Settings(
    access=AccessSettings(
        mode="oidc",
        metadata_url="https://idp.hoabinh.gov.vn/.well-known/openid-configuration",
        client_id="ioc",
        client_secret_env="IOC_CLIENT",
        cookie_secret_env="IOC_COOKIE",
        public_url="https://ioc.hoabinh.gov.vn",
    ),
    groups=(GroupSettings("lanh-dao", "leader"),),
    machines=(MachineSettings("prometheus", "IOC_MACHINE"),),
)


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def _problems(settings: Settings) -> list[str]:
    return [problem for _subject, found in safety(settings) for problem in found]


def _with(**access: str) -> Settings:
    return msgspec.structs.replace(SIGNED_IN, access=msgspec.structs.replace(SIGNED_IN.access, **access))


def test_what_is_safe_starts() -> None:
    refuse_unsafe(SIGNED_IN)
    refuse_unsafe(Settings())


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("", "is empty"),
        ("Sy1Ao5iDgY8jzmSKoLXW8mJ0QvEr7nU", "holds 31 bytes, 32 are needed"),
        ("Sy1Ao5iDgY8jzmSKoLXW8mJ0QvEr7nUf", ""),
        ("CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET", "an example"),
        ("thisISaSECRET_1234" * 2, "an example"),
        ("YOUR_OWN_RANDOM_GENERATED_SECRET_KEY", "an example"),
        ("change-me-change-me-change-me-1234", "an example"),
        ("a" * 64, "an example"),
        ("0123456789012345678901234567890123456789", "an example"),
        ("matkhau-cua-trung-tam-dieu-hanh-hoa-binh", "an example"),
    ],
)
def test_secrets_are_long_and_nobody_s_example(value: str, told: str) -> None:
    assert told in weakness(value)
    assert bool(weakness(value)) is bool(told)


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", ["", "short", "CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET"])
def test_every_secret_of_the_door_is_looked_at_and_none_is_shown(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    [problem] = _problems(SIGNED_IN)
    assert name in problem
    assert not value or value not in problem


def test_two_doors_with_one_key_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_MACHINE", GOOD["IOC_COOKIE"])
    [problem] = _problems(SIGNED_IN)
    assert "IOC_MACHINE holds the same as IOC_COOKIE" in problem


@pytest.mark.parametrize(
    ("setting", "url", "safe"),
    [
        ("public_url", "http://ioc.hoabinh.gov.vn", False),
        ("public_url", "http://10.1.2.3", False),
        ("public_url", "http://localhost:8501", True),
        ("public_url", "http://127.0.0.1.evil.vn", False),
        ("metadata_url", "http://idp.hoabinh.gov.vn/.well-known/openid-configuration", False),
        ("metadata_url", "http://127.0.0.1:9000/.well-known/openid-configuration", True),
    ],
)
def test_sign_in_travels_by_https_or_not_at_all(setting: str, url: str, safe: bool) -> None:
    assert any(setting in problem for problem in _problems(_with(**{setting: url}))) is not safe


@pytest.mark.parametrize(
    ("host", "safe"),
    [
        ("127.0.0.1", True), ("localhost", True), ("::1", True), ("[::1]:8501", True), ("127.0.0.1:8501", True),
        ("0.0.0.0", False), ("::", False), ("10.1.2.3", False), ("", False), ("ioc.hoabinh.gov.vn", False),
        ("localhost.evil.vn", False),
    ],
)  # fmt: skip
def test_without_sign_in_only_this_host_is_served(host: str, safe: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_HOST", host)
    assert any("IOC_HOST" in problem for problem in _problems(Settings())) is not safe
    assert _problems(SIGNED_IN) == []


@pytest.mark.parametrize(
    "words", [["uvicorn", "app:app", "--host", "0.0.0.0"], ["--host=10.1.2.3"], ["-b", ":8000"], ["--bind", "[::]:80"]]
)
def test_the_address_of_another_server_s_command_line_counts(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", words)
    [problem] = _problems(Settings())
    assert "nobody signs in" in problem


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("STREAMLIT_SERVER_ENABLE_CORS", "false", "server.enableCORS"),
        ("STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION", "0", "server.enableXsrfProtection"),
        ("STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS", "*", "server.corsAllowedOrigins"),
        ("STREAMLIT_GLOBAL_DEVELOPMENT_MODE", "true", "global.developmentMode"),
        ("STREAMLIT_CLIENT_SHOW_ERROR_DETAILS", "full", "client.showErrorDetails"),
        ("STREAMLIT_SERVER_ENABLE_AGENT_API", "true", "server.enableAgentApi"),
        ("STREAMLIT_SERVER_TRUSTED_USER_HEADERS", '{"X-User": "email"}', "server.trustedUserHeaders"),
        ("FORWARDED_ALLOW_IPS", "*", "FORWARDED_ALLOW_IPS"),
    ],
)
def test_open_settings_are_refused_with_the_value_that_is_safe(
    variable: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    for settings in (Settings(), SIGNED_IN):
        with pytest.raises(ConfigError, match=told):
            refuse_unsafe(settings)


def test_the_shipped_settings_of_streamlit_are_safe() -> None:
    assert dict(safety(Settings()))["Streamlit's settings"] == []


def _ways(port: int) -> dict[str, list[str]]:
    streamlit = ["-m", "streamlit", "run", "app.py", "--server.headless", "true", "--server.port", str(port)]
    return {
        "run": ["ioc.py", "run"],
        "web": ["ioc.py", "web"],
        "streamlit": streamlit,
        "uvicorn": ["-m", "uvicorn", "app:app", "--port", str(port)],
        "uvicorn without lifespan": ["-m", "uvicorn", "app:app", "--port", str(port), "--lifespan", "off"],
        "python": ["-c", "import app; app.app.run()"],
    }


def _started(way: str, settings: Settings, home: Path, **environment: str) -> tuple[int, str]:
    """The exit code and what was said on standard error; fails when it has not ended after a minute."""
    port = free_port()
    settings = msgspec.structs.replace(settings, store=StoreSettings(f"sqlite:///{home}/store.db"))
    write_settings(settings, home / "ioc.toml")
    named = {"IOC_CONFIG": str(home / "ioc.toml"), "IOC_PORT": str(port), **environment}
    command = [sys.executable, *_ways(port)[way]]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **named}, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr


# Seconds of importing each: those of a service and of a bare server with every `make test`.
OFTEN = ("web", "uvicorn without lifespan")
WAYS = [way if way in OFTEN else pytest.param(way, marks=pytest.mark.chaos) for way in _ways(0)]


@pytest.mark.parametrize("way", WAYS)
def test_no_way_to_start_goes_round_it(way: str, tmp_path: Path) -> None:
    code, told = _started(way, SIGNED_IN, tmp_path, IOC_COOKIE="thisISaSECRET_1234")
    assert code != 0
    assert "not started, because it would not be safe" in told
    assert "[access] cookie_secret_env: the environment variable IOC_COOKIE holds 18 bytes" in told
    assert "thisISaSECRET_1234" not in told


@pytest.mark.chaos
@pytest.mark.parametrize("way", ["run", "web", "uvicorn"])
def test_no_way_to_start_shows_a_demo_to_the_network(way: str, tmp_path: Path) -> None:
    code, told = _started(way, Settings(), tmp_path, IOC_HOST="0.0.0.0")
    assert code != 0
    assert "IOC_HOST is '0.0.0.0', which others can reach, and nobody signs in" in told


@pytest.mark.parametrize("unit", sorted((ROOT / "deploy/systemd").glob("ioc-web*.service")), ids=lambda unit: unit.name)
def test_the_shipped_service_starts_one_of_these_ways(unit: Path) -> None:
    [start] = [line for line in unit.read_text("utf-8").splitlines() if line.startswith("ExecStart=")]
    assert start.split("/")[-1] == "ioc.py web"


def test_check_explains_each_in_a_line(tmp_path: Path) -> None:
    settings = msgspec.structs.replace(SIGNED_IN, store=StoreSettings(f"sqlite:///{tmp_path}/store.db"))
    write_settings(settings, tmp_path / "ioc.toml")
    environment = {**GOOD, "IOC_MACHINE": "", "IOC_CONFIG": str(tmp_path / "ioc.toml")}
    ended = call_ioc(("check",), environment)
    assert ended.code == 1
    assert "FAIL safety: [[machines]] 'prometheus': the environment variable IOC_MACHINE is empty" in ended.err
    assert "ok   safety: addresses are safe with [access] mode 'oidc'" in ended.out
