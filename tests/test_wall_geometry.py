"""The outlines of the map and the files that draw the wall, as screens fetch them."""

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from pages._live import holder
from store.dimensions import put_shapes
from store.rows import Batch, Unit
from tests.delivery import write
from tests.stores import lay_tables
from wall.assets_route import asset_routes, build
from wall.geometry import geometry_address, geometry_routes

# One degree east of 105° and north of 60°: there a degree of longitude is half as long as one of latitude.
WEST, EAST = (
    [[105, 59.5], [105.5, 59.5], [105.5, 60.5], [105, 60.5]],
    [[105.5, 59.5], [106, 59.5], [106, 60.5], [105.5, 60.5]],
)


def polygon(*corners: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


def unit(code: str, kind: str, parent: str | None) -> Unit:
    return Unit(code=code, valid_from=date(2020, 1, 1), kind=kind, name=f"Đơn vị {code}", parent_code=parent)


@pytest.fixture
def centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A province of one district with two communes, each half a degree wide and one high."""
    (tmp_path / "ioc.toml").write_text(f'[store]\nurl = "sqlite:///{tmp_path}/store.db"\n')
    monkeypatch.setenv("IOC_CONFIG", str(tmp_path / "ioc.toml"))
    monkeypatch.delenv("IOC_DATABASE_URL", raising=False)
    holder.cache_clear()
    centre = holder()
    lay_tables(centre.engine)
    units = [unit("H28", "tinh", None), unit("H28.1", "huyen", "H28")]
    units += [unit("H28.1.1", "xa", "H28.1"), unit("H28.1.2", "xa", "H28.1")]
    write(centre.engine, "motcua", Batch(units=units))
    yield centre
    centre.engine.dispose()
    holder.cache_clear()


def get(path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        app = Starlette(routes=[*geometry_routes(), *asset_routes()])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://centre") as client:
            return await client.get(path)

    return asyncio.run(ask())


def draw(centre: Any) -> None:
    whole = polygon(*WEST[:1], EAST[1], EAST[2], WEST[3])
    put_shapes(
        centre.engine, [("H28.1", whole), ("H28.1.1", polygon(*WEST)), ("H28.1.2", polygon(*EAST)), ("H99", whole)]
    )


def test_outlines_lie_in_the_view_box_at_true_proportions(centre: Any) -> None:
    draw(centre)
    answer = get(geometry_address(centre.live()))
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    told = answer.json()
    # One degree each way is half as wide as high there: 992 of width, twice that of height, and margins of 4.
    assert told["viewBox"] == "0 0 1000 1992.0"
    assert told["cells"]["H28.1.1"] == "M4.0 1988.0L500.0 1988.0L500.0 4.0L4.0 4.0Z"
    assert told["borders"] == ["M4.0 1988.0L996.0 1988.0L996.0 4.0L4.0 4.0Z"]
    assert set(told["cells"]) == set(told["centres"]) == {"H28.1.1", "H28.1.2"}
    x, y = told["centres"]["H28.1.2"]
    assert 740 < x < 756
    assert 250 < y < 1742


def test_store_without_outlines_has_no_address_for_them(centre: Any) -> None:
    assert geometry_address(centre.live()) == ""


def test_new_outlines_have_a_new_address_and_a_stranger_s_is_not_found(centre: Any) -> None:
    draw(centre)
    first = geometry_address(centre.live())
    put_shapes(centre.engine, [("H28.1.1", polygon(*WEST))])
    centre.look_again()
    assert geometry_address(centre.live()) != first
    assert get("/api/wall/geometry/0123456789abcdef.json").status_code == 404


def test_files_of_this_build_are_kept_for_ever_and_no_others_are_given() -> None:
    answer = get(f"/wall-assets/{build()}/patch.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    for path in ("0/patch.js", f"{build()}/nothing.js", f"{build()}/..%2Fhub.py", f"{build()}/hub.py"):
        assert get(f"/wall-assets/{path}").status_code == 404
