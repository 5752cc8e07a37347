"""One archive that installs without a network: the wheels of this platform, the source, a script, checksums.

The wheels are those whose hashes requirements.txt names; the source is what is committed (`git archive HEAD`).
"""

import hashlib
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Annotated

import typer

from deploy.supply.pins import PRODUCT, ROOT

SCRIPT = ROOT / "deploy" / "bundle" / "install.sh"


def platform_name() -> str:
    """Interpreter, system and machine for which compiled wheels are made: cp311-linux-x86_64."""
    major, minor = sys.version_info[:2]
    return f"cp{major}{minor}-{platform.system().lower()}-{platform.machine()}"


def build(into: Path) -> Path:
    """Make the bundle in a folder that does not exist yet; the path of the archive beside it."""
    into.mkdir(parents=True)
    tree, wheels = into / "tree", into / "wheels"
    tree.mkdir()
    packed = into / "tree.tar"
    _run("git", "-C", str(ROOT), "archive", "--format", "tar", "-o", str(packed), "HEAD")
    with tarfile.open(packed) as archive:
        archive.extractall(tree, filter="data")
    packed.unlink()
    words = ["--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "--require-hashes", "-d", str(wheels)]
    _run(sys.executable, "-m", "pip", "download", *words, "-r", str(PRODUCT))
    shutil.copy(SCRIPT, into / SCRIPT.name)
    (into / "PLATFORM").write_text(platform_name() + "\n")
    (into / "SHA256SUMS").write_text(checksums(into))
    archive_path = into.with_name(f"{into.name}.tar.gz")
    with tarfile.open(archive_path, "w:gz", compresslevel=1) as archive:  # wheels are compressed already
        archive.add(into, arcname=into.name)
    return archive_path


def checksums(folder: Path) -> str:
    """A line for each file below, as `sha256sum --check` reads it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    return "".join(
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(folder).as_posix()}\n" for file in files
    )


def main(
    into: Annotated[Path | None, typer.Argument(help="A new folder; else var/bundle/ioc-COMMIT-PLATFORM.")] = None,
) -> None:
    """Build the bundle."""
    commit = _run("git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD").strip()
    made = build(into or ROOT / "var" / "bundle" / f"ioc-{commit}-{platform_name()}")
    typer.echo(f"{hashlib.sha256(made.read_bytes()).hexdigest()}  {made}")


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603  # nosec B603  # our own words


if __name__ == "__main__":
    typer.run(main)
