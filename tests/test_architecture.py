"""The arrows of the architecture, read from the imports; what every module, dependency and indicator must have."""

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from metrics import catalogue

ROOT = Path(__file__).parent.parent
FOLDERS = (
    "access", "commands", "connectors", "door", "exports", "imports", "messages", "metrics", "national", "pages",
    "seed", "sheets", "store", "wall",
)  # fmt: skip
OURS = {
    "admission",
    "app",
    "backfill",
    "clock",
    "config",
    "durations",
    "errors",
    "ioc",
    "key_comparison",
    "launch",
    "logs",
    "memory",
    "poll_run",
    "poller",
    "publishing",
    "reconciling",
    "recipients",
    "replay",
    "standing_by",
    *FOLDERS,
}
# Where a package is used without a Python import of ours.
USED_OTHERWISE = {
    "psycopg": "the driver that SQLAlchemy loads by name",
    "pyarrow": "how polars frames reach Streamlit's tables",
    "brotli": "how fontTools unpacks the web fonts",
}
MODULE_OF = {
    "fonttools": "fontTools",
    "prometheus-client": "prometheus_client",
    "protobuf": "google",
    "python-dateutil": "dateutil",
}

_STARTERS = {"poller", "poll_run", "standing_by", "ioc", "launch"}
MAY_NOT_IMPORT = {
    "store": {
        "connectors", "messages", "metrics", "national", "pages", "wall", "seed", "streamlit", "httpx", *_STARTERS,
    },
    "metrics": {
        "connectors", "messages", "pages", "wall", "seed", "streamlit", "httpx", "sqlalchemy", "alembic", "clock",
        "config", "os", *_STARTERS,
    },
    "connectors": {"metrics", "messages", "pages", "wall", "seed", "streamlit", "sqlalchemy", *_STARTERS},
    "exports": {"connectors", "messages", "pages", "wall", "seed", "streamlit", "httpx", *_STARTERS},
    "imports": {"pages", "messages", "wall", "seed", "streamlit", "httpx", *_STARTERS},
    "pages": {"connectors", "httpx", "sqlalchemy", "seed", *_STARTERS},
    "wall": {"connectors", "messages", "httpx", "seed", *_STARTERS},
    "wall/scenes": {"sqlalchemy", "streamlit", "starlette"},
    "messages": {"connectors", "wall", "seed", "streamlit", "httpx", "sqlalchemy", *_STARTERS},
    "national": {"connectors", "messages", "metrics", "pages", "wall", "seed", "streamlit", "httpx", *_STARTERS},
    "access": {"connectors", "messages", "metrics", "pages", "wall", "seed", *_STARTERS},
    "door": {"connectors", "messages", "metrics", "store", "wall", "seed", "httpx", "sqlalchemy", *_STARTERS},
    "commands": {"ioc"},
    "seed": {"store", "messages", "metrics", "connectors", "pages", "wall", "poller", "poll_run", "streamlit", "httpx"},
}  # fmt: skip
BASE = {
    "errors": set(),
    "clock": {"errors"},
    "logs": {"errors"},
    "memory": set(),
    "recipients": {"errors"},
    "durations": set(),
    "admission": {"durations", "errors"},
    "config": {"admission", "durations", "errors", "clock", "recipients"},
}
# Files are read alike by all: whoever polls, imports or uploads them.
SHEETS_MAY_IMPORT = {"errors", "sheets"}
# The metrics read what the store hands over, and nothing that reaches a database.
METRICS_MAY_READ = {"store.reads", "store.rows"}


def modules(folder: str = "") -> list[Path]:
    """The Python files of a folder with all below it, or those at the top."""
    found = (ROOT / folder).rglob("*.py") if folder else ROOT.glob("*.py")
    return sorted(path for path in found if "versions" not in path.parts)


def every_module() -> list[Path]:
    return [path for folder in ("", *FOLDERS) for path in modules(folder)]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imported(path: Path) -> frozenset[str]:
    """The full names of the modules that a file imports, wherever in it."""
    nodes = list(ast.walk(parsed(path)))
    plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    return frozenset(plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module})


@cache
def imported_anywhere() -> frozenset[str]:
    return frozenset(name for path in every_module() for name in tops(path))


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("folder", MAY_NOT_IMPORT)
def test_no_arrow_points_back(folder: str) -> None:
    found = {named(path): sorted(tops(path) & MAY_NOT_IMPORT[folder]) for path in modules(folder)}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize("name", BASE)
def test_errors_clock_and_config_import_nothing_of_ours(name: str) -> None:
    assert tops(ROOT / f"{name}.py") & OURS <= BASE[name]


def test_what_pages_share_knows_nothing_of_wall_and_messages() -> None:
    shared = [path for path in modules("pages") if path.parent.name == "pages"]
    assert len(shared) > 10
    assert [named(path) for path in shared if tops(path) & {"wall", "messages"}] == []


def test_layout_and_schedule_ask_no_clock_and_no_store() -> None:
    for name in ("layout", "schedule", "_located"):
        assert not tops(ROOT / "wall" / f"{name}.py") & {"clock", "store", "metrics", "pages", "streamlit", "starlette"}


def test_sheets_know_nothing_of_what_is_in_them() -> None:
    assert {name for path in modules("sheets") for name in tops(path)} & OURS <= SHEETS_MAY_IMPORT


def test_metrics_take_from_the_store_only_what_it_read() -> None:
    taken = {name for path in modules("metrics") for name in imported(path) if name.split(".")[0] == "store"}
    assert taken <= METRICS_MAY_READ


def test_connectors_take_from_the_store_only_its_rows() -> None:
    taken = {name for path in modules("connectors") for name in imported(path) if name.split(".")[0] == "store"}
    assert taken == {"store.rows"}


def test_only_the_command_line_imports_its_commands() -> None:
    users = {named(path) for path in every_module() if "commands" in tops(path)}
    assert {path for path in users if not path.startswith("commands/")} == {"ioc.py"}


def test_the_poller_draws_nothing_and_the_web_polls_nothing() -> None:
    for name in ("poller", "poll_run", "standing_by", "replay"):
        assert not tops(ROOT / f"{name}.py") & {"metrics", "pages", "streamlit", "seed"}
    assert not tops(ROOT / "app.py") & {"connectors", "poller", "poll_run", "httpx", "seed"}


def calls(path: Path) -> Iterator[str]:
    """Every attribute that a file names, as written: `datetime.now`, `time.time`."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"


def test_only_the_clock_reads_the_time_of_day() -> None:
    readings = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
    found = {named(path) for path in every_module() if readings & set(calls(path))}
    assert found == {"clock.py"}


def test_metrics_and_connectors_read_no_environment() -> None:
    for folder in ("metrics", "connectors"):
        assert [named(path) for path in modules(folder) if "os.environ" in set(calls(path))] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in every_module() if not ast.get_docstring(parsed(path))]
    assert [named(path) for path in silent if path.read_text("utf-8").strip()] == []


def requirement_lines() -> list[str]:
    lines = (ROOT / "requirements.in").read_text("utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def package_of(line: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", line)
    assert match, line
    return match[0].lower()


@pytest.mark.parametrize("line", requirement_lines(), ids=package_of)
def test_every_dependency_is_used_and_says_what_for(line: str) -> None:
    package = package_of(line)
    reason = line.partition("#")[2].strip()
    assert len(reason.split()) >= 1, f"{package} has no reason on its line"
    importlib.metadata.version(package)
    module = MODULE_OF.get(package, package.replace("-", "_"))
    # A package can also be looked up by its name alone.
    used = module in imported_anywhere() or f'"{module}"' in (ROOT / "seed" / "units.py").read_text("utf-8")
    assert used or package in USED_OTHERWISE


def test_every_import_is_a_declared_dependency() -> None:
    declared = {MODULE_OF.get(name, name.replace("-", "_")) for name in map(package_of, requirement_lines())}
    assert imported_anywhere() - OURS - set(sys.stdlib_module_names) - declared == set()


@pytest.mark.parametrize("key", catalogue())
def test_every_indicator_is_defined_in_both_languages_with_its_source(key: str) -> None:
    indicator = catalogue()[key]
    assert indicator.key == key
    for text in (indicator.name, indicator.name_vi, indicator.definition, indicator.definition_vi, indicator.source):
        assert text.strip()
    assert indicator.definition.endswith(".")
    assert indicator.definition_vi.endswith(".")
    assert indicator.definition != indicator.definition_vi


INDICATORS = {
    "received", "online_dossier_rate", "online_dossier_rate_offered", "full_process_dossier_rate",
    "procedures_online_rate", "procedures_level4_rate", "procedures_level3_rate", "procedures_level2_rate",
    "services_used_rate", "national_portal_rate", "on_time_rate", "early_rate", "on_time_rate_766", "open", "overdue",
    "overdue_rate", "processing_days", "postal_receipt_rate", "postal_receipt_rate_all", "postal_return_rate",
    "postal_return_rate_all", "online_payment_rate", "digitised_rate", "e_result_rate", "authenticated_rate",
    "satisfaction_rate", "supplement_rate", "withdrawn_rate", "refused_rate", "last_day_rate",
    "electronic_document_rate", "signed_document_rate", "signed_and_exchanged_rate", "units_signing_rate",
    "incoming_on_time_rate", "incoming_overdue", "meetings_held", "meeting_hours", "participation_rate",
    "meeting_hours_change", "conference_coverage_rate", "district_coverage_rate", "bridge_points",
    "plan_coverage_rate", "computers_rate", "computers_rate_commune", "lan_rate", "dedicated_network_rate",
    "email_usage_rate", "document_system_rate", "web_portal_rate", "portal_articles", "component_portal_articles",
    "certificates", "authenticated_users_rate", "services_signature_rate", "services_edossier_rate", "autofill_rate",
    "one_stop_coverage_rate", "control_screens", "operator_computers", "online_services_rate", "eligible_level4_rate",
}  # fmt: skip


def test_the_catalogue_holds_every_indicator_of_the_catalogue_agreed_on() -> None:
    assert set(catalogue()) == INDICATORS
