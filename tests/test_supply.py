"""What we are made of: every package pinned with its hashes, and what the kept reports say is of those pins."""

import re
import tomllib
from datetime import date
from pathlib import Path

import msgspec
import pytest
from cyclonedx.schema import SchemaVersion

from deploy.supply import audit, bill, licences
from deploy.supply.audit import Audit, Finding, audit_of, verdict
from deploy.supply.bundle import checksums
from deploy.supply.pins import PRODUCT, ROOT, TOOLS, pins, without_hash

TODAY, BEFORE = date(2026, 11, 23), date(2026, 11, 1)
PINNED = {"anyio": "4.0", "zipp": "1.0"}
FLAW = {"id": "PYSEC-2026-1", "fix_versions": ["4.1"], "aliases": [], "description": "reads too much"}
FOUND = Finding("anyio", "4.0", "PYSEC-2026-1", ("4.1",))
NOTHING = Audit(asked_on=BEFORE, service="pypi.org", answered={}, silent=PINNED)


def told(*answered: str, flaws: tuple[dict[str, object], ...] = ()) -> Audit:
    """What pip-audit says when the service answers for some packages only."""
    listed: list[dict[str, object]] = [
        {"name": name, "version": version, "vulns": list(flaws) if name == "anyio" else []}
        if name in answered
        else {"name": name, "skip_reason": f"not found: {name}"}
        for name, version in PINNED.items()
    ]
    return audit_of(listed, PINNED, TODAY)


@pytest.mark.parametrize("file", [PRODUCT, TOOLS], ids=lambda file: file.name)
def test_every_package_is_pinned_with_a_hash(file: Path) -> None:
    lines = [line for line in file.read_text("utf-8").splitlines() if line and not line.startswith((" ", "#"))]
    assert len(pins(file)) == len(lines) > 90
    assert without_hash(file) == []


def test_tools_and_product_pin_the_same_versions() -> None:
    assert pins(PRODUCT).items() <= pins(TOOLS).items()


def test_a_pin_without_a_hash_is_named(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(f"anyio==4.0 \\\n    --hash=sha256:{'0' * 64}\n    # via httpx\nzipp==1.0\n    # via x\n")
    assert pins(file) == PINNED
    assert without_hash(file) == ["zipp"]


def test_a_known_vulnerability_fails_and_says_where_it_is_mended() -> None:
    lines, good = verdict(told("anyio", "zipp", flaws=(FLAW,)), NOTHING, {})
    assert not good
    assert "audit: anyio 4.0: PYSEC-2026-1, fixed in 4.1" in lines


def test_an_accepted_one_is_told_with_its_reason() -> None:
    lines, good = verdict(told("anyio", "zipp", flaws=(FLAW,)), NOTHING, {"PYSEC-2026-1": "we never call it"})
    assert good
    assert "audit: anyio 4.0: PYSEC-2026-1, accepted: we never call it" in lines


def test_silence_is_told_and_is_not_an_acquittal() -> None:
    lines, _good = verdict(told("zipp"), NOTHING, {})
    assert lines == [
        "audit: 1 of 2 packages answered for by pypi.org today",
        "audit: 1 packages NOT AUDITED, no advisory service answered: anyio",
    ]


def test_without_a_network_an_older_report_stands_in_with_its_date() -> None:
    kept = Audit(asked_on=BEFORE, service="pypi.org", answered=PINNED, silent={}, findings=(FOUND,))
    lines, good = verdict(told(), kept, {})
    assert "audit: 2 answered for by the report of 2026-11-01" in lines
    assert not good, "what was known then is known now"


def test_an_older_report_of_another_version_does_not() -> None:
    kept = Audit(asked_on=BEFORE, service="pypi.org", answered={"anyio": "3.9"}, silent={}, findings=(FOUND,))
    lines, good = verdict(told("zipp"), kept, {})
    assert any("NOT AUDITED" in line and "anyio" in line for line in lines)
    assert good, "the finding is of a version that is no longer pinned"


def test_the_kept_report_is_of_these_pins_and_names_each_of_them() -> None:
    kept = audit.stored()
    assert kept.answered | kept.silent == pins(TOOLS)
    assert [one.advisory for one in kept.findings if one.advisory not in audit.ACCEPTED] == []
    assert audit.REPORT.read_bytes().startswith(b'{\n "asked_on": "20')


def test_the_licences_are_of_these_pins_and_agreed_to() -> None:
    text = licences.REPORT.read_text("utf-8")
    rows = re.findall(r"^\| (\S+) \| (\S+) \| (.*?) \| .*\|$", text, re.MULTILINE)
    found = [(name, version, licence) for name, version, licence in rows if name != "package"]
    assert {name: version for name, version, _licence in found} == pins(PRODUCT)
    assert licences.unallowed(found) == []
    assert re.match(r"# Licences, as of \d{4}-\d\d-\d\d\n", text)


def test_a_licence_that_nobody_has_agreed_to_is_named() -> None:
    found = [("a", "1", "MIT AND Apache-2.0"), ("b", "1", "SSPL-1.0"), ("c", "1", "UNKNOWN"), ("d", "1", "GPL-3.0")]
    assert licences.unallowed(found) == ["b: SSPL-1.0", "c: UNKNOWN", "d: GPL-3.0"]


def test_the_bill_of_materials_is_valid_and_of_these_pins() -> None:
    assert bill.listed() == pins(PRODUCT)
    # Imported here, as it takes more than a second, which every process of a run would need.
    from cyclonedx.validation.json import JsonStrictValidator

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill.REPORT.read_text("utf-8")) is None
    assert re.match(r"\d{4}-\d\d-\d\dT", bill.made_at())
    assert str(ROOT) not in bill.REPORT.read_text("utf-8"), "no path of the machine that made it"


def test_checksums_cover_every_file_but_themselves(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "a.whl").write_bytes(b"abc")
    (tmp_path / "SHA256SUMS").write_text("old")
    # sha256 of "abc", from FIPS 180-2.
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  wheels/a.whl\n"
    assert checksums(tmp_path) == expected


def test_every_exception_from_a_security_rule_says_why() -> None:
    bare = re.compile(r"# noqa: (?:[A-Z]+\d+,? ?)*S\d+(?:  # nosec(?: B\d+)+)?$|# nosec(?: B\d+)*$", re.MULTILINE)
    product = [
        file for file in ROOT.rglob("*.py") if file.relative_to(ROOT).parts[0] not in (".venv", "tests", "bench")
    ]
    assert [file.name for file in product if bare.search(file.read_text("utf-8"))] == []


def test_bandit_reads_what_the_rules_of_ruff_read() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    assert "S" in settings["ruff"]["lint"]["select"]
    assert set(settings["bandit"]["skips"]) == {"B101", "B404", "B405"}


def test_a_report_that_was_stored_reads_back_as_it_was() -> None:
    assert msgspec.json.decode(msgspec.json.encode(told("zipp")), type=Audit) == told("zipp")
