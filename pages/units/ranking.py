"""Where does my unit stand among its peers, how sure is that, did it move, and what is missing to the target?"""

import streamlit as st

from pages._contract import Page
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
from pages._html import draw_drill_style, escape
from pages._language import _
from pages._links import follow_links
from pages._live import live
from pages._sourced import no_data_yet, warn_of_silence
from pages._tiles import tiles
from pages._units import Units, kind_names
from pages.units._headlines import headlines, sentence
from pages.units._mine import my_unit
from pages.units._rows import ranked_rows, unranked
from pages.units._view import View, group_name, groups, members, shown

PAGE = Page(
    path="ranking",
    title="Ranking",
    question="Where does my unit stand among its peers, and did it move?",
    audience="units",
    order=3,
    icon=":material/leaderboard:",
)


def draw() -> None:
    """Filters from the URL, then the ranking, which refreshes itself."""
    draw_drill_style()
    follow_links()
    here = live()
    choices = Choices(here.today)
    indicator = choices.indicator()
    period_name, period = choices.period()
    found = groups(here, period)
    names = {key: group_name(group) for key, group in found.items()} or kind_names()
    usual = next(iter(names))
    kind = choices.one_of("kind", names, usual, _("kind of units"))
    own = members(Units(here.counters, period.end), found[kind]) if found else {}
    mine = choices.one_of("unit", own, "", _("unit of this kind")) if own else ""
    form(
        PAGE.path,
        indicator_field(indicator.key, period.end),
        select("kind", _("Units"), names, kind),
        period_fields(period_name, period, here.today),
        select("unit", _("My unit"), {"": _("none chosen"), **own}, mine),
    )
    show_problems(choices.problems)
    draw_html(definition(indicator, period.end))
    if found:
        _standings(View(here=here, indicator=indicator, group=found[kind], period=period, mine=mine))
    else:
        no_data_yet()


@st.fragment(run_every=5, key="standings")
def _standings(view: View) -> None:
    here = live()
    now = shown(view, here)
    warn_of_silence(here, view.indicator)
    draw_html(f'<p class="ioc-sentence">{escape(sentence(now))}</p>')
    draw_html(f'<div class="ioc-four">{tiles(headlines(now, here), dense=True)}</div>')
    if view.mine and (said := my_unit(now, here)):
        draw_html(said)
    if now.ranked:
        draw_html(ranked_rows(now))
    if left := unranked(now, here.settings.ranking.minimum):
        draw_html(left)
