"""The choice of how Explore asks: in the units of the period or of today, as known now or as published."""

from clock import local_day
from metrics import Indicator, Period
from pages import _format
from pages._filters import Choices, select
from pages._html import remark
from pages._language import _
from pages._live import Live
from pages._small import hides
from pages.analysts._asked import Asked
from publishing import in_force
from store.publications import Publication, figures_of, publications


def asked_from(here: Live, choices: Choices, indicator: Indicator, period: Period) -> Asked:
    """The indicator, in the units and of the figures chosen; what is published can be asked for once a period is
    closed, today's units once any unit has a successor."""
    publication, hiding = _publication(here, period), hides(here, indicator)
    if publication and choices.one_of("figures", _figure_names(publication), "now", _("kind of figures")) != "now":
        frozen = figures_of(here.engine, publication)
        return Asked(counters=here.counters, indicator=indicator, publication=publication, frozen=frozen, hides=hiding)
    mapped = choices.one_of("units", _units_names(), "period", _("units")) == "today" and _units_changed(here)
    return Asked(counters=here.counters, indicator=indicator, today=here.today if mapped else None, hides=hiding)


def _publication(here: Live, period: Period) -> Publication | None:
    """The revision of the period in force now. Publishing raises the store's version: it is asked once for each."""
    question = ("publications", here.version, period)
    known = here.counters.remembered(
        question, here.today, lambda: publications(here.engine, (period.start, period.end))
    )
    return in_force(known, here.now)


def _units_changed(here: Live) -> bool:
    return not here.counters.snapshot.successions.is_empty()


def _units_names() -> dict[str, str]:
    return {"period": _("units of that time"), "today": _("mapped to today's units")}


def _figure_names(publication: Publication) -> dict[str, str]:
    day, revision = _format.day(local_day(publication.published_at)), publication.revision
    return {
        "now": _("as known now"),
        "published": _("as published on {day}", day=day)
        if revision == 1
        else _("as published on {day} (revision {n})", day=day, n=revision - 1),
    }


def how_asked(asked: Asked) -> str:
    """What is special about the figures shown; HTML."""
    publication = asked.publication
    if publication:
        words = _("Figures as published on {day}", day=_format.moment(publication.published_at))
        said = " · ".join(part for part in (words, publication.published_by, publication.reason) if part)
        return remark(said)
    if asked.today:
        words = _("Records of units that are no more count for the units that took over from them.")
        return remark(words)
    return ""


def asked_fields(here: Live, asked: Asked, period: Period) -> list[str]:
    """The choices of units and of figures, each only where there is one."""
    fields = []
    publication = _publication(here, period)
    if _units_changed(here) and not asked.publication:
        chosen = "today" if asked.today else "period"
        fields.append(select("units", _("In the units"), _units_names(), chosen))
    if publication:
        chosen = "published" if asked.publication else "now"
        fields.append(select("figures", _("Figures"), _figure_names(publication), chosen))
    return fields
