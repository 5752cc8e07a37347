"""The schematic map of communes: cells by standing, district outlines above, no tiles and no outside request."""

import json
from collections.abc import Sequence
from datetime import date
from html import escape
from math import cos, log2, radians
from typing import Any

import pydeck as pdk
import streamlit as st
from pydeck.bindings.json_tools import default_serialize

from pages import _format
from pages._badges import SHAPES, Standing, standing, standing_word
from pages._html import table
from pages._language import Language, _, language
from pages._live import Live
from pages._names import short_name
from pages._palette import FEW_FILL, GROUND, INK, MISSED_FILL, NEAR_FILL, REACHED_FILL, rgb
from pages.leaders._picture import RANKED, Picture, target_of
from store.reads import shapes

HEIGHT = 430
_WIDTH = 410
_TILE = 512  # pixels of the whole world at zoom 0
FILLS = {"reached": REACHED_FILL, "near": NEAR_FILL, "missed": MISSED_FILL, "none": FEW_FILL}

Row = dict[str, Any]


def commune_rows(shown: Picture) -> list[Row]:
    """Each commune with its names, figure in words, n, and standing to its own, else its district's target."""
    rows = []
    for row in shown.communes.iter_rows(named=True):
        target = target_of(shown.targets, RANKED, row["unit"], row["parent"], shown.root)
        ranked = row["rank"] is not None
        state: Standing = standing(row["value"], target.value, target.comparator) if target and ranked else "none"
        rows.append(
            {
                "unit": row["unit"],
                "name": row["name"],
                "district": short_name(shown.district_names.get(row["parent"] or "", "")),
                "text": _format.percent(row["value"]),
                "n": _format.number(row["denominator"]),
                "ranked": ranked,
                "state": state,
            }
        )
    return rows


def commune_map(here: Live, shown: Picture) -> tuple[list[Row], pdk.Deck | None]:
    """The rows of `commune_rows`, and the map that shows them; None when the store has no shapes."""
    return _commune_map(here.version, here.today, here.settings.ranking.minimum, language(), here, shown)


# Written once for all visitors of one language, not at each refresh of each: as `_picture`, by the store's version.
@st.cache_resource(max_entries=4, show_spinner=False)
def _commune_map(
    version: int, today: date, minimum: int, spoken: Language, _here: Live, _shown: Picture
) -> tuple[list[Row], pdk.Deck | None]:
    rows = commune_rows(_shown)
    return rows, deck(_here, rows)


class WrittenOnce(pdk.Deck):  # type: ignore[misc]  # pydeck has no types
    """A map that is written as JSON once, without the indents that make pydeck's three times as long."""

    def __init__(self, **parts: object) -> None:
        super().__init__(**parts)
        self._text = json.dumps(self, sort_keys=True, default=default_serialize, separators=(",", ":"))

    def to_json(self) -> str:
        """What Streamlit sends."""
        return self._text


def deck(here: Live, rows: Sequence[Row]) -> pdk.Deck | None:
    """The map; None when the store has no shapes."""
    cells = cells_of(here)
    drawn = [row for row in rows if row["unit"] in cells]
    if not drawn:
        return None
    communes = {"type": "FeatureCollection", "features": [_feature(row, cells[row["unit"]]) for row in drawn]}
    inside = {row["unit"] for row in rows}
    around = [
        {"type": "Feature", "geometry": shape, "properties": {}} for code, shape in cells.items() if code not in inside
    ]
    layers = [
        pdk.Layer(
            "GeoJsonLayer",
            communes,
            id="communes",
            get_fill_color="properties.fill",
            get_line_color=[*rgb(GROUND), 200],
            line_width_min_pixels=0.6,
            pickable=True,
        ),
        pdk.Layer(
            "GeoJsonLayer",
            {"type": "FeatureCollection", "features": around},
            id="districts",
            filled=False,
            get_line_color=rgb(INK),
            line_width_min_pixels=1.6,
        ),
    ]
    # map_provider None and no map_style: the only way on which no tile is asked for (streamlit.md).
    return WrittenOnce(
        layers=layers,
        map_provider=None,
        initial_view_state=_view([cells[row["unit"]] for row in drawn]),
        views=[pdk.View(type="MapView", controller={"scrollZoom": False})],
        tooltip={"html": "{tip}", "style": {"font-family": "inherit", "font-size": "0.95rem"}},
    )


def legend(rows: Sequence[Row]) -> str:
    """Shapes, words and colours of the map, HTML. Without any target in force only what grey means."""
    told = any(row["state"] != "none" for row in rows)
    states: list[Standing] = ["reached", "near", "missed"] if told else []
    parts = [
        f'<span><span class="ioc-swatch ioc-fill-{state}"></span><span class="ioc-{state}">{SHAPES[state]} '
        f"{escape(standing_word(state))}</span></span>"
        for state in states
    ]
    for grey in dict.fromkeys(state_text(row) for row in rows if row["state"] == "none"):
        words = f'<span class="ioc-none">{escape(grey)}</span>'
        parts.append(f'<span><span class="ioc-swatch ioc-fill-few"></span>{words}</span>')
    return f'<div class="ioc-legend">{"".join(parts)}</div>'


def note() -> str:
    """What the map is not, HTML."""
    return f'<p class="ioc-note">{escape(note_text())}</p>'


def note_text() -> str:
    """What the map is not."""
    return _("Schematic map: cells are drawn around the communes' centres, they are no administrative borders.")


def map_table(rows: Sequence[Row]) -> str:
    """The map as a table, HTML."""
    head = [_("Commune"), _("District"), _("Online"), _("Dossiers"), _("State")]
    lines = [
        [escape(row["name"]), escape(row["district"]), escape(row["text"]), escape(row["n"]), escape(state_text(row))]
        for row in rows
    ]
    return table(head, lines, "figures", figure=RANKED)


def state_text(row: Row) -> str:
    """Where a commune stands, or why that cannot be said: shape and words."""
    if not row["ranked"]:
        return f"○ {_('too few dossiers')}"
    if row["state"] == "none":
        return f"○ {_('no target set')}"
    return f"{SHAPES[row['state']]} {standing_word(row['state'])}"


def _feature(row: Row, geometry: dict[str, Any]) -> dict[str, Any]:
    fill = rgb(FILLS[row["state"]])
    words = f"{row['text']} · n = {row['n']} · {state_text(row)}"
    tip = f"<b>{escape(row['name'])}</b>, {escape(row['district'])}<br>{escape(words)}"
    return {"type": "Feature", "geometry": geometry, "properties": {"fill": fill, "tip": tip}}


@st.cache_resource(max_entries=2, show_spinner=False)
def _read_shapes(url: str, _here: Live) -> dict[str, dict[str, Any]]:
    return dict(shapes(_here.engine))


def cells_of(here: Live) -> dict[str, dict[str, Any]]:
    """Code to the GeoJSON geometry of every unit that has one."""
    return _read_shapes(here.settings.database_url, here)


def _view(geometries: Sequence[dict[str, Any]]) -> pdk.ViewState:
    points = [point for geometry in geometries for point in points_of(geometry["coordinates"])]
    west, east = min(x for x, _y in points), max(x for x, _y in points)
    south, north = min(y for _x, y in points), max(y for _x, y in points)
    middle = (south + north) / 2
    per_degree = _TILE / 360
    zoom = min(
        log2(_WIDTH / ((east - west) * per_degree)),
        log2(HEIGHT * 0.94 * cos(radians(middle)) / ((north - south) * per_degree)),
    )
    return pdk.ViewState(longitude=(west + east) / 2, latitude=middle, zoom=round(zoom, 2))


def points_of(coordinates: Any) -> list[tuple[float, float]]:
    """Every point of a geometry's coordinates: longitude and latitude."""
    if isinstance(coordinates[0], (int, float)):
        return [(coordinates[0], coordinates[1])]
    return [point for part in coordinates for point in points_of(part)]
