"""The sources as lines, each with its own count beside ours, and what is wrong with them in words."""

from collections.abc import Sequence

from pages import _format
from pages._badges import FRESHNESS_SHAPES, freshness_word
from pages._language import _
from pages._live import Live
from pages.operators._source_words import outcome_word
from store.health import Freshness, SourceHealth
from wall.blocks import Line, Listing, Place, Span
from wall.freshness import data_time, mark_of_sources

_WORST: tuple[Freshness, ...] = ("unknown", "stale", "late", "fresh")
_MOST_SOURCES = 6
_MOST_NAMED = 2


def sources(here: Live, at: Place) -> Listing:
    """The sources, the worst first."""
    ordered = sorted(here.sources, key=lambda source: _WORST.index(source.state))
    lines = {source.name: _source(source, here) for source in ordered[:_MOST_SOURCES]}
    left = len(ordered) - len(lines)
    return Listing(
        at=at,
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


def sources_said(here: Live) -> list[Span]:
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


def differing(here: Live) -> list[Span]:
    """The sources of which less came than they say they hold."""
    short = [source.name for source in here.sources if _differs(source)]
    return [Span(_("Less came than the source holds: {names}.", names=_some(short)), "bad")] if short else []


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    told = ", ".join(names[:_MOST_NAMED])
    return f"{told} {_('and {n} more', n=_format.number(more))}" if more > 0 else told
