"""The schematic map of communes: cells by standing, district outlines above; an SVG, which is there with the page."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import streamlit as st

from pages import _format
from pages._address import address
from pages._badges import SHAPES, Standing, standing, standing_word
from pages._html import escape, remark, svg_image, table
from pages._language import Language, _, language
from pages._live import Live
from pages._marks import Member, spots
from pages._names import short_name
from pages._outline_map import outline_map
from pages._outlines import outlines
from pages._small import hidden_word
from pages._units import Units
from pages.leaders._picture import RANKED, Picture, target_of
from store.reads import shapes

Row = dict[str, Any]


def commune_rows(shown: Picture) -> list[Row]:
    """Each commune with its names, figure in words, n, and standing to its own, else its district's target."""
    rows = []
    for row in shown.communes.iter_rows(named=True):
        target = target_of(shown.targets, RANKED, row["unit"], row["parent"], shown.root)
        ranked, hidden = row["rank"] is not None, row["reason"] == "hidden"
        state: Standing = standing(row["value"], target.value, target.comparator) if target and ranked else "none"
        rows.append(
            {
                "unit": row["unit"],
                "name": row["name"],
                "district": short_name(shown.district_names.get(row["parent"] or "", "")),
                "text": hidden_word() if hidden else _format.percent(row["value"]),
                "n": hidden_word() if hidden else _format.number(row["denominator"]),
                "hidden": hidden,
                "ranked": ranked,
                "state": state,
            }
        )
    return rows


def commune_map(here: Live, shown: Picture) -> tuple[list[Row], str]:
    """The rows of `commune_rows`, and the map that shows them as HTML; none when the store has no shapes."""
    return _commune_map(here.version, here.today, here.settings.ranking.minimum, language(), here, shown)


# Written once for all visitors of one language, not at each refresh of each: as `_picture`, by the store's version.
@st.cache_resource(max_entries=4, show_spinner=False)
def _commune_map(
    version: int, today: date, minimum: int, spoken: Language, _here: Live, _shown: Picture
) -> tuple[list[Row], str]:
    rows = commune_rows(_shown)
    return rows, map_of(_here, rows)


def map_of(here: Live, rows: Sequence[Row]) -> str:
    """The map, HTML, each cell a way to its commune; none when the store has no shapes."""
    cells = cells_of(here)
    members = [_member(row) for row in rows if row["unit"] in cells]
    drawn = outlines(here, Units(here.counters, here.today), [member.code for member in members])
    if drawn is None:
        return ""
    svg, found = outline_map(members, drawn)
    image = svg_image(svg, _("Map of communes; the table below holds its figures."))
    return f'<div class="ioc-chart ioc-chart-communes">{image}{spots(found)}</div>'


def _member(row: Row) -> Member:
    return Member(
        code=row["unit"],
        name=", ".join(part for part in (row["name"], row["district"]) if part),
        value=None,
        text=row["text"],
        n=f"n = {row['n']}",
        state=row["state"],
        state_text=state_text(row),
        href=address("explore", indicator=RANKED, unit=row["unit"]),
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
    return remark(note_text())


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
    if row["hidden"]:
        return f"○ {hidden_word()}"
    if not row["ranked"]:
        return f"○ {_('too few dossiers')}"
    if row["state"] == "none":
        return f"○ {_('no target set')}"
    return f"{SHAPES[row['state']]} {standing_word(row['state'])}"


@st.cache_resource(max_entries=2, show_spinner=False)
def _read_shapes(url: str, _here: Live) -> dict[str, dict[str, Any]]:
    return {code: msgspec.json.decode(geometry) for code, geometry in shapes(_here.engine)}


def cells_of(here: Live) -> dict[str, dict[str, Any]]:
    """Code to the GeoJSON geometry of every unit that has one."""
    return _read_shapes(here.settings.database_url, here)


def points_of(coordinates: Any) -> list[tuple[float, float]]:
    """Every point of a geometry's coordinates: longitude and latitude."""
    if isinstance(coordinates[0], (int, float)):
        return [(coordinates[0], coordinates[1])]
    return [point for part in coordinates for point in points_of(part)]
