"""What the last reconciliation of the sources found, in a sentence."""

from collections.abc import Sequence

from pages import _format
from pages._language import _
from pages._live import Live
from store.reconciliation_results import Standing
from wall.blocks import Span

_MOST_NAMED = 2


def reconciled_said(standings: Sequence[Standing], here: Live) -> list[Span]:
    """The sources whose figures differ or that did not answer; that all agree, and when; nothing before the first."""
    configured = {source.name for source in here.sources}
    known = [standing for standing in standings if standing.source in configured and standing.states]
    if not known:
        return []
    differing = [standing.source for standing in known if "differ" in standing.states]
    silent = [standing.source for standing in known if "silent" in standing.states]
    told = []
    if differing:
        told.append(Span(_("Reconciliation differs: {names}.", names=_some(differing)), "bad"))
    if silent:
        told.append(Span(_("Reconciliation without an answer: {names}.", names=_some(silent)), "warn"))
    if told:
        return told
    at = _format.moment(min(standing.began_at for standing in known))
    return [Span(_("Reconciled {at}: all figures agree.", at=at), "good")]


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    told = ", ".join(names[:_MOST_NAMED])
    return f"{told} {_('and {n} more', n=_format.number(more))}" if more > 0 else told
