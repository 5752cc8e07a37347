"""What the documents say is so: settings, variables, commands, routes, links; and CONTRIBUTING's examples run."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import config
import imports
import ioc
from connectors import connectors
from pages._discovery import page_modules

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*.md")]
SECURITY = [path.read_text("utf-8") for path in (ROOT / "docs").rglob("*.md") if "security" in path.as_posix()]
TESTS = [*(ROOT / "tests").glob("**/test_*.py")]
CODE_FOLDERS = (
    "access", "commands", "connectors", "door", "exports", "imports", "messages", "metrics", "national", "pages",
    "seed", "sheets", "store", "tests", "wall", ".streamlit",
)  # fmt: skip
SETTINGS = [
    field
    for kind in (
        config.StoreSettings,
        config.ClockSettings,
        config.RankingSettings,
        config.PeerSettings,
        config.WallSettings,
        config.MessageSettings,
        config.RecipientSettings,
        config.SourceSettings,
        config.QuarantineSettings,
        config.AccessSettings,
        config.GroupSettings,
        config.MachineSettings,
    )
    for field in kind.__struct_fields__
]


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command of ioc.py as it is typed, with its options."""
    everything: Any = typer.main.get_command(ioc.app)
    for name, command in everything.commands.items():
        below = getattr(command, "commands", {})
        for word, inner in (below or {"": command}).items():
            options = [option for parameter in inner.params for option in parameter.opts if option.startswith("--")]
            yield f"{name} {word}".strip(), options


def code_files() -> Iterator[Path]:
    yield from ROOT.glob("*.py")
    for folder in set(CODE_FOLDERS) - {"tests"}:
        yield from (ROOT / folder).rglob("*.py")


def examples() -> dict[str, str]:
    """The examples of CONTRIBUTING by the place that their first line names."""
    blocks = re.findall(r"```python\n# (\S+?)(?:, in (\w+))?\n(.*?)```", CONTRIBUTING, re.DOTALL)
    return {f"{path}:{function}" if function else path: code for path, function, code in blocks}


@pytest.mark.parametrize("name", SETTINGS)
def test_readme_explains_setting(name: str) -> None:
    assert re.search(rf"^\|.*`{name}`.*\|$", README, re.MULTILINE)


@pytest.mark.parametrize(("name", "options"), list(commands()))
def test_readme_explains_command(name: str, options: list[str]) -> None:
    [line] = [line for line in README.splitlines() if line.startswith(f"| `{name}` |")]
    told = line + ("--help" if "--help" in README else "")
    assert [option for option in options if option not in told] == []


def test_readme_names_every_environment_variable() -> None:
    read = {name for file in code_files() for name in re.findall(r"\bIOC_[A-Z_]+\b", file.read_text("utf-8"))}
    assert [name for name in sorted(read) if f"`{name}`" not in README] == []


@pytest.mark.parametrize("dialect", sorted(connectors()))
def test_readme_names_dialect(dialect: str) -> None:
    assert f"| `{dialect}` |" in README


@pytest.mark.parametrize("path", [module.PAGE.path for module in page_modules()])
def test_readme_names_page(path: str) -> None:
    assert f"| `/{path}` |" in README


def test_readme_names_every_route_for_machines() -> None:
    source = (ROOT / "pages" / "_health_routes.py").read_text("utf-8")
    paths = [path for path in re.findall(r'Route\("([\w/]+)"', source) if not path.startswith("/api")]
    assert len(paths) == 4
    assert [path for path in paths if f"| `{path}` |" not in README] == []


def test_readme_names_every_prometheus_metric() -> None:
    source = (ROOT / "pages" / "_measured.py").read_text("utf-8")
    names = [f"ioc_{name}" for name in re.findall(r'_(?:family|gauge)\("(\w+)"', source)]
    assert len(names) > 15
    for file in (ROOT / "wall" / "measured.py", ROOT / "pages" / "_holder.py"):
        names += re.findall(r'"(ioc_\w+)"', file.read_text("utf-8"))
    assert [name for name in names if f"`{name}`" not in README] == []


def test_example_configuration_is_accepted_and_shows_the_defaults() -> None:
    example, access = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    settings = config.parse_settings(f"{example}{access}".encode(), "README.md")
    assert [source.dialect for source in settings.sources] == ["dvcqg", "qlvb", "bigbluebutton"]
    assert settings.store == config.StoreSettings()
    assert settings.sources[0].overlap == settings.sources[1].overlap
    assert [group.role for group in settings.groups] == ["leader", "staff"]
    assert settings.access.session == config.AccessSettings().session


def test_make_targets_that_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    told = {
        name for text in (README, CONTRIBUTING) for name in re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE)
    }
    assert {"run", "test", "check", "bench"} <= told <= targets


@pytest.mark.parametrize("kind", imports.KINDS)
def test_every_column_of_a_file_is_in_the_readme(kind: str) -> None:
    [line] = [line for line in README.splitlines() if line.startswith(f"| {kind} |")]
    required, optional = imports.COLUMNS[kind]
    told = set(re.findall(r"\w+", line))
    assert {*required, *optional} <= told


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(document: Path) -> None:
    links = re.findall(r"(?<!!)\[[^\]]*\]\(([^)#]+)", document.read_text("utf-8"))
    assert [link for link in links if "://" not in link and not (document.parent / link).exists()] == []


def test_every_test_that_a_point_of_security_names_is_there() -> None:
    names = {path.relative_to(ROOT / "tests").as_posix(): path.read_text("utf-8") for path in TESTS}
    pattern = re.compile(r"`(?:tests/)?((?:browser/)?test_\w+\.py)(?:::(test_\w+))?`")
    named = [found for text in SECURITY for found in pattern.findall(text)]
    assert len(named) > 100
    assert [(file, test) for file, test in named if f"def {test}" not in names.get(file, "")] == []


@pytest.fixture(scope="module")
def extended_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with every example of CONTRIBUTING put where its first line says."""
    copy = tmp_path_factory.mktemp("contributed")
    for file in (*ROOT.glob("*.py"), ROOT / "pyproject.toml"):
        shutil.copy(file, copy)
    for folder in CODE_FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", "browser"))
    for place, code in examples().items():
        path, _, function = place.partition(":")
        if function:
            before, head, after = (copy / path).read_text("utf-8").partition(f"def {function}(")
            begin, opening, rest = after.partition("    return {\n")
            code = before + head + begin + opening + code + rest
        (copy / path).write_text(code, "utf-8")
    return copy


def run_tests(copy: Path, *words: str) -> str:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
    ended = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False, timeout=300)
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-1000:]
    return ended.stdout


@pytest.fixture(scope="module")
def passed(extended_copy: Path) -> str:
    """The tests of the examples that passed, a line each; the contracts among them."""
    files = ("tests/contract", "tests/test_connector_vanthu.py", "tests/test_page_receipts.py")
    return run_tests(extended_copy, *files, "-k", "vanthu or receipts", "-v", "-v")


def test_example_connector_keeps_the_contract_and_passes_its_test(passed: str) -> None:
    assert len(re.findall(r"tests/contract/test_connectors\.py::.*vanthu.* PASSED", passed)) > 40
    assert re.search(r"tests/test_connector_vanthu\.py::.* PASSED", passed)


def test_example_page_is_found_and_passes_its_test(passed: str, extended_copy: Path) -> None:
    assert re.search(r"tests/test_page_receipts\.py::.* PASSED", passed)
    code = "from pages._discovery import page_modules; print([m.PAGE.path for m in page_modules()])"
    found = subprocess.run([sys.executable, "-c", code], cwd=extended_copy, capture_output=True, text=True, check=True)
    assert "receipts" in found.stdout


def test_example_scene_keeps_the_contract(passed: str) -> None:
    assert re.search(r"tests/contract/test_scenes\.py::.*receipts.* PASSED", passed)


def test_example_indicator_agrees_with_its_reference(extended_copy: Path) -> None:
    run_tests(extended_copy, "tests/test_indicators_match_reference.py", "-k", "matches_in_random_worlds and 180")
    code = "from metrics import catalogue; print('counter_rate' in catalogue())"
    found = subprocess.run([sys.executable, "-c", code], cwd=extended_copy, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "True"
