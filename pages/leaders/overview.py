"""Is the province on course, who is not, and can I believe it?

Six headline figures of the year to date, the districts against the target, what is late, and the map of communes.
"""

from collections.abc import Sequence
from datetime import date
from itertools import chain

import streamlit as st

from exports.viewed import Viewed
from pages import _format
from pages._badges import delay, silence, standing
from pages._bars import Bar, bars
from pages._contract import Page
from pages._downloads import download_bar
from pages._drawn import drawn_bars
from pages._feeds import weakest
from pages._filters import Choices
from pages._html import draw as draw_html
from pages._html import escape, h2, remark
from pages._language import _
from pages._left_out import left_out_note, left_out_said
from pages._live import Live, live
from pages._names import indicator_definition, indicator_name, short_name
from pages._notes import note_mark, notes_said
from pages._refresh import SECONDS, refreshing, refreshing_html
from pages._small import hidden_word, rule
from pages._sourced import silences
from pages._taken import nothing, period_words
from pages._tiles import Tile, tiles
from pages._units import kind_names
from pages.leaders import _map, _words
from pages.leaders._map_drawn import drawn_map
from pages.leaders._overview_taken import overview_tables, year_of
from pages.leaders._picture import RANKED, Headline, Late, Picture, picture, target_of
from store.health import SourceHealth

PAGE = Page(
    path="overview",
    title="Overview",
    question="Is the province on course, who is not, and can I believe it?",
    audience="leaders",
    order=1,
    icon=":material/dashboard:",
)
_LATE_ROWS = 8


def draw() -> None:
    """Two parts that refresh by themselves: the headline figures; ranking, late dossiers and map."""
    _headlines()
    _details()
    download_bar(PAGE.path)


def viewed(here: Live, _choices: Choices) -> Viewed:
    """The headline figures, the ranking, what is overdue and the communes, with the bars and the map."""
    shown = picture(here)
    if shown.root is None:
        return nothing(PAGE, here)
    indicators = [headline.indicator for headline in shown.headlines]
    bars_drawn = drawn_bars(
        [_district(row, shown) for row in shown.ranked.iter_rows(named=True)],
        _ranking_heading(shown),
        goals=[_goal(shown)] * shown.ranked.height,
        goal_text=_goal_text(shown),
    )
    noted = [notes_said(here, indicator.key, [shown.root], year_of(here)) for indicator in indicators]
    return Viewed(
        name=PAGE.path,
        title=f"{_(PAGE.title)}: {shown.root_name}",
        sentence=_words.answer(shown),
        filters=(),
        period=period_words("year", year_of(here)),
        data_time=here.data_time,
        definitions=indicators,
        tables=overview_tables(here, shown),
        pictures=[*bars_drawn, *drawn_map(here, _map.commune_rows(shown))],
        notes=[
            *silences(here, *indicators),
            *left_out_said(here, shown.root, year_of(here), indicators),
            *chain(*noted),
            _map.note_text(),
            *([rule()] if here.settings.access.hide_small_cells else []),
        ],
    )


@refreshing_html("overview_headlines", SECONDS)
def _headlines() -> None:
    here = live()
    shown = picture(here)
    if shown.root is None:
        draw_html(_nothing_yet(here.sources))
        return
    year = _("{name}, 1 January to {day}", name=shown.root_name, day=_format.day(here.today))
    figures = [_tile(headline, shown, here) for headline in shown.headlines]
    sentence = f'<p class="ioc-sentence">{escape(_words.answer(shown))}</p>'
    lacking = left_out_note(here, shown.root, year_of(here), [headline.indicator for headline in shown.headlines])
    draw_html(f'{sentence}<p class="ioc-note">{escape(year)}</p>{tiles(figures)}{lacking}')


@refreshing("overview_details")
def _details() -> None:
    here = live()
    shown = picture(here)
    if shown.root is None:
        return
    left, right = st.columns([11, 9], gap="medium")
    with left:
        draw_html(_ranking(shown) + _late(shown.late, shown.late_hidden, here.today))
    with right:
        _draw_map(here, shown)


def _draw_map(here: Live, shown: Picture) -> None:
    rows, drawn = _map.commune_map(here, shown)
    heading = (
        _("Communes: online dossiers against the target of their district")
        if shown.district_names
        else _("Communes: online dossiers against the target")
    )
    draw_html(h2(heading))
    if not drawn:
        draw_html(remark(_("No map has been imported; the table shows the same figures.")))
    else:
        draw_html(_map.legend(rows) + drawn + _map.note())
    with st.expander(_("The map as a table"), key="communes_table"):
        draw_html(_map.map_table(rows))


def _tile(headline: Headline, shown: Picture, here: Live) -> Tile:
    indicator, target = headline.indicator, headline.target
    source = weakest(indicator, here.sources)
    return Tile(
        figure=indicator.key,
        name=indicator_name(indicator, here.today),
        mark=note_mark(here, indicator.key, shown.root or "", year_of(here)),
        value=_format.figure(indicator, headline.year.value),
        unit=_("dossiers") if indicator.key == "overdue" else _("meetings") if indicator.key == "meetings_held" else "",
        state=standing(headline.year.value, target.value, target.comparator) if target else "none",
        target=_("target {value}", value=_format.short_percent(target.value)) if target else _("no target set"),
        change=_words.change(headline),
        n=_words.counted(headline, shown),
        data_time=_format.moment(source.last_good_at) if source else "",
        warning=delay(source) if source else "",
        definition=indicator_definition(indicator, here.today),
        trend=headline.weeks,
        goal=target.value if target else None,
        trend_text=_("the last 12 weeks"),
    )


def _ranking(shown: Picture) -> str:
    rows = [_district(row, shown) for row in shown.ranked.iter_rows(named=True)]
    note = _("Thin line: 95% interval. n: dossiers received this year.")
    drawn = bars(rows, figure=RANKED, target=_goal(shown), target_text=_goal_text(shown))
    return h2(_ranking_heading(shown)) + drawn + remark(note)


def _ranking_heading(shown: Picture) -> str:
    return _("{kind} by online dossiers, this year", kind=kind_names()[shown.ranked_kind])


def _goal(shown: Picture) -> float | None:
    target = target_of(shown.targets, RANKED, shown.root)
    return target.value if target else None


def _goal_text(shown: Picture) -> str:
    goal = _goal(shown)
    return _("target {value}", value=_format.short_percent(goal)) if goal is not None else ""


def _district(row: dict[str, object], shown: Picture) -> Bar:
    target = target_of(shown.targets, RANKED, str(row["unit"]), shown.root)
    value = _number(row["value"])
    ranked, hidden = row["rank"] is not None, row["reason"] == "hidden"
    return Bar(
        label=short_name(str(row["name"])),
        rank=_format.number(_number(row["rank"])) if ranked else "–",
        value=value,
        text=hidden_word() if hidden else _format.percent(value),
        n="" if hidden else _("n = {n}", n=_format.number(_number(row["denominator"]))),
        low=_number(row["low"]),
        high=_number(row["high"]),
        state=standing(value, target.value, target.comparator) if target and ranked else "none",
    )


def _late(late: Sequence[Late], hidden: int, today: date) -> str:
    title = h2(_("Overdue now, by holder"))
    if hidden:
        title += remark(rule())
    if not late and not hidden:
        return title + remark(_("No open dossier is overdue."))
    rows = [
        Bar(
            label=short_name(unit.name),
            value=float(unit.count),
            text=_format.number(unit.count),
            n=_("/ {n} · {oldest}", n=_format.number(unit.open), oldest=_words.oldest(unit, today)),
        )
        for unit in late[:_LATE_ROWS]
    ]
    more = len(late) - len(rows)
    note = _("Overdue / open dossiers; the oldest of the overdue.")
    if more > 0:
        note = f"{note} {_('And {n} more units.', n=_format.number(more))}"
    return title + bars(rows, figure="overdue") + remark(note)


def _nothing_yet(sources: Sequence[SourceHealth]) -> str:
    if not sources:
        text = _("No data yet: no source is configured. Add [[sources]] to the settings and restart.")
        return f'<div class="ioc-empty">{escape(text)}</div>'
    text = _("No data yet: the sources are being read for the first time. This page fills itself.")
    told = "".join(f"<br>{escape(silence(source))}" for source in sources if source.state != "fresh")
    return f'<div class="ioc-empty">{escape(text)}{told}</div>'


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
