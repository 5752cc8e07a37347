"""What scenes say in the same way: that nothing is known yet, how old a sentence is, as much as fits."""

from collections.abc import Sequence

from pages._badges import FRESHNESS_SHAPES, freshness_word
from pages._language import _
from pages._live import Live
from wall.blocks import Line, Listing, Mark, Place, Scene, Span
from wall.freshness import data_time, mark_of_sources

_MOST = 8
_LONGEST = 150  # signs of a sentence


def nothing_yet(here: Live, title: str) -> Scene:
    """The sources in place of figures: nothing is known, which is something else than zero."""
    shown = here.sources[:_MOST]
    lines = {
        source.name: Line(
            head=source.name,
            text=freshness_word(source.state),
            value=data_time(source.last_good_at, here.now) if source.last_good_at else "",
            shape=FRESHNESS_SHAPES[source.state],
            fresh=source.state,
        )
        for source in shown
    }
    sources = Listing(
        at=Place(column=1, row=1, columns=12, rows=12),
        mark=mark_of_sources(here, here.sources),
        title=_("Sources"),
        lines=lines,
        order=list(lines),
        empty=_("No source is configured."),
    )
    return Scene(title=title, sentence=[Span(_("No data yet: no unit has been read."))], blocks={"sources": sources})


def age_spans(mark: Mark) -> list[Span]:
    """What must be said before a sentence whose figures are old; nothing while they are fresh or only late."""
    if mark.fresh == "stale":
        return [Span(_("As of {time}:", time=mark.time) + " ", "warn")]
    return [Span(_("Not all sources have been read:") + " ", "warn")] if mark.fresh == "unknown" else []


def fitting(told: Sequence[Span], further: Sequence[Span]) -> list[Span]:
    """A sentence with as many further pieces, in order, as it has room for."""
    found = list(told)
    for span in further:
        if sum(len(one.text) for one in found) + len(span.text) < _LONGEST:
            found += [Span(" "), span]
    return found
