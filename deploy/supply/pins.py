"""What requirements.txt pins, as pip reads it."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT, TOOLS = ROOT / "requirements.txt", ROOT / "requirements-dev.txt"
REPORTS = ROOT / "docs" / "supply"

_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)((?:[^\n]*\\\n\s+--hash=sha256:[0-9a-f]{64})*)", re.MULTILINE)


def pins(file: Path) -> dict[str, str]:
    """Every package's version."""
    return {name: version for name, version, _hashes in _PIN.findall(file.read_text("utf-8"))}


def without_hash(file: Path) -> list[str]:
    """The packages that could be exchanged on the way here."""
    return [name for name, _version, hashes in _PIN.findall(file.read_text("utf-8")) if not hashes]
