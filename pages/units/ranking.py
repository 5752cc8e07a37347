"""Where does my unit stand among its peers, how sure is that, did it move, and what is missing to the target?"""

from exports.viewed import Viewed
from pages._address import address
from pages._contract import Page
from pages._downloads import download_bar
from pages._filters import (
    Choices,
    definition,
    form,
    indicator_field,
    period_fields,
    select,
    show_problems,
)
from pages._html import draw as draw_html
from pages._html import draw_last, escape, html_of
from pages._language import _
from pages._left_out import left_out_note
from pages._links import link
from pages._live import Live, live
from pages._once import address_now, html_once, once_equal
from pages._refresh import refreshing_html
from pages._sourced import no_data_yet, warn_of_silence
from pages._tiles import tiles
from pages.units._headlines import headlines, sentence
from pages.units._mine import my_unit
from pages.units._rows import ranked_rows, unranked
from pages.units._taken import ranking_taken
from pages.units._view import Asked, View, asked, lacking_units, shown

PAGE = Page(
    path="ranking",
    title="Ranking",
    question="Where does my unit stand among its peers, and did it move?",
    audience="units",
    order=3,
    icon=":material/leaderboard:",
    shares=("unit", "indicator", "period"),
    ahead=True,
)


def draw() -> None:
    """Filters from the URL, then the ranking, which refreshes itself."""
    here = live()
    key = (PAGE.path, address_now())
    wanted, above = once_equal(here, key, lambda: _asked_and_above(here))
    draw_html(above)
    if wanted.view is None:
        no_data_yet()
        return
    _standings(wanted.view)
    draw_last(html_once(here, (*key, "below"), lambda: _compose_below(wanted)))


def _asked_and_above(here: Live) -> tuple[Asked, str]:
    """What the address asks for, and what stands above the ranking."""
    choices = Choices(here.today)
    wanted = asked(here, choices)

    def compose() -> None:
        form(
            PAGE.path,
            indicator_field(wanted.indicator.key, wanted.period.end),
            select("kind", _("Units"), wanted.names, wanted.kind),
            period_fields(wanted.period_name, wanted.period, here.today),
            select("unit", _("My unit"), {"": _("none chosen"), **wanted.own}, wanted.mine),
        )
        show_problems(choices.problems)
        draw_html(definition(wanted.indicator, wanted.period.end))

    return wanted, html_of(compose)


def _compose_below(wanted: Asked) -> None:
    draw_html(f'<p class="ioc-note">{link(_("Chance or change?"), _chance(wanted))}</p>')
    download_bar(PAGE.path)


def viewed(here: Live, choices: Choices) -> Viewed:
    """The ranking of every unit of the group."""
    return ranking_taken(here, asked(here, choices), PAGE)


def _chance(wanted: Asked) -> str:
    """The same choices on the page that tells which units truly differ."""
    days = {"from_": str(wanted.period.start), "to": str(wanted.period.end)}
    period = days if wanted.period_name == "custom" else {"period": wanted.period_name}
    return address("chance", indicator=wanted.indicator.key, kind=wanted.kind, unit=wanted.mine, **period)


@refreshing_html("standings", shared=True)
def _standings(view: View) -> None:
    here = live()
    now = shown(view, here)
    warn_of_silence(here, view.indicator)
    draw_html(f'<p class="ioc-sentence">{escape(sentence(now))}</p>')
    draw_html(f'<div class="ioc-four">{tiles(headlines(now, here), dense=True)}</div>')
    for unit, name in lacking_units(now).items():
        draw_html(left_out_note(here, unit, view.period, [view.indicator], name))
    if view.mine and (said := my_unit(now, here)):
        draw_html(said)
    if now.ranked:
        draw_html(ranked_rows(now))
    if left := unranked(now, here.settings.ranking.minimum):
        draw_html(left)
