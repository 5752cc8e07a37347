"""The whole state of every page stands in its address: what is given is shown and kept, what is wrong is named."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from pages._discovery import page_modules
from store.engine import open_engine
from store.rows import RECEIVED, RETURNED, Batch, Dossier, Procedure, Unit
from tests.delivery import write
from tests.looked_at import looked_at
from tests.settings_text import ONE_STOP, STANDING
from tests.stores import lay_tables

RECIPIENT = """
[[recipients]]
name = "lan"
role = "operator"
url_env = "NO_SUCH_ADDRESS"
"""
NOON = datetime(2021, 12, 10, 5, tzinfo=UTC)
SINCE = date(2020, 1, 1)


@dataclass(frozen=True)
class Permalink:
    """An address of a page with no choice at its default.

    `kept`: the choices that every link of the page to itself keeps; the others are what such links change.
    `free`: the choices that no list limits, so that no value is wrong.
    """

    path: str
    choices: Mapping[str, str]
    kept: frozenset[str] = frozenset()
    free: frozenset[str] = field(default=frozenset())


FIGURE = {"indicator": "full_process_dossier_rate", "period": "2021-11"}
PERMALINKS = [
    Permalink("overview", {}),
    Permalink("wall", {}),
    Permalink("articles", {}),
    Permalink("sources", {}),
    Permalink("reconciliation", {}),
    Permalink("screens", {}),
    Permalink("index766", {"unit": "A", "period": "2021-Q4"}),
    Permalink("my-unit", {"unit": "A", **FIGURE}),
    Permalink(
        "today",
        {
            "unit": "A",
            "indicator": "online_dossier_rate",
            "period": "month",
            "kind": "huyen",
            "due": "overdue",
            "procedure": "1.01",
            "done": "motcua/late-A-0",
        },
        frozenset({"unit", "indicator", "period"}),
    ),
    Permalink("ranking", {"unit": "A1", "kind": "xa", **FIGURE}),
    Permalink(
        "explore",
        {
            "unit": "A",
            "indicator": "on_time_rate",
            "period": "2021-11",
            "compare": "peers",
            "part": "dossiers",
            "field": "G01",
            "procedure": "1.01",
            "dossiers": "open",
            "scope": "own",
        },
        frozenset({"indicator", "period", "compare"}),
    ),
    Permalink(
        "explore",
        {"unit": "A", "indicator": "on_time_rate", "period": "2021-11", "part": "procedure", "sort": "value"},
        frozenset({"indicator", "period"}),
    ),
    Permalink(
        "chance",
        {"unit": "A1", "kind": "xa", **FIGURE, "by": "month", "sort": "value", "order": "old"},
        frozenset({"kind", "indicator", "period", "by"}),
    ),
    Permalink("report-06a", {"unit": "A", "period": "2021-Q4", "by": "procedure"}),
    Permalink("notes", {"unit": "A", **FIGURE, "state": "all", "q": "bão"}, free=frozenset({"q"})),
    Permalink("definitions", {"indicator": "on_time_rate", "q": "hạn"}, free=frozenset({"q"})),
    Permalink("targets", {"indicator": "on_time_rate", "which": "all", "unit": "A"}),
    Permalink("returns", {"unit": "A", "period": "2021-Q4"}),
    Permalink("quarantine", {"source": "motcua", "class": "impossible_time", "reason": "bad_date"}),
    Permalink("audit", {"kind": "export"}),
    Permalink("messages", {"recipient": "lan", "state": "failed", "rule": "digest"}),
]
CHOOSING = [one for one in PERMALINKS if one.choices]
HOSTILE = (
    '"><script>alert(1)</script>',
    "x" * 10_000,
    "../../../../etc/passwd",
    "' OR '1'='1'; DROP TABLE units; --",
    "a\x00b",
    "🏛️\u202eabc",
)


@pytest.fixture(scope="module", autouse=True)
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A province with three districts and a commune, dossiers in time, late and open; settings that name it."""
    folder = tmp_path_factory.mktemp("permalinks")
    engine = open_engine(f"sqlite:///{folder}/store.db")
    lay_tables(engine)
    units = [
        Unit(code="P", valid_from=SINCE, kind="tinh", name="Tỉnh P"),
        *(Unit(code=code, valid_from=SINCE, kind="huyen", name=f"Huyện {code}", parent_code="P") for code in "ABC"),
        *(Unit(code=f"A{n}", valid_from=SINCE, kind="xa", name=f"Xã A{n}", parent_code="A") for n in (1, 2)),
    ]
    procedures = [
        Procedure(
            code=f"1.0{n}",
            valid_from=SINCE,
            name=f"Thủ tục {n}",
            level=3,
            tier="huyen",
            field_code=f"G0{n}",
            field_name=f"Lĩnh vực {n}",
        )
        for n in (1, 2)
    ]
    write(engine, "motcua", Batch(units=units, procedures=procedures, dossiers=list(_dossiers())))
    with looked_at(folder, (STANDING + ONE_STOP + RECIPIENT).format(home=folder, time="12:00")):
        yield engine
    engine.dispose()


def _dossiers() -> Iterator[Dossier]:
    received = NOON - timedelta(days=30)
    for unit in ("A", "B", "C", "A1", "A2"):
        for n in range(40):
            yield Dossier(
                source_id=f"{'done' if n % 4 else 'late'}-{unit}-{n}",
                unit_code=unit,
                procedure_code=f"1.0{1 + n % 2}",
                channel="online" if n % 3 else "counter",
                state=RETURNED if n % 4 else RECEIVED,
                received_at=received,
                due_at=received + timedelta(days=7),
                completed_at=received + timedelta(days=5 + n % 5) if n % 4 else None,
                updated_at=NOON - timedelta(days=1),
            )


class Drawn(HTMLParser):
    """What a page has drawn: all of it as text, the choices that it shows, its links, its warnings."""

    def __init__(self, seen: AppTest) -> None:
        super().__init__()
        assert not seen.exception
        self.html = " ".join(element.proto.body for element in seen.get("html"))
        self.shown: dict[str, set[str]] = {}
        self.links: list[dict[str, str]] = []
        self._list = ""
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "select":
            self._list = told["name"]
        elif tag == "option" and "selected" in told:
            self.shown.setdefault(self._list, set()).add(told["value"])
        elif tag == "input" and (told.get("type") != "checkbox" or "checked" in told):
            self.shown.setdefault(told.get("name", ""), set()).add(told.get("value", ""))
        elif tag == "a":
            self.links.append(told)

    def addresses(self, path: str) -> list[tuple[bool, dict[str, str]]]:
        """The choices of every link to a page, and whether it is marked as where the visitor is."""
        found = [
            (link, urlsplit(link["href"])) for link in self.links if "data-follow" in link and "data-forget" not in link
        ]
        return [("aria-current" in one, dict(parse_qsl(url.query))) for one, url in found if url.path == path]

    @property
    def warning(self) -> str:
        """The sentences about wrong values."""
        return self.html.partition("ioc-problem")[2].partition("</div>")[0]


def _draw_page(path: str) -> None:
    from pages._discovery import page_modules
    from pages._language import choose_language

    choose_language()
    next(module for module in page_modules() if module.PAGE.path == path).draw()


def _open(path: str, choices: Mapping[str, str]) -> Drawn:
    return _drawn(path, tuple(choices.items()))


@cache
def _drawn(path: str, choices: tuple[tuple[str, str], ...]) -> Drawn:
    """The store stands still: what was drawn once is looked at by several tests."""
    seen = AppTest.from_function(_draw_page, kwargs={"path": path}, default_timeout=60)
    for name, value in choices:
        seen.query_params[name] = value
    return Drawn(seen.run())


def _named(one: Permalink) -> str:
    return f"{one.path}-{'-'.join(one.choices)}"


def test_every_page_has_its_permalink_here() -> None:
    assert {one.path for one in PERMALINKS} == {module.PAGE.path for module in page_modules()}


@pytest.mark.parametrize("one", CHOOSING, ids=_named)
def test_address_shows_what_it_says(one: Permalink) -> None:
    drawn = _open(one.path, {**one.choices, "lang": "en"})
    assert drawn.warning == ""
    current = [choices for here, choices in drawn.addresses(one.path) if here]
    for name, value in one.choices.items():
        assert value in drawn.shown.get(name, set()) or any(there.get(name) == value for there in current), name


@pytest.mark.parametrize("one", CHOOSING, ids=_named)
def test_links_of_a_page_to_itself_keep_the_other_choices(one: Permalink) -> None:
    found = [choices for _here, choices in _open(one.path, {**one.choices, "lang": "en"}).addresses(one.path)]
    assert found or not one.kept
    for choices in found:
        assert choices.get("lang") == "en"
        assert {name: choices.get(name) for name in one.kept} == {name: one.choices[name] for name in one.kept}


@pytest.mark.parametrize(
    ("one", "name"), [(one, name) for one in CHOOSING for name in one.choices if name not in one.free]
)
def test_wrong_value_is_named_and_the_usual_one_shown(one: Permalink, name: str) -> None:
    usual = {key: value for key, value in one.choices.items() if key != name}
    drawn = _open(one.path, {**usual, name: "no-such"})
    assert "no-such" in drawn.warning
    assert drawn.shown.get(name) == _open(one.path, usual).shown.get(name)


@pytest.mark.parametrize("turn", [0, *(pytest.param(turn, marks=pytest.mark.chaos) for turn in range(1, len(HOSTILE)))])
@pytest.mark.parametrize("one", CHOOSING, ids=_named)
def test_hostile_values_neither_break_a_page_nor_come_back_as_they_are(one: Permalink, turn: int) -> None:
    """Each choice gets another value; after six turns each has had all."""
    every = {name: HOSTILE[(turn + n) % len(HOSTILE)] for n, name in enumerate(one.choices)}
    # A page without its unit reads no further.
    for choices in (every, every | {"unit": one.choices["unit"]}) if "unit" in every else (every,):
        drawn = _open(one.path, choices)
        assert "<script" not in drawn.html
        assert "x" * 1000 not in drawn.warning
