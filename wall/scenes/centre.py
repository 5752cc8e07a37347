"""Can the centre itself be believed: is every source read, does its count agree, what is held back, do screens live?

A screen is a device of today's real time, also at a simulated place. What a screen shows late or silent is told here
by the worst that it reported of itself.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clock import real_clock
from errors import StoreError
from pages import _format
from pages._badges import FRESHNESS_SHAPES, freshness_word
from pages._language import _
from pages._live import Live
from pages.operators.sources import outcome_word, reason_word
from store.health import Freshness, SourceHealth, quarantine_summary
from store.screens import ScreenState, screen_states
from wall.blocks import Cell, Cells, Figure, Line, Listing, Place, Scene, Span
from wall.freshness import data_time, mark_of_sources, mark_of_store
from wall.scenes._contract import Parameters, SceneKind
from wall.scenes._packed import sentence
from wall.watch import LayoutWatch, layout_path

SCENE = SceneKind(title="The centre itself", follows="polls")
_WORST: tuple[Freshness, ...] = ("unknown", "stale", "late", "fresh")
_MOST_SOURCES = 6
_MOST_SKEW_MS = 1000
_MOST_NAMED = 2


@dataclass(frozen=True)
class Looked:
    """Records held back: (source, reason, how many), the most first."""

    held: Sequence[tuple[str, str, int]] = ()


def look(here: Live, _parameters: Parameters) -> Looked:
    """The quarantine; the rest is asked when it is shown."""
    return Looked(quarantine_summary(here.engine))


def compose(looked: Looked, here: Live, _parameters: Parameters) -> Scene:
    """The sources, what is held back, the layout file and the screens."""
    layout, problem = _watch(layout_path(here.settings)).current()
    states = _states(here)
    screens = sorted(layout.screens)
    cells = {str(number): _cell(number, states) for number in screens}
    return Scene(
        title=_(SCENE.title),
        sentence=_sentence(looked, here, screens, states, problem),
        blocks={
            "sources": _sources(here),
            "held": _held(looked, here),
            "layout": _layout(problem, len(screens), here),
            "screens": Cells(
                at=Place(column=1, row=9, columns=12, rows=4),
                mark=mark_of_store(here),
                title=_("Screens"),
                cells=cells,
                order=list(cells),
            ),
        },
    )


@cache
def _watch(path: Path) -> LayoutWatch:
    return LayoutWatch(path)


def _states(here: Live) -> Mapping[int, ScreenState] | None:
    """The screens by number; None while the store cannot be asked: then nobody knows."""
    if here.stale_reason is not None:
        return None
    try:
        return {state.number: state for state in screen_states(here.engine, real_clock().now())}
    except StoreError:
        return None


def _cell(number: int, states: Mapping[int, ScreenState] | None) -> Cell:
    head = _format.number(number)
    if states is None:
        return Cell(head=head, text=_("unknown"), fresh="unknown")
    fresh, words = _health(states.get(number))
    return Cell(head=head, text=words, fresh=fresh)


def _health(state: ScreenState | None) -> tuple[Freshness, str]:
    """How a screen is: never seen, silent, its clock wrong, or the worst of what it shows."""
    if state is None or state.last_seen_at is None:
        return "unknown", _("not seen")
    if state.silent:
        return "stale", freshness_word("stale")
    if abs(state.skew_ms or 0) > _MOST_SKEW_MS:
        return "late", _("clock off")
    worst = state.worst or "unknown"
    words = {"fresh": _("well"), "late": _("shows late"), "stale": _("shows old"), "unknown": _("shows none")}
    return worst, words[worst]


def _sources(here: Live) -> Listing:
    ordered = sorted(here.sources, key=lambda source: _WORST.index(source.state))
    lines = {source.name: _source(source, here) for source in ordered[:_MOST_SOURCES]}
    left = len(ordered) - len(lines)
    return Listing(
        at=Place(column=1, row=1, columns=7, rows=8),
        mark=mark_of_sources(here, here.sources),
        title=_("Sources and their own count of the last poll"),
        lines=lines,
        order=list(lines),
        empty=_("No source is configured."),
        note=_("and {n} more", n=_format.number(left)) if left else "",
    )


def _source(source: SourceHealth, here: Live) -> Line:
    return Line(
        head=source.name,
        text=_counts(source) if source.state == "fresh" else _behind(source),
        value=data_time(source.last_good_at, here.now) if source.last_good_at else "",
        shape=FRESHNESS_SHAPES[source.state],
        tone="bad" if _differs(source) else "",
        fresh=source.state,
    )


def _behind(source: SourceHealth) -> str:
    """What is wrong with a source that is not fresh: its state, how its last run failed."""
    word = freshness_word(source.state)
    return word if source.last_outcome in (None, "ok") else f"{word}, {outcome_word(source.last_outcome)}"


def _differs(source: SourceHealth) -> bool:
    """Whether less came than the source says it holds."""
    return source.last_outcome == "ok" and source.source_count is not None and source.fetched < source.source_count


def _counts(source: SourceHealth) -> str:
    if source.last_outcome != "ok":
        return outcome_word(source.last_outcome)
    ours = _format.number(source.fetched)
    if source.source_count is None:
        return _("here {n}, its count not told", n=ours)
    told = _format.number(source.source_count)
    if _differs(source):
        missing = _format.number(source.source_count - source.fetched)
        return _("source {told}, here {n}: {missing} missing", told=told, n=ours, missing=missing)
    return _("source {told}, here {n}: agree", told=told, n=ours)


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
    looked: Looked, here: Live, screens: Sequence[int], states: Mapping[int, ScreenState] | None, problem: str | None
) -> list[Span]:
    """How the sources are, what is held back, what is wrong with the screens."""
    held = sum(count for _source_name, _reason, count in looked.held)
    found = _silent(here)
    if problem:
        found.append(Span(_("The layout file was refused."), "warn"))
    found += [span for span in (_dead(screens, states), _differing(here)) if span]
    if held:
        found.append(Span(_("Records held back: {n}.", n=_format.number(held))))
    return sentence(found)


def _silent(here: Live) -> list[Span]:
    """The sources that are not fresh, the worst first; all well when all are."""
    if not here.sources:
        return [Span(_("No source is configured."), "bad")]
    told = []
    for state in _WORST[:-1]:
        names = [source.name for source in here.sources if source.state == state]
        if names:
            words = _("Sources {word}: {names}.", word=freshness_word(state), names=_some(names))
            told.append(Span(words, "warn" if state == "late" else "bad"))
    return told or [Span(_("All {n} sources are fresh.", n=_format.number(len(here.sources))), "good")]


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    told = ", ".join(names[:_MOST_NAMED])
    return f"{told} {_('and {n} more', n=_format.number(more))}" if more > 0 else told


def _differing(here: Live) -> Span | None:
    short = [source.name for source in here.sources if _differs(source)]
    return Span(_("Less came than the source holds: {names}.", names=_some(short)), "bad") if short else None


def _dead(screens: Sequence[int], states: Mapping[int, ScreenState] | None) -> Span | None:
    if states is None:
        return None
    seen = {number: states[number] for number in screens if number in states and states[number].last_seen_at}
    silent = [_format.number(number) for number, state in seen.items() if state.silent]
    if silent:
        return Span(_("Silent screens: {numbers}.", numbers=", ".join(silent)), "bad")
    unseen = len(screens) - len(seen)
    if unseen:
        return Span(_("Screens not seen yet: {n}.", n=_format.number(unseen)), "warn")
    return Span(_("All {n} screens are alive.", n=_format.number(len(screens))), "good")
