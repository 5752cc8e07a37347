"""Ten thousand requests by each role, from a seed: no dossier outside its scope comes back, and nothing breaks.

`make test` asks the first of them, `make chaos` all; the pages, which Streamlit draws, are asked with fuzzed choices.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from access.principal import ROLES
from pages._discovery import page_modules
from tests.fuzzed import HOSTILE, VALUES, Fuzzed, keys_in, request
from tests.often import first
from tests.roles_centre import MINE, PEOPLE, UNITS, RolesCentre, html, key, roles_centre

VISITORS = (*ROLES, "")
FEW, MANY, AT_ONCE = 150, 10_000, 500
PAGES_FUZZED = 40
# Whose dossiers a file may name: leaders see all of them on pages, and take none away.
IN_FILES = {"staff": MINE, "analyst": MINE}
ON_PAGES = {**IN_FILES, "leader": tuple(unit.code for unit in UNITS)}


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RolesCentre]:
    with roles_centre(tmp_path_factory.mktemp("fuzz")) as made:
        yield made


async def _ask(centre: RolesCentre, asked: Fuzzed) -> tuple[int, bytes]:
    """Status and content; a stream is opened, listened to for what comes first, and left."""
    status, content, gone = 0, b"", asyncio.Event()
    opening = {"type": "websocket.connect"} if asked.scope["type"] == "websocket" else None
    coming: list[dict[str, Any]] = [opening or {"type": "http.request", "body": asked.body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if coming:
            return coming.pop(0)
        if opening is None:
            await gone.wait()
        return {"type": "websocket.disconnect" if opening else "http.disconnect", "code": 1000}

    async def send(message: Any) -> None:
        nonlocal status, content
        status = message.get("status", status)
        content += message.get("body", b"") + str(message.get("text") or "").encode()

    await centre.app(asked.scope, receive, send)
    gone.set()
    return status, content


async def _round(centre: RolesCentre, who: str, seed: int, count: int) -> Counter[str]:
    """Ask so many; every answer is looked through. How many there were, were served, and named dossiers."""
    random, seen = Random(f"{who} {seed}"), Counter[str]()
    allowed = {(unit, number) for unit in IN_FILES.get(who, ()) for number in range(12)}
    for number in range(count):
        asked = request(random, centre.headers(who))
        status, content = await _ask(centre, asked)
        named = keys_in(content) - keys_in(asked.said.encode("utf-8", "replace"))
        seen += Counter(asked=1, served=int(status == 200), named=int(bool(named & allowed)))
        found = named - allowed
        told = (who, seed, number, asked.scope["path"], asked.scope["query_string"])
        assert not {(unit, dossier) for unit, dossier in found if _stored(unit, dossier)}, told
        assert status < 500, (status, told)
    return seen


def _stored(unit: str, number: int) -> bool:
    return any(unit == one.code for one in UNITS) and number < 12


def _blocks() -> list[Any]:
    return first(1, range(1 + MANY // AT_ONCE))


@pytest.mark.parametrize("block", _blocks())
@pytest.mark.parametrize("who", VISITORS)
def test_no_request_leaks_a_dossier_or_breaks_the_server(centre: RolesCentre, who: str, block: int) -> None:
    centre.visitors.at_hand = None
    seen = asyncio.run(_round(centre, who, block, AT_ONCE if block else FEW))
    # What is asked is not refused as a whole: everybody gets something, and who may take dossiers takes some.
    assert seen["asked"] == (AT_ONCE if block else FEW)
    assert seen["served"] > 0
    assert bool(seen["named"]) is (who in IN_FILES)


@pytest.mark.parametrize("block", first(0, range(2)))
@pytest.mark.parametrize("who", VISITORS)
def test_no_fuzzed_choice_on_a_page_leaks_a_dossier_or_breaks_it(centre: RolesCentre, who: str, block: int) -> None:
    random, person = Random(f"page {who} {block}"), PEOPLE.get(who)
    allowed = ON_PAGES.get(who, ())
    for number in range(PAGES_FUZZED):
        path = random.choice([module.PAGE.path for module in page_modules() if not module.PAGE.bare])
        names = random.sample(list(VALUES), random.randrange(1, 6))
        chosen = {name: random.choice(VALUES[name] if random.random() < 0.7 else HOSTILE) for name in names}
        seen = centre.page(path, person, **{name: text.replace("\ud800", "") for name, text in chosen.items()})
        assert not seen.exception, (who, number, path, chosen)
        said = keys_in(" ".join(chosen.values()).encode("utf-8", "replace"))
        leaked = {unit for unit, dossier in keys_in(html(seen).encode()) - said if _stored(unit, dossier)}
        assert leaked <= set(allowed), (who, path, chosen)


def test_the_search_finds_keys_in_every_form_of_a_file(centre: RolesCentre) -> None:
    for form in ("csv", "xlsx", "parquet", "pdf"):
        answer = centre.get(f"/export/today.{form}?unit={MINE[0]}&reason=doi+chieu", "staff")
        assert keys_in(answer.content) == {(unit, number) for unit in MINE for number in range(12) if number % 3}, form
    assert key(MINE[0], 1) == "khoa-H28.150-0001"
