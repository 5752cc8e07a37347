"""Environments of peers: each has its programs in a folder of its own, installed from a list beside bench/peers."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_LISTS = Path(__file__).parent / "peers"
_HOMES = Path(__file__).parents[1] / "var" / "peers"
_CREATE_SECONDS, _INSTALL_SECONDS = 600, 1800


class CannotBeHadError(Exception):
    """A peer cannot be installed or started here; the message says why."""


def programs_of(peer: str) -> Path:
    """The folder of a peer's programs, installed unless it is there already. CannotBeHadError with the reason."""
    home, packages = _HOMES / peer, _LISTS / f"{peer}.txt"
    stamp, wanted = home / "installed.txt", packages.read_text("utf-8")
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return home / "bin"
    try:
        run([sys.executable, "-m", "venv", "--clear", str(home)], _CREATE_SECONDS)
        run([str(home / "bin" / "pip"), "install", "--quiet", "-r", str(packages)], _INSTALL_SECONDS)
    except CannotBeHadError:
        shutil.rmtree(home, ignore_errors=True)
        raise
    stamp.write_text(wanted, "utf-8")
    return home / "bin"


def version_in(programs: Path, package: str) -> str:
    """The version of a package in a peer's environment. CannotBeHadError when it is not there."""
    script = f"from importlib.metadata import version; print(version({package!r}))"
    return run([str(programs / "python"), "-c", script], _CREATE_SECONDS).strip()


def run(
    command: list[str],
    seconds: float,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    told: str = "",
) -> str:
    """What a program says, when it is told something. CannotBeHadError when it fails or takes longer."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=seconds,
            env=environment,
            check=False,
            cwd=folder,
            input=told,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotBeHadError(f"{Path(command[0]).name}: {error}") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise CannotBeHadError(f"{' '.join(command[:4])} ended with {done.returncode}: {' '.join(said[-5:])}")
    return done.stdout
