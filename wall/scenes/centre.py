"""Can the centre itself be believed: is every source read, does its count agree, what is held back, do screens live?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pages import _format
from pages._language import _
from pages._live import Live
from pages.operators._source_words import reason_word
from store.reconciliation_results import Standing, held_and_reconciled
from wall.blocks import Figure, Line, Listing, Place, Scene, Span
from wall.freshness import mark_of_store
from wall.scenes._contract import Parameters, SceneKind
from wall.scenes._nothing import fitting
from wall.scenes._reconciled import reconciled_said
from wall.scenes._screens import States, screens, screens_said, states_of
from wall.scenes._sources import differing, sources, sources_said
from wall.watch import LayoutWatch, layout_path

SCENE = SceneKind(title="The centre itself", follows="polls")
_SOURCES, _SCREENS = Place(column=1, row=1, columns=7, rows=8), Place(column=1, row=9, columns=12, rows=4)


@dataclass(frozen=True)
class Looked:
    """Records held back: (source, reason, how many), the most first; how each source was reconciled last; the screens
    by number, None where nobody knows."""

    held: Sequence[tuple[str, str, int]] = ()
    reconciled: Sequence[Standing] = ()
    screens: States | None = None


def look(here: Live, _parameters: Parameters) -> Looked:
    """The quarantine, the reconciliation and the screens; the rest is told by `here`."""
    return Looked(*held_and_reconciled(here.engine), screens=states_of(here))


def compose(looked: Looked, here: Live, _parameters: Parameters) -> Scene:
    """The sources, what is held back, the layout file and the screens."""
    layout, problem = _watch(layout_path(here.settings)).current()
    numbers, states = sorted(layout.screens), looked.screens if here.stale_reason is None else None
    return Scene(
        title=_(SCENE.title),
        sentence=_sentence(looked, here, numbers, states, problem),
        blocks={
            "sources": sources(here, _SOURCES),
            "held": _held(looked, here),
            "layout": _layout(problem, len(numbers), here),
            "screens": screens(numbers, states, here, _SCREENS),
        },
    )


@cache
def _watch(path: Path) -> LayoutWatch:
    return LayoutWatch(path)


def _held(looked: Looked, here: Live) -> Figure:
    """How many records are held back, and which share of today's was rejected."""
    held = sum(count for _source_name, _reason, count in looked.held)
    fetched = sum(source.day_fetched for source in here.sources)
    rejected = sum(source.day_rejected for source in here.sources)
    share = _format.percent(rejected / fetched if fetched else None, 2)
    counted = {"part": _format.number(rejected), "n": _format.number(fetched), "share": share}
    most = next(iter(looked.held), None)
    return Figure(
        at=Place(column=8, row=1, columns=5, rows=5),
        mark=mark_of_store(here),
        title=_("Records in quarantine"),
        value=_format.number(held),
        unit=_("records"),
        change=_("most: {reason} ({source})", reason=reason_word(most[1]), source=most[0]) if most else "",
        n=_("today {part} of {n} rejected: {share}", **counted) if fetched else _("nothing was read today"),
    )


def _layout(problem: str | None, screens: int, here: Live) -> Listing:
    line = Line(head=_("in force, {n} screens", n=_format.number(screens)), shape="●", tone="good")
    if problem:
        line = Line(head=_refusal(problem), shape="■", tone="bad")
    return Listing(
        at=Place(column=8, row=6, columns=5, rows=3),
        mark=mark_of_store(here),
        title=_("Layout of the screens"),
        lines={"layout": line},
        order=["layout"],
    )


def _refusal(problem: str) -> str:
    found = re.search(r" line (\d+):", problem)
    if found is None:
        return _("new file refused, the old one stays")
    return _("refused at line {n}, the old one stays", n=found[1])


def _sentence(
    looked: Looked, here: Live, numbers: Sequence[int], states: States | None, problem: str | None
) -> list[Span]:
    """How the sources are, what is wrong with the screens, what is held back."""
    held = sum(count for _source_name, _reason, count in looked.held)
    found = sources_said(here)
    found += [Span(_("The layout file was refused."), "warn")] if problem else []
    found += [*screens_said(numbers, states), *differing(here), *reconciled_said(looked.reconciled, here)]
    found += [Span(_("Records held back: {n}.", n=_format.number(held)))] if held else []
    return fitting(found[:1], found[1:])
