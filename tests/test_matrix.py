"""The matrix of roles and capabilities, cell by cell: whoever may gets it, whoever may not is refused, nothing stored.

A cell is asked as a visitor asks: routes over HTTP through the door, pages by the frame. What a page stores is tried
by who lost the role between drawing the form and pressing its button: who never had it sees no form at all.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from access.principal import CAPABILITIES, MATRIX, ROLES, Capability, Principal
from exports.writing import FORMS
from pages._discovery import page_modules
from pages._export_routes import page_views
from pages._language import vietnamese
from pages._refresh import NEEDS, refreshing
from pages._visitor import acting
from store import tables
from store.engine import reading
from store.screens import pins
from tests.roles_centre import (
    EVERYTHING,
    HELD,
    MINE,
    NAME,
    OTHERS,
    PEOPLE,
    RolesCentre,
    html,
    key,
    roles_centre,
)

STRANGER = "stranger"
VISITORS = (*ROLES, STRANGER)
MATRIX_PAGE = Path(__file__).parents[1] / "docs" / "security.md"
REASON = "reason=so+sanh+voi+mot+cua"
ASKED = {"today": {"unit": MINE[0]}, "my-unit": {"unit": MINE[0]}}


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RolesCentre]:
    with roles_centre(tmp_path_factory.mktemp("matrix")) as made:
        yield made


def may(who: str, capability: Capability) -> bool:
    return who != STRANGER and capability in MATRIX[who]  # type: ignore[index]


def person(who: str) -> Principal | None:
    """Who looks at pages: screens and machines cannot, but if one could, it would still be refused."""
    return PEOPLE.get(who)


def rows_of(centre: RolesCentre, table: sa.Table) -> int:
    with reading(centre.engine) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


# ---- what a cell asks ---------------------------------------------------------------------------------------------


class Asked(NamedTuple):
    """A question put to the centre: whether it was answered; and what must be so whenever it was not."""

    name: str
    ask: Callable[[RolesCentre, str], bool]


def route(path: str, *, holds: str = "") -> Asked:
    """A route: served, or refused with a status and without the content."""

    def ask(centre: RolesCentre, who: str) -> bool:
        answer = centre.get(path, "" if who == STRANGER else who)
        if answer.status_code == 200 and holds in answer.content.decode("utf-8", "replace"):
            return True
        if answer.status_code == 200:  # a file of figures, from which their rows are left out
            assert "khoa-" not in answer.text
            return False
        assert answer.status_code == (401 if who in (STRANGER, "screen") else 403), answer.text
        assert "khoa-" not in answer.text
        return False

    return Asked(path, ask)


def page(path: str, *, holds: str = "", **query: str) -> Asked:
    """A page as the frame draws it."""

    def ask(centre: RolesCentre, who: str) -> bool:
        seen = centre.page(path, person(who), **query)
        assert not seen.exception
        return drawn(seen, who, holds)

    return Asked(path, ask)


def drawn(seen: AppTest, who: str, holds: str = "") -> bool:
    """Whether it shows its own content, and not the way to sign in or that it is for others."""
    shown = html(seen)
    refused = vietnamese()["This page is not for your role."] in shown or (
        who == STRANGER and 'class="ioc-top"' not in shown
    )
    if refused:
        assert "khoa-" not in shown
        assert not seen.text_input
        assert not seen.file_uploader
        return False
    assert holds in shown
    return True


def act(
    name: str, path: str, press: Callable[[AppTest], None], stored: Callable[[RolesCentre], object], **query: str
) -> Asked:
    """Something that a page stores: the form is drawn for who may do everything, and sent by who is asked about."""

    def ask(centre: RolesCentre, who: str) -> bool:
        seen = centre.page(path, EVERYTHING, **query)
        assert not seen.exception
        before = stored(centre)
        centre.visitors.at_hand = person(who)
        press(seen)
        return stored(centre) != before

    return Asked(name, ask)


def typed(seen: AppTest, **texts: str) -> None:
    """Type into the fields whose keys end so."""
    for end, text in texts.items():
        fields: list[Any] = [*seen.text_input, *seen.text_area]
        next(field for field in fields if str(field.key).endswith(f"_{end}")).set_value(text)


def pressed(seen: AppTest, end: str) -> None:
    next(button for button in seen.button if str(button.key).endswith(end)).click().run()


def _note(seen: AppTest) -> None:
    typed(seen, text="Thiếu người")
    pressed(seen, "_store")


def _close(seen: AppTest) -> None:
    pressed(seen, "_close_it")


def _target(seen: AppTest) -> None:
    value = f"{_next()} %"
    typed(seen, value=value, why="Giao chỉ tiêu", decision="QĐ 1", issuer="UBND tỉnh")
    pressed(seen, "_store")


def _next(counted: list[int] = [10]) -> int:  # noqa: B006  # another value each time, so that something is stored
    counted[0] += 1
    return counted[0]


def _returns(seen: AppTest) -> None:
    day = f"2021-{_next() % 12 + 1:02}"
    table = f"unit_code,period,indicator,value\nH28.150,{day},portal_articles,{_next()}\n"
    seen.file_uploader[0].set_value(("returns.csv", table.encode(), "text/csv")).run()
    for button in seen.button:
        if str(button.key) == "returns_store":
            button.click().run()
            return


def _replay(seen: AppTest) -> None:
    pressed(seen, "quarantine_replay")


def _hold(seen: AppTest) -> None:
    pressed(seen, "wall_pause")


def _tries(centre: RolesCentre) -> int:
    """How often replays were noted: what is held stays held here."""
    return rows_of(centre, tables.metadata.tables["poll_runs"])


def _paired(centre: RolesCentre, who: str) -> bool:
    """Whether the stream of screen 1 takes this visitor."""
    said = asyncio.run(_stream(centre, centre.headers("" if who == STRANGER else who)))
    return "websocket.close" not in said


async def _stream(centre: RolesCentre, headers: Mapping[str, str]) -> list[str]:
    told = {"host": NAME, "origin": f"http://{NAME}", **{name.lower(): text for name, text in headers.items()}}
    scope = {
        "type": "websocket", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "ws",
        "path": "/api/wall/stream", "raw_path": b"/api/wall/stream", "query_string": b"screen=1", "root_path": "",
        "subprotocols": [],
        "headers": [(name.encode(), text.encode()) for name, text in told.items()],
        "client": ("10.1.2.3", 4711), "server": (NAME, 80), "extensions": {},
    }  # fmt: skip
    said: list[str] = []
    coming = iter([{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}])

    async def receive() -> dict[str, Any]:
        return dict(next(coming))

    async def send(message: Any) -> None:
        said.append(message["type"])

    await centre.app(scope, receive, send)
    return said


NOTES, CHANGES = tables.metadata.tables["notes"], tables.metadata.tables["target_changes"]
QUESTIONS: Mapping[Capability, tuple[Asked, ...]] = {
    "figures": (page("ranking"),),
    "dossiers": (page("today", holds=key(MINE[0], 1), unit=MINE[0]),),
    "export_figures": (route("/export/ranking.csv", holds="Đà Bắc"),),
    "export_dossiers": (
        route(f"/export/today.csv?unit={MINE[0]}&{REASON}", holds=key(MINE[0], 1)),
        route(f"/export/explore.csv?unit={MINE[0]}&part=dossiers&dossiers=received&{REASON}", holds=key(MINE[0], 1)),
    ),
    "notes": (
        act(
            "write a note", "notes", _note, lambda centre: rows_of(centre, NOTES),
            new="1", unit=MINE[0], indicator="on_time_rate", period="2021",
        ),
    ),
    "operate": (
        page("quarantine", holds=HELD),
        act("replay", "quarantine", _replay, _tries),
        act("returns", "returns", _returns, lambda centre: rows_of(centre, tables.returns), unit=MINE[0]),
        route(f"/export/quarantine.csv?{REASON}", holds="Cách ly"),
    ),
    "targets": (
        page("targets"),
        act("set a target", "targets", _target, lambda centre: rows_of(centre, CHANGES)),
    ),
    "screens": (page("screens"), act("hold a screen", "screens", _hold, lambda centre: str(pins(centre.engine)))),
    "audit": (page("audit"),),
    "wall": (Asked("the stream of screen 1", _paired),),
    "metrics": (route("/metrics", holds="ioc_"), route("/health/data")),
}  # fmt: skip


# ---- the cells ----------------------------------------------------------------------------------------------------


def cells() -> Iterator[Any]:
    """All of the matrix; a page is asked as a screen or a machine, which cannot come so far, by `make chaos`."""
    for who in VISITORS:
        for capability in CAPABILITIES:
            by_routes = capability.startswith("export_") or capability in ("wall", "metrics")
            late = () if by_routes or who not in ("screen", "machine") else (pytest.mark.chaos,)
            yield pytest.param(who, capability, id=f"{who}-{capability}", marks=late)


@pytest.mark.parametrize(("who", "capability"), list(cells()))
def test_cell(centre: RolesCentre, who: str, capability: Capability) -> None:
    for asked in QUESTIONS[capability]:
        assert asked.ask(centre, who) is may(who, capability), asked.name


EVERY_PAGE = [(who, module.PAGE.path) for who in VISITORS for module in page_modules() if not module.PAGE.bare]


@pytest.mark.chaos
@pytest.mark.parametrize(("who", "path"), EVERY_PAGE)
def test_every_page_is_drawn_for_who_may_see_it_and_no_other(centre: RolesCentre, who: str, path: str) -> None:
    needs = next(module.PAGE.needs for module in page_modules() if module.PAGE.path == path)
    assert page(path, **ASKED.get(path, {})).ask(centre, who) is may(who, needs)


EVERY_FORM = [(who, path, form) for who in VISITORS for path in page_views() for form in FORMS]


@pytest.mark.chaos
@pytest.mark.parametrize(("who", "path", "form"), EVERY_FORM)
def test_every_form_of_every_view_leaves_for_who_may_take_it(
    centre: RolesCentre, who: str, path: str, form: str
) -> None:
    needs = next(module.PAGE.needs for module in page_modules() if module.PAGE.path == path)
    allowed = may(who, needs) and may(who, "export_dossiers" if path == "today" else "export_figures")
    query = "&".join(f"{name}={value}" for name, value in ASKED.get(path, {}).items())
    assert route(f"/export/{path}.{form}?{query}&{REASON}").ask(centre, who) is allowed


def test_who_has_units_gets_the_dossiers_of_these_alone(centre: RolesCentre) -> None:
    theirs = centre.get(f"/export/explore.csv?unit=H28&part=dossiers&dossiers=received&period=2021&{REASON}", "staff")
    assert set(re.findall(r"khoa-(.+?)-\d{4}", theirs.text)) == set(MINE)
    page_of_others = html(centre.page("today", PEOPLE["staff"], unit=OTHERS[0]))
    assert "khoa-" not in page_of_others
    assert "16 hồ sơ được tính vào số liệu nhưng không liệt kê" in page_of_others


def test_a_part_that_refreshes_without_the_frame_asks_again_who_is_there(
    centre: RolesCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Callable[[], None]] = []
    did: list[str] = []
    monkeypatch.setattr(st, "fragment", lambda part, **_how: begun.append(part) or part)
    monkeypatch.setattr(st, "rerun", lambda: did.append("the frame is drawn"))
    monkeypatch.setattr(st, "session_state", {NEEDS: "operate"})
    with acting(PEOPLE["operator"]):
        refreshing("held")(lambda: did.append("drawn"))()
    with acting(PEOPLE["leader"]):
        begun[0]()
    assert did == ["drawn", "the frame is drawn"]


def test_every_page_needs_a_capability_that_somebody_has_and_the_matrix_is_asked_whole() -> None:
    needed = {module.PAGE.needs for module in page_modules()}
    assert needed <= set(CAPABILITIES)
    assert set(QUESTIONS) == set(CAPABILITIES)
    assert all(any(capability in MATRIX[role] for role in ROLES) for capability in CAPABILITIES)


# ---- the written matrix -------------------------------------------------------------------------------------------


def table_of_matrix() -> str:
    """The table of docs/security.md."""
    lines = [f"| capability | {' | '.join(VISITORS)} |", f"|---|{'---|' * len(VISITORS)}"]
    for capability in CAPABILITIES:
        cells = " | ".join("●" if may(who, capability) else "–" for who in VISITORS)
        lines.append(f"| `{capability}` | {cells} |")
    return "\n".join(lines)


def test_the_written_matrix_is_the_one_in_force() -> None:
    assert table_of_matrix() in MATRIX_PAGE.read_text("utf-8")


def test_the_written_matrix_says_of_each_page_what_it_needs() -> None:
    text = MATRIX_PAGE.read_text("utf-8")
    for module in page_modules():
        needs = "free" if module.PAGE.bare else f"`{module.PAGE.needs}`"
        assert f"| `/{module.PAGE.path}` | {needs} |" in text
