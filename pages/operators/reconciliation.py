"""Does the centre count what the sources count, and if not, in which units and records does it differ?"""

from exports.viewed import Viewed
from pages import _format
from pages._contract import Page
from pages._downloads import download_bar
from pages._filters import Choices
from pages._html import draw as draw_html
from pages._html import escape, h2, remark, style
from pages._language import _
from pages._live import Live, live
from pages._refresh import refreshing
from pages.operators._reconciliation_tables import (
    SHOWN,
    Found,
    figures_html,
    figures_table,
    keys_html,
    keys_table,
    source_state,
    sources_html,
    sources_table,
)
from store.reconciliation_results import last_reconciliations, next_night

PAGE = Page(
    path="reconciliation",
    title="Reconciliation",
    question="Does the centre count what the sources count?",
    audience="operators",
    order=2,
    icon=":material/balance:",
    needs="operate",
)


def draw() -> None:
    """A sentence, a row per source, per figure, per unit and record that differs."""
    draw_html(style(__file__, "_reconciliation.css"))
    download_bar(PAGE.path)
    _draw_found()


@refreshing("reconciliation")
def _draw_found() -> None:
    found = _found(live())
    draw_html(f'<p class="ioc-sentence">{escape(_sentence(found))}</p>')
    if not found.last:
        return
    draw_html(sources_html(found))
    units, keys = found.units, found.keys
    draw_html(
        _section(_("Figures"), figures_html(found.figures, found), _("No source has been compared yet."))
        + _section(_("Units that differ"), figures_html(units[:SHOWN], found), _("No unit differs."), len(units))
        + _section(_("Records that differ"), keys_html(keys[:SHOWN], found), _("No record differs."), len(keys))
    )


def _section(title: str, rows: str, nothing: str, total: int = 0) -> str:
    heading = h2(title)
    if not rows:
        return heading + remark(nothing)
    if total <= SHOWN:
        return heading + rows
    words = _("The first {n} of {total}; the file has all.", n=_format.number(SHOWN), total=_format.number(total))
    return heading + rows + remark(words)


def viewed(here: Live, _choices: Choices) -> Viewed:
    """The four tables with all their rows."""
    found = _found(here)
    return Viewed(
        name=PAGE.path,
        title=_(PAGE.title),
        sentence=_sentence(found),
        filters=(),
        period="",
        data_time=here.data_time,
        definitions=(),
        tables=[
            sources_table(found),
            figures_table(found.figures, _("Figures"), found),
            figures_table(found.units, _("Units that differ"), found),
            keys_table(found.keys, found),
        ],
    )


def _found(here: Live) -> Found:
    last = last_reconciliations(here.engine)
    return Found(here, {source.name: last.get(source.name) for source in here.sources})


def _sentence(found: Found) -> str:
    if not found.last:
        return _("No source is configured: add [[sources]] to the settings and restart.")
    states = {source: source_state(run) for source, run in found.last.items()}
    if set(states.values()) <= {"never", "incomparable"} and not found.figures:
        at = _format.moment(next_night(found.here.now))
        return _("No source has been compared yet; the next time is {at}, or now by “ioc.py reconcile”.", at=at)
    told = []
    if differing := [figure for _source, figure in found.figures if figure.state == "differ"]:
        counts = {"part": _format.number(len(differing)), "n": _format.number(len(found.figures))}
        still = sum(not key.settled for _source, key in found.keys)
        told.append(_("{part} of {n} figures differed at the last comparison.", **counts))
        told.append(
            _("{n} records are still open.", n=_format.number(still))
            if still
            else _("What differed record by record has been mended.")
        )
    if silent := [source for source, state in states.items() if state == "silent"]:
        told.append(_("Not answered at the last comparison: {names}.", names=", ".join(silent)))
    agreeing = sum(figure.state == "agree" for _source, figure in found.figures)
    return " ".join(told) or _("All {n} figures that could be compared agree.", n=_format.number(agreeing))
