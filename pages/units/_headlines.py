"""The ranking in one sentence and four headline figures."""

from statistics import median
from typing import Any

from metrics import figures
from pages import _format
from pages._goals import goal_text
from pages._language import _
from pages._live import Live
from pages._periods import against
from pages._tiles import Tile
from pages.units._view import Shown, counted, group_name

_TILES = 4


def sentence(shown: Shown) -> str:
    """How many miss their target, who is first and who last."""
    if not shown.ranked:
        return _("No unit of this kind can be ranked: nothing to count, or too little.")
    rows, indicator = shown.ranked, shown.view.indicator
    first, last = rows[0], rows[-1]
    told = _(
        "First {first} {best}, last {last} {worst}.",
        first=shown.units.label(first["unit"]),
        best=_format.figure(indicator, first["value"]),
        last=shown.units.label(last["unit"]),
        worst=_format.figure(indicator, last["value"]),
    )
    if not shown.peers:
        return told
    short = sum(shown.state(row["unit"], row["value"]) in ("near", "missed") for row in rows)
    name = group_name(shown.view.group)
    name = name[:1].lower() + name[1:]
    return _("{n} of {total} {kind} miss their target.", n=short, total=len(rows), kind=name) + " " + told


def headlines(shown: Shown, here: Live) -> list[Tile]:
    """The visitor's unit, the whole province, the middle unit, how many reached the target: four at most."""
    tiles = [_mine(shown)] if shown.view.mine else []
    tiles += [_whole(shown, here, root.code, root.name) for root in shown.units.roots()[:1]]
    values = [row["value"] for row in shown.ranked]
    middle = _format.figure(shown.view.indicator, median(values)) if values else _format.nothing()
    half = _("half of the ranked units are above it, half below")
    tiles.append(_tile(shown, name=_("Middle unit"), value=middle, n=half))
    if shown.peers:
        tiles.append(_reached(shown))
    if len(tiles) < _TILES:
        apart = shown.found.height - len(shown.ranked)
        said = _("{n} not ranked, listed below", n=_format.number(apart)) if apart else _("every unit of this kind")
        tiles.append(_tile(shown, name=_("Ranked"), value=_format.number(len(shown.ranked)), n=said))
    return tiles


def _tile(shown: Shown, **texts: Any) -> Tile:
    return Tile(figure=shown.view.indicator.key, **texts)


def _mine(shown: Shown) -> Tile:
    mine = shown.view.mine
    row = shown.mine
    if row["rank"] is None:
        return _tile(shown, name=shown.units.label(mine), value="–", n=_("not ranked"))
    return _tile(
        shown,
        name=shown.units.label(mine),
        value=_("rank {rank}", rank=row["rank"]),
        unit=f"/ {_format.number(len(shown.ranked))}",
        state=shown.state(mine, row["value"]),
        target=_format.figure(shown.view.indicator, row["value"]),
        n=counted(row),
    )


def _whole(shown: Shown, here: Live, code: str, name: str) -> Tile:
    indicator, period, target = shown.view.indicator, shown.view.period, shown.targets.get(code)
    row = figures(here.counters, period, [indicator.key], units=[code]).row(0, named=True)
    earlier = figures(here.counters, period.previous(), [indicator.key], units=[code])["value"][0]
    return _tile(
        shown,
        name=name,
        change=_change(shown, row["value"], earlier if shown.compared else None),
        value=_format.figure(indicator, row["value"]),
        state=shown.state(code, row["value"]),
        target=_("target {target}", target=goal_text(target)) if target else "",
        n=counted(row),
    )


def _change(shown: Shown, now: float | None, before: float | None) -> str:
    if now is None or before is None:
        return ""
    return against("previous", _format.difference(shown.view.indicator, now - before))


def _reached(shown: Shown) -> Tile:
    reached = sum(shown.state(row["unit"], row["value"]) == "reached" for row in shown.ranked)
    return _tile(
        shown,
        name=_("Reached the target"),
        value=_format.number(reached),
        unit=f"/ {_format.number(len(shown.ranked))}",
        n="; ".join(sorted({target.decision for target in shown.peers.values()})),
    )
