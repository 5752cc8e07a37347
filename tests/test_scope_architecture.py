"""No way to single dossiers leads round the scope: who reads their table and why, and what visitors share."""

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import streamlit as st

from access.principal import Principal
from exports.viewed import Viewed
from metrics import Counters
from metrics._asked import Asked
from pages._export_routes import page_views
from pages._filters import Choices
from pages._language import speaking
from pages._live import holder, opened_to
from store import dossier_reads, work_reads
from store.engine import Engine
from store.reads import read_snapshot
from store.scope import always, closed, opened, units_of
from store.work_reads import Work
from tests.roles_centre import MINE, NOON, OTHERS, PEOPLE, RolesCentre, key, roles_centre
from tests.test_architecture import FOLDERS, modules, named, parsed

# Who reads the table of dossiers, or any table by its name, and why its rows need not pass the scope.
READERS = {
    "store/dossier_reads.py": "the lists themselves: through only_theirs",
    "store/work_reads.py": "the list of open ones, and named ones: through only_theirs; else counts, see FIGURES",
    "store/reads.py": "counts by unit and span with the oldest due day; the counters by their tables' names",
    "store/learning.py": "completions learnt late, without their keys, to be counted",
    "store/held_counts.py": "asks of a held record only whether an earlier state of it is stored",
    "store/reconciliation_counts.py": "counts of one source, by the polling process",
    "store/reconciliation_keys.py": "keys against those that a source shows, by the polling process",
    "store/reconciliation.py": "removes what a source no longer shows, by the polling process",
    "store/dossier_writes.py": "writes",
    "store/upsert.py": "writes",
    "store/writes.py": "writes",
    "store/partitions.py": "makes tables",
    "store/engine.py": "makes and empties tables",
    "store/kept_facts.py": "facts for rebuild, roll-up and `ioc.py facts`: whoever has the host",
    "store/backup_sums.py": "sums over a backup: whoever has the host",
    "store/counters_file.py": "counters by their tables' names",
    "store/following.py": "counters by their tables' names",
}
LISTS = {
    dossier_reads: {
        "received_dossiers", "completed_dossiers", "open_dossiers", "count_received", "count_completed", "count_open",
    },
    work_reads: {"open_dossiers", "completed"},
}  # fmt: skip
# Counts and sums, which are for all.
FIGURES = {"open_count", "due_by_procedure", "work_ahead"}
LISTED_BY = {
    "pages/analysts/_dossiers.py", "pages/units/today.py", "pages/units/_today_taken.py",
    "pages/units/_today_view.py",
}  # fmt: skip
ALL_ROWS = ([*MINE, *OTHERS], date(2021, 1, 1), date(2021, 12, 31))


def reads_dossiers(path: Path) -> bool:
    """Whether a module names the table of dossiers, or looks tables up by their names."""
    if not any(word in path.read_text("utf-8") for word in ("dossiers", "TABLES", "metadata")):
        return False
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom) and {one.name for one in node.names} & _TAKEN.get(str(node.module), set()):
            return True
        named_so = isinstance(node, ast.Attribute) and node.attr in ("dossiers", "tables", "sorted_tables")
        if named_so and ast.unparse(node).removeprefix("tables.") in _NAMED:
            return True
    return False


_TAKEN = {"store.tables": {"dossiers"}, "store.upsert": {"TABLES"}}
_NAMED = ("dossiers", "metadata.tables", "metadata.sorted_tables")


def test_only_these_modules_read_the_table_of_dossiers() -> None:
    every = [path for folder in ("", *FOLDERS) for path in modules(folder)]
    assert {named(path) for path in every if reads_dossiers(path)} == set(READERS)


def test_every_question_about_dossiers_is_a_list_or_a_figure() -> None:
    for module, lists in LISTS.items():
        asked = {name for name, function in _functions(module) if "engine" in inspect.signature(function).parameters}
        assert asked - FIGURES == lists, module.__name__


def _functions(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__ and not name.startswith("_"):
            yield name, function


def test_only_the_lists_of_pages_ask_for_single_dossiers() -> None:
    found = set()
    for path in (path for folder in ("", *FOLDERS) for path in modules(folder)):
        if not any(f"from {module.__name__} " in path.read_text("utf-8") for module in LISTS):
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ImportFrom):
                taken = {alias.name for alias in node.names}
                found |= {
                    named(path) for module, lists in LISTS.items() if node.module == module.__name__ and taken & lists
                }
    assert found == LISTED_BY


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RolesCentre]:
    with roles_centre(tmp_path_factory.mktemp("scope")) as made:
        yield made


def answers(engine: Engine) -> Mapping[str, int]:
    """How many rows each list gives."""
    open_, on = work_reads.open_dossiers(engine, Work(ALL_ROWS[0]), NOON), date(2021, 12, 10)
    keys = frozenset(("motcua", key(unit, 1)) for unit in ALL_ROWS[0])
    told = work_reads.completed(engine, read_snapshot(engine), Work(ALL_ROWS[0], keys=keys), NOON)
    return {
        "received": dossier_reads.received_dossiers(engine, [ALL_ROWS]).height,
        "completed": dossier_reads.completed_dossiers(engine, [ALL_ROWS]).height,
        "open": dossier_reads.open_dossiers(engine, ALL_ROWS[0], on).height,
        "count received": dossier_reads.count_received(engine, [ALL_ROWS]),
        "count completed": dossier_reads.count_completed(engine, [ALL_ROWS]),
        "count open": dossier_reads.count_open(engine, ALL_ROWS[0], on),
        "work": open_[0] + open_[1].height,
        "named": told.dossiers + len(told.found),
    }


def test_every_list_gives_all_of_an_open_engine_theirs_of_an_opened_one_and_nothing_of_a_closed_one(
    centre: RolesCentre,
) -> None:
    whole = answers(centre.engine)
    assert min(whole.values()) > 0
    assert set(answers(closed(centre.engine)).values()) == {0}
    mine = answers(opened(centre.engine, [always(code) for code in MINE]))
    assert mine == {name: count * len(MINE) // len(ALL_ROWS[0]) for name, count in whole.items()}


def test_the_web_server_and_its_wall_have_no_dossiers_of_their_own(centre: RolesCentre) -> None:
    assert units_of(holder().engine) == units_of(holder().live().engine) == frozenset()


# ---- what visitors share ------------------------------------------------------------------------------------------

ASKED: Mapping[str, Mapping[str, str]] = {
    "today": {"unit": MINE[0], "done": f"motcua/{key(MINE[0], 1)},motcua/{key(OTHERS[0], 1)}"},
    "my-unit": {"unit": MINE[0]},
    "explore": {"unit": "H28", "part": "dossiers", "dossiers": "received", "period": "2021"},
}


def shown(path: str, who: Principal) -> Viewed:
    """A page's view for somebody."""
    here = opened_to(holder().live(), who)
    with speaking("vi"):
        return page_views()[path](here, Choices(here.today, given=ASKED.get(path, {})))


def told(view: Viewed) -> list[object]:
    """All that a view says, to be compared."""
    frames = [table.frame.rows() for table in view.tables]
    return [view.sentence, list(view.notes), frames, [picture.svg for picture in view.pictures]]


def forget() -> None:
    """As in a process that nobody has asked yet."""
    st.cache_resource.clear()
    st.cache_data.clear()
    centre = holder()
    centre._counters = Counters(read_snapshot(centre.engine))


@pytest.mark.parametrize("path", page_views())
def test_who_came_before_changes_nothing(centre: RolesCentre, path: str) -> None:
    forget()
    alone = told(shown(path, PEOPLE["staff"]))
    forget()
    shown(path, PEOPLE["operator"])
    shown(path, PEOPLE["leader"])
    assert told(shown(path, PEOPLE["staff"])) == alone


@pytest.mark.parametrize("path", page_views())
def test_every_table_of_single_dossiers_says_so(centre: RolesCentre, path: str) -> None:
    """By that an export asks for a reason."""
    for table in shown(path, PEOPLE["leader"]).tables:
        named = any("khoa-" in str(row) for row in table.frame.rows())
        assert named is (table.dossiers and not table.frame.is_empty()), table.name


def test_nothing_that_is_remembered_for_several_visitors_reads_single_dossiers(
    centre: RolesCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking: list[tuple[Any, ...]] = []
    answer, only_theirs = Asked.answer, work_reads.only_theirs

    def answering(self: Asked, question: Any, until: int, ask: Callable[[], Any]) -> Any:
        def noted() -> Any:
            asking.append(question)
            try:
                return ask()
            finally:
                asking.pop()

        return answer(self, question, until, noted)

    def guarded(engine: Engine, row: Any) -> Any:
        for question in asking:
            assert units_of(engine) in question, f"{question} is remembered for all, and reads single dossiers"
        return only_theirs(engine, row)

    monkeypatch.setattr(Asked, "answer", answering)
    monkeypatch.setattr(work_reads, "only_theirs", guarded)
    monkeypatch.setattr(dossier_reads, "only_theirs", guarded)
    forget()
    for path in page_views():
        shown(path, PEOPLE["staff"])


CACHES = ("cache", "lru_cache", "cache_resource", "cache_data")


def test_nothing_that_is_kept_for_the_process_asks_for_lists() -> None:
    lists = set().union(*LISTS.values())
    for path in [*modules("pages"), *modules("wall"), *modules("messages")]:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef) and any(
                cache in ast.unparse(decorator).replace("(", ".").split(".")
                for decorator in node.decorator_list
                for cache in CACHES
            ):
                called = {ast.unparse(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)}
                assert not called & lists, f"{named(path)}: {node.name}"
