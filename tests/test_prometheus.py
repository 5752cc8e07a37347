"""The rules that call somebody: each has its example, and a real Prometheus that asks a real web server fires them."""

import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from sqlalchemy import Engine

from admission import AccessSettings, GroupSettings
from clock import real_clock
from config import Duration, MachineSettings, Settings, SourceSettings, StoreSettings
from store.engine import open_engine
from store.runs import begin_run, end_run
from tests.centres import web_server
from tests.oidc_provider import SECRETS
from tests.servers import configured_prometheus, prometheus_server
from tests.stores import lay_tables

FOLDER = Path(__file__).parents[1] / "deploy" / "prometheus"
RULES = FOLDER / "alerts.yml"
PATIENCE_SECONDS = 120
LOOK_SECONDS = 0.2


def rules() -> list[Any]:
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def promtool(*words: str) -> str:
    done = subprocess.run(["promtool", *words], cwd=FOLDER, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_rules_and_the_example_of_a_configuration_are_sound() -> None:
    promtool("check", "rules", "alerts.yml")
    promtool("check", "config", "prometheus.yml")


def test_every_rule_fires_in_its_example() -> None:
    promtool("test", "rules", "alerts_test.yml")
    tests = yaml.safe_load((FOLDER / "alerts_test.yml").read_text("utf-8"))["tests"]
    fired = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case["exp_alerts"]}
    assert fired == {rule["alert"] for rule in rules()}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_every_rule_says_how_urgent_it_is_and_what_has_happened(rule: Any) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"]


def test_rules_ask_only_for_measures_that_the_centre_tells() -> None:
    told = (FOLDER.parents[1] / "README.md").read_text("utf-8")  # complete: tests/test_documentation.py
    asked = {word for rule in rules() for word in rule["expr"].replace("(", " ").replace("{", " ").split()}
    names = {word.partition("[")[0].rstrip(")").removesuffix("_bucket") for word in asked if word.startswith("ioc_")}
    assert len(names) > 8
    assert {name for name in names if f"`{name}`" not in told} == set()


def poll_well(engine: Engine) -> None:
    now = real_clock().now()
    end_run(engine, begin_run(engine, "motcua", now), "ok", now)


def wait_until(true: Callable[[], bool], meanwhile: Callable[[], None] = lambda: None) -> None:
    deadline, pause = time.monotonic() + PATIENCE_SECONDS, threading.Event()
    while not true():
        assert time.monotonic() < deadline
        meanwhile()
        pause.wait(LOOK_SECONDS)


def test_a_source_that_goes_stale_fires_and_its_return_ends_it(tmp_path: Path) -> None:
    source = SourceSettings(
        name="motcua", dialect="dvcqg", base_url="http://127.0.0.1:9/x", expected_age=Duration(seconds=2)
    )
    settings = Settings(store=StoreSettings(f"sqlite:///{tmp_path}/store.db"), sources=(source,))
    engine = open_engine(settings.database_url)
    lay_tables(engine)

    def polling() -> None:
        poll_well(engine)

    with (
        web_server(settings, tmp_path) as web,
        prometheus_server(tmp_path, RULES, f"127.0.0.1:{web.port}") as prometheus,
        httpx.Client(base_url=prometheus, trust_env=False, timeout=20) as client,
    ):

        def found(query: str) -> list[Any]:
            answer = client.get("/api/v1/query", params={"query": query}).json()
            return [result["metric"] for result in answer["data"]["result"]]

        def firing() -> list[str]:
            alerts = client.get("/api/v1/alerts").json()["data"]["alerts"]
            return [alert["labels"]["source"] for alert in alerts if alert["labels"]["alertname"] == "IocSourceStale"]

        wait_until(lambda: bool(found('ioc_source_state{state="fresh"} == 1')), polling)
        wait_until(lambda: bool(found('up{job="ioc"} == 1')), polling)
        poll_well(engine)
        assert httpx.get(f"{web.address}/health/data", trust_env=False).status_code == 200
        wait_until(lambda: firing() == ["motcua"])
        answer = httpx.get(f"{web.address}/health/data", trust_env=False)
        assert (answer.status_code, answer.json()["stale"]) == (503, ["motcua"])
        wait_until(lambda: firing() == [], polling)
    engine.dispose()


def with_sign_in(text: str, targets: list[str]) -> str:
    """The example as it says to change it for a centre to which one signs in, with these targets, asked often."""
    written = text.replace("    # authorization:", "    authorization:").replace("    #   credent", "      credent")
    shipped = '["127.0.0.1:8501", "127.0.0.1:8502"]'
    assert written != text
    assert shipped in written
    return written.replace(shipped, str(targets)).replace("15s", "250ms")


def test_with_sign_in_the_token_of_a_machine_opens_the_figures_to_prometheus(tmp_path: Path) -> None:
    access = AccessSettings(
        mode="oidc",
        metadata_url="http://127.0.0.1:9/.well-known/openid-configuration",  # nobody signs in here
        client_id="ioc",
        client_secret_env="TEST_CLIENT_SECRET",
        cookie_secret_env="TEST_COOKIE_SECRET",
        public_url="https://ioc.example.vn",
    )
    settings = Settings(
        store=StoreSettings(f"sqlite:///{tmp_path}/store.db"),
        access=access,
        groups=(GroupSettings("leaders", "leader"),),
        machines=(MachineSettings("prometheus", "TEST_MACHINE"),),
    )
    engine = open_engine(settings.database_url)
    lay_tables(engine)
    secrets = {**SECRETS, "TEST_MACHINE": "a-token-of-prometheus-alone-43-characters-x"}
    (tmp_path / "ioc.token").write_text(secrets["TEST_MACHINE"] + "\n")
    (tmp_path / "alerts.yml").write_text(RULES.read_text("utf-8"))
    with web_server(settings, tmp_path, secrets=secrets) as web:
        example = (FOLDER / "prometheus.yml").read_text("utf-8")
        (tmp_path / "prometheus.yml").write_text(with_sign_in(example, [f"127.0.0.1:{web.port}"]))
        assert httpx.get(f"{web.address}/metrics", trust_env=False).status_code == 401
        with (
            configured_prometheus(tmp_path) as prometheus,
            httpx.Client(base_url=prometheus, trust_env=False) as client,
        ):
            wait_until(lambda: asked(client, 'up{job="ioc"} == 1') != [])
    engine.dispose()


def asked(client: httpx.Client, query: str) -> list[Any]:
    """What Prometheus answers to a query."""
    found: list[Any] = client.get("/api/v1/query", params={"query": query}).json()["data"]["result"]
    return found
