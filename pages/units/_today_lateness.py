"""To whom the unit's lateness belongs, in words with numbers: the unit, the applicant, the synchronisation."""

from datetime import date

from metrics import Lateness, lateness
from pages import _format
from pages._html import escape, h2
from pages._language import _
from pages._live import Live
from pages._periods import to_today_names
from pages.units._today_view import PAST_DUE, Wanted, ahead
from store.learning import completions_learnt_late


def lateness_note(here: Live, asked: Wanted) -> str:
    """What `lateness_said` says, as HTML; empty where nothing was late."""
    said = lateness_said(here, asked)
    if not said:
        return ""
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in said)
    heading = _("Whose lateness? {period}", period=to_today_names()[asked.period_name])
    return h2(heading) + f'<ul class="ioc-said ioc-lateness">{items}</ul>'


def lateness_said(here: Live, asked: Wanted) -> list[str]:
    """A sentence for each part of the lateness of the period that has any dossier."""
    found = _lateness(here, asked)
    said = []
    if found.by_unit:
        said.append(
            _(
                "Late by the unit: {n} dossiers ({done} completed after their due day, {overdue} overdue now).",
                n=_format.number(found.by_unit),
                done=_format.number(found.completed_late),
                overdue=_format.number(found.overdue),
            )
        )
    if found.supplemented:
        words = _("For {n} of those overdue a supplement was asked; their due day contains the pause already.")
        said.append(words.format(n=_format.number(found.supplemented)))
    if found.waiting:
        words = _("Waiting for the applicant's supplement or payment past their due day: {n}; not overdue.")
        said.append(words.format(n=_format.number(found.waiting)))
    if found.late_synchronised:
        words = _(
            "Late synchronisation: {n} dossiers were completed on time, but reported after their due day; until then "
            "they counted as overdue although they were not."
        )
        said.append(words.format(n=_format.number(found.late_synchronised)))
    return said


def _lateness(here: Live, asked: Wanted) -> Lateness:
    """Asked again when the figures change: with every completion that is learnt."""
    known = here.counters
    ages = {source.name: source.expected_age for source in here.settings.sources}

    def ask() -> Lateness:
        learnt = known.remembered(("learnt late",), date.max, lambda: completions_learnt_late(here.engine))
        work = ahead(here, asked)
        waiting, supplemented = work.waiting(PAST_DUE), work.supplemented(PAST_DUE)
        return lateness(known, asked.unit, asked.period, waiting, supplemented, learnt, ages)

    return known.remembered(("lateness", asked.unit, asked.period, here.today), date.max, ask)
