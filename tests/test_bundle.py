"""The bundle installs and runs on a machine that has no network at all."""

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from deploy.supply.bundle import build
from deploy.supply.pins import PRODUCT, pins

# A network of its own with nothing in it, not even loopback.
CUT_OFF = ["unshare", "--net", "--map-root-user"]
SETTINGS = """[store]
url = "sqlite:///{folder}/ioc.db"

[[sources]]
name = "so-ghi"
dialect = "returns"
path = "{folder}/returns.csv"
every = "1d"
expected_age = "40d"
"""
RETURNS = "unit_code,period,indicator,numerator,denominator,value,note\n"

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.skipif(subprocess.run([*CUT_OFF, "true"], check=False).returncode != 0, reason="may not unshare"),
]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is in the archive, unpacked elsewhere."""
    built, elsewhere = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("elsewhere")
    archive = build(built / "ioc-bundle")
    shutil.rmtree(built / "ioc-bundle")
    with tarfile.open(archive) as packed:
        packed.extractall(elsewhere, filter="data")
    archive.unlink()
    return elsewhere / "ioc-bundle"


def cut_off(*words: str | Path) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run([*CUT_OFF, *map(str, words)], capture_output=True, text=True, check=False, env=kept)


def test_it_installs_and_runs_without_a_network(bundle: Path, tmp_path: Path) -> None:
    target = tmp_path / "ioc"
    done = cut_off(bundle / "install.sh", target)
    assert done.returncode == 0, done.stderr
    python = target / ".venv" / "bin" / "python"
    listed = cut_off(python, "-m", "pip", "list", "--format", "freeze").stdout.lower().replace("_", "-")
    assert {f"{name}=={version}" for name, version in pins(PRODUCT).items()} <= set(listed.split())
    settings = tmp_path / "ioc.toml"
    settings.write_text(SETTINGS.format(folder=tmp_path))
    (tmp_path / "returns.csv").write_text(RETURNS)
    told = {word: cut_off(python, target / "ioc.py", "--config", settings, word) for word in ("migrate", "check")}
    assert {word: done.returncode for word, done in told.items()} == {"migrate": 0, "check": 0}, told
    assert "ok   configuration: 1 sources" in told["check"].stdout
    again = cut_off(bundle / "install.sh", target)
    assert (again.returncode, "holds an installation already" in again.stderr) == (1, True)


def test_a_changed_wheel_is_refused_and_nothing_is_installed(bundle: Path, tmp_path: Path) -> None:
    wheel = next((bundle / "wheels").glob("zipp-*.whl"))
    whole = wheel.read_bytes()
    wheel.write_bytes(whole[:-1] + b"x")
    done = cut_off(bundle / "install.sh", tmp_path / "ioc")
    wheel.write_bytes(whole)
    assert (done.returncode, "damaged or was changed" in done.stderr) == (1, True)
    assert not (tmp_path / "ioc").exists()


def test_a_wheel_and_its_checksum_changed_together_are_refused_by_the_pins(bundle: Path, tmp_path: Path) -> None:
    wheel, sums = next((bundle / "wheels").glob("zipp-*.whl")), bundle / "SHA256SUMS"
    whole, kept = wheel.read_bytes(), sums.read_text()
    wheel.write_bytes(whole + b"x")
    changed = subprocess.run(["sha256sum", wheel], capture_output=True, text=True, check=True).stdout.split()[0]
    lines = [f"{changed}  wheels/{wheel.name}" if wheel.name in line else line for line in kept.splitlines()]
    sums.write_text("\n".join(lines) + "\n")
    done = cut_off(bundle / "install.sh", tmp_path / "ioc")
    wheel.write_bytes(whole)
    sums.write_text(kept)
    assert done.returncode != 0
    assert "zipp" in done.stderr
    assert not (tmp_path / "ioc" / ".venv" / ".installed").exists()
