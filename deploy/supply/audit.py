"""Known vulnerabilities of what is pinned: pip-audit asks PyPI's advisories, docs/supply/audit.json keeps the answer.

pip-audit says "no known vulnerabilities" also of packages that nobody told it anything about. Here a package counts as
audited only if the service answered for it; the others are named, and an older answer to the same version stands in.
"""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import msgspec

from deploy.supply.pins import REPORTS, TOOLS, pins

REPORT = REPORTS / "audit.json"
# Advisories that do not concern us, each with the reason.
ACCEPTED: dict[str, str] = {}


class Finding(msgspec.Struct, frozen=True, order=True):
    """An advisory about a pinned version."""

    package: str
    version: str
    advisory: str
    fixed_in: tuple[str, ...]


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """What the service said on a day. `answered`: package to the version that it answered for; `silent`: the others."""

    asked_on: date
    service: str
    answered: dict[str, str]
    silent: dict[str, str]
    findings: tuple[Finding, ...] = ()


def ask(on: date, requirements: Path = TOOLS) -> Audit:
    """Ask PyPI about every pin of a file. Without a network everything is silent."""
    wanted = pins(requirements)
    words = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", "pypi", *words, "-r", str(requirements)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # nosec B603  # our own words
    told = json.loads(ended.stdout)["dependencies"] if ended.stdout.strip() else []
    return audit_of(told, wanted, on)


def audit_of(told: list[dict[str, object]], wanted: dict[str, str], on: date) -> Audit:
    """pip-audit's list of packages, sorted into what was answered and what was passed over."""
    told = [one for one in told if one.get("version") == wanted.get(str(one["name"]))]
    answered = {str(one["name"]): str(one["version"]) for one in told}
    found = [
        Finding(str(one["name"]), str(one["version"]), said["id"], tuple(said["fix_versions"]))
        for one in told
        for said in one["vulns"]  # type: ignore[attr-defined]
    ]
    silent = {name: version for name, version in wanted.items() if name not in answered}
    return Audit(asked_on=on, service="pypi.org", answered=answered, silent=silent, findings=tuple(sorted(found)))


def stored() -> Audit:
    """The report kept in the repository."""
    return msgspec.json.decode(REPORT.read_bytes(), type=Audit)


def store(audit: Audit) -> None:
    """Keep it for whoever has no network."""
    REPORT.write_bytes(msgspec.json.format(msgspec.json.encode(audit), indent=1) + b"\n")


def verdict(now: Audit, kept: Audit, accepted: dict[str, str]) -> tuple[list[str], bool]:
    """What there is to say, a line each, and whether nothing is known against any pin.

    Silence is said, and is not an acquittal; it does not fail either, since nobody can mend it without a network.
    """
    older = {name: version for name, version in now.silent.items() if kept.answered.get(name) == version}
    unknown = sorted(set(now.silent) - set(older))
    wanted = now.answered | now.silent
    found = {*now.findings, *(one for one in kept.findings if older.get(one.package) == one.version)}
    lines = [f"audit: {len(now.answered)} of {len(wanted)} packages answered for by {now.service} today"]
    if older:
        lines.append(f"audit: {len(older)} answered for by the report of {kept.asked_on}")
    if unknown:
        lines.append(f"audit: {len(unknown)} packages NOT AUDITED, no advisory service answered: {_few(unknown)}")
    for one in sorted(found):
        why = accepted.get(one.advisory)
        said = f"accepted: {why}" if why else f"fixed in {', '.join(one.fixed_in) or 'no version yet'}"
        lines.append(f"audit: {one.package} {one.version}: {one.advisory}, {said}")
    return lines, all(one.advisory in accepted for one in found)


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
