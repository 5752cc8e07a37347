"""What figures lack because records are held back: one sentence for a unit and period, with the way to the records."""

from collections.abc import Iterable, Sequence
from datetime import date

from metrics import Indicator, LeftOut, Period, left_out
from pages import _format
from pages._address import address
from pages._feeds import counted_kind
from pages._html import escape
from pages._language import _
from pages._links import link
from pages._live import Live
from store.held_counts import held_counts

_SMALLEST_SHOWN = 0.001


def left_out_note(here: Live, unit: str, period: Period, indicators: Iterable[Indicator], name: str = "") -> str:
    """The sentences of `left_out_said` with a link to the quarantine, as HTML; empty when nothing is held back."""
    said = left_out_said(here, unit, period, indicators, name)
    if not said:
        return ""
    way = link(_("See the quarantine"), address("quarantine"))
    return f'<p class="ioc-note ioc-left-out">▲ {escape(" ".join(said))} {way}</p>'


def left_out_said(here: Live, unit: str, period: Period, indicators: Iterable[Indicator], name: str = "") -> list[str]:
    """What the figures of a unit and all below it lack, a sentence for each kind of record that these indicators count;
    none when nothing is held back. `name`: of the unit, where it must be said."""
    kinds = {counted_kind(indicator) for indicator in indicators}
    lacking = [one for one in _left_out(here, unit, period) if one.kind in kinds]
    return [f"{name}: {_sentence(one)}" if name else _sentence(one) for one in lacking]


def _left_out(here: Live, unit: str, period: Period) -> Sequence[LeftOut]:
    """Asked again when the figures or the numbers of held records change."""
    held = tuple((source.name, source.quarantined, source.day_rejected) for source in here.sources)
    if not any(quarantined for _name, quarantined, _day in held):
        return []
    known = here.counters

    def ask() -> list[LeftOut]:
        frame = known.remembered(("held counts", held), date.max, lambda: held_counts(here.engine))
        return left_out(known, frame, unit, period)

    return known.remembered(("left out", held, unit, period), date.max, ask)


def _sentence(one: LeftOut) -> str:
    said = []
    words = {
        "dossiers": (
            _("{share} of the dossiers are not counted ({n} held back)."),
            _("{n} dossiers are counted as they were before."),
            _("{n} dossiers of unknown units are not counted and may belong here."),
        ),
        "documents": (
            _("{share} of the documents are not counted ({n} held back)."),
            _("{n} documents are counted as they were before."),
            _("{n} documents of unknown units are not counted and may belong here."),
        ),
        "meetings": (
            _("{share} of the meetings are not counted ({n} held back)."),
            _("{n} meetings are counted as they were before."),
            _("{n} meetings of unknown units are not counted and may belong here."),
        ),
    }[one.kind]
    for form, count in zip(words, (one.held, one.outdated, one.unplaced), strict=True):
        if count:
            said.append(form.format(share=_share(one.share), n=_format.number(count)))
    return " ".join(said)


def _share(share: float) -> str:
    if share < _SMALLEST_SHOWN:
        return _("less than {share}", share=_format.percent(_SMALLEST_SHOWN))
    return _format.percent(share)
