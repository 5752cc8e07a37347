"""Where is the target reached and where not: every commune by an indicator, the best and the worst by name?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pages import _format
from pages._badges import SHAPES, Standing, standing_word
from pages._language import _
from pages._live import Live
from pages._names import short_name
from wall.blocks import AnyBlock, Line, Listing, Map, MapLabel, Place, Scene, Span
from wall.freshness import mark_of
from wall.geometry import geometry_address
from wall.scenes._contract import Parameters, SceneKind
from wall.scenes._nothing import nothing_yet
from wall.scenes._standings import (
    INDICATORS,
    Peer,
    Standings,
    heading,
    look_standings,
    sentence,
)

SCENE = SceneKind(title="Map", parameters={"indicator": INDICATORS})
_MAP_AT = Place(column=1, row=1, columns=6, rows=12)
_WORST_AT, _BEST_AT = Place(column=7, row=1, columns=6, rows=7), Place(column=7, row=8, columns=6, rows=5)
_WORST_ALONE, _BEST_ALONE = Place(column=1, row=1, columns=6, rows=12), Place(column=7, row=1, columns=6, rows=12)
_MOST_WORST, _MOST_BEST, _MOST_ALONE = 5, 3, 9


@dataclass(frozen=True, kw_only=True)
class Looked:
    """The communes by rank, and the address of their outlines; empty where none were imported."""

    standings: Standings
    geometry: str


def look(here: Live, parameters: Parameters) -> Looked | None:
    """The communes by the year to date; None while no unit is known."""
    found = look_standings(here, parameters["indicator"], "xa")
    return Looked(standings=found, geometry=geometry_address(here)) if found else None


def compose(looked: Looked | None, here: Live, _parameters: Parameters) -> Scene:
    """The map, and beside it the last and the first of the ranking; without a map these alone."""
    if looked is None:
        return nothing_yet(here, _(SCENE.title))
    standings, drawn = looked.standings, bool(looked.geometry)
    best = standings.peers[: _MOST_BEST if drawn else _MOST_ALONE]
    worst = standings.peers[len(best) :][::-1][: _MOST_WORST if drawn else _MOST_ALONE]
    signs = {peer.code: str(number) for number, peer in enumerate([*worst, *best], 1)} if drawn else {}
    low, high = _("Lowest"), _("Highest")
    if standings.indicator.better == "lower":
        low, high = high, low
    blocks: dict[str, AnyBlock] = {"map": _map(looked, signs, here)} if drawn else {}
    blocks["worst"] = _listing(worst, signs, low, _WORST_AT if drawn else _WORST_ALONE, standings, here)
    blocks["best"] = _listing(best, signs, high, _BEST_AT if drawn else _BEST_ALONE, standings, here)
    title = heading(standings, here, _("Map of communes") if drawn else _("Communes"))
    return Scene(title=title, sentence=sentence(standings, here, _where(standings)), blocks=blocks)


def _map(looked: Looked, signs: Mapping[str, str], here: Live) -> Map:
    standings = looked.standings
    cells = {peer.code: _state(peer, standings) for peer in standings.peers}
    return Map(
        at=_MAP_AT,
        mark=mark_of(here, standings.indicator.key),
        figure=standings.indicator.key,
        geometry=looked.geometry,
        cells=cells,
        legend=_legend(standings, set(cells.values())),
        labels=[MapLabel(code, sign) for code, sign in signs.items()],
        note=_("Schematic map: cells around the communes' centres, no administrative borders."),
    )


def _state(peer: Peer, standings: Standings) -> Standing:
    """To its target; where there are no targets, whether it is apart from the whole by more than chance explains."""
    if standings.judged or not peer.apart:
        return peer.state
    return "reached" if (peer.apart > 0) == (standings.indicator.better != "lower") else "missed"


def _legend(standings: Standings, states: set[Standing]) -> Mapping[str, str]:
    few = _("too few dossiers") if standings.few else ""
    if not standings.peers:
        return {"none": few} if few else {}
    if standings.judged:
        words = {state: standing_word(state) for state in ("reached", "near", "missed")}
        words["none"] = ", ".join(filter(None, [few, _("no target set") if "none" in states else ""]))
    else:
        words = {"reached": _("better than the whole"), "missed": _("worse than the whole")}
        words["none"] = _("like the whole, or too few") if few else _("like the whole")
    return {state: text for state, text in words.items() if text}


def _listing(
    peers: Sequence[Peer], signs: Mapping[str, str], title: str, at: Place, standings: Standings, here: Live
) -> Listing:
    counts = [_format.number(peer.share.denominator) for peer in peers]
    return Listing(
        at=at,
        mark=mark_of(here, standings.indicator.key),
        figure=standings.indicator.key,
        title=title,
        lines={peer.code: _line(peer, signs.get(peer.code, ""), standings) for peer in peers},
        order=[peer.code for peer in peers],
        empty=_("no commune counts enough"),
        note=_("n, in this order: {counts}", counts="; ".join(counts)) if counts else "",
    )


def _line(peer: Peer, sign: str, standings: Standings) -> Line:
    return Line(head=peer.name, value=_format.percent(peer.value), shape=sign or SHAPES[_state(peer, standings)])


def _where(standings: Standings) -> list[Span]:
    """The districts with the most of those below; where there are none, the last commune."""
    if not standings.below:
        return []
    units = standings.units.by_code
    above = [units.get(units[peer.code].parent_code or "") for peer in standings.below]
    counts = Counter(unit.name for unit in above if unit and unit.kind == "huyen")
    if len(counts) > 1:
        most = ", ".join(f"{short_name(name)} {_format.number(n)}" for name, n in counts.most_common(2))
        return [Span(_("Most: {most}.", most=most))]
    last = standings.below[-1]
    return [Span(_("Last: {name} {value}.", name=last.name, value=_format.percent(last.value)))]
