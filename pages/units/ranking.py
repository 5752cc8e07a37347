"""Where does my unit stand among its peers, how sure is that, and did it move?"""

from pathlib import Path
from statistics import median

import polars as pl
import streamlit as st

from metrics import Indicator, Period, figures, ranking
from pages import _format
from pages._badges import Standing, standing
from pages._contract import Page
from pages._filters import (
    Choices,
    definition,
    form,
    indicator_field,
    indicator_name,
    period_fields,
    period_text,
    select,
    show_problems,
)
from pages._goals import goal_text, goals
from pages._html import draw as draw_html
from pages._html import escape, table
from pages._language import _
from pages._links import address, follow_links
from pages._live import Live, live
from pages._order import vietnamese_order
from pages._ranked import RankedRow, ranked_table
from pages._sourced import no_data_yet, warn_of_silence
from pages._tiles import Tile, tiles
from pages._units import Units, kind_names
from store.reads import Target

PAGE = Page(
    path="ranking",
    title="Ranking",
    question="Where does my unit stand among its peers, and did it move?",
    audience="units",
    order=1,
    icon=":material/leaderboard:",
)
_STYLE = Path(__file__).parent.parent / "_drill.css"


def draw() -> None:
    """Filters from the URL, then the ranking, which refreshes itself."""
    draw_html(f"<style>{_STYLE.read_text(encoding='utf-8')}</style>")
    follow_links()
    here = live()
    choices = Choices(here.today)
    indicator = choices.indicator()
    kind = choices.one_of("kind", kind_names(), "huyen", _("kind of units"))
    period_name, period = choices.period()
    units = Units(here.counters, period.end)
    mine = choices.one_of("unit", _of_kind(units, kind), "", _("unit of this kind")) if units.by_code else ""
    form(
        PAGE.path,
        indicator_field(indicator.key),
        select("kind", _("Units"), kind_names(), kind),
        period_fields(period_name, period),
        select("unit", _("My unit"), {"": _("none chosen"), **_of_kind(units, kind)}, mine),
    )
    show_problems(choices.problems)
    draw_html(definition(indicator))
    if units.by_code:
        _standings(indicator, kind, period, mine)
    else:
        no_data_yet()


@st.fragment(run_every=5, key="standings")
def _standings(indicator: Indicator, kind: str, period: Period, mine: str) -> None:
    here = live()
    units = Units(here.counters, period.end)
    found = ranking(here.counters, indicator.key, kind, period, here.settings.ranking.minimum)
    compared = here.counters.cover(period.previous())
    if not compared:
        found = found.with_columns(previous_rank=None)
    told = {
        code: target for code, target in goals(here.engine, indicator.key, period.end).items() if code in units.by_code
    }
    peers = {code: told[code] for code in found["unit"] if code in told}
    warn_of_silence(here, indicator)
    ranked = found.filter(pl.col("rank").is_not_null())
    draw_html(f'<p class="ioc-sentence">{escape(_sentence(indicator, kind, ranked, units, peers))}</p>')
    headlines = _headlines(here, indicator, period, found, peers, told, units, mine)
    draw_html(f'<div class="ioc-four">{tiles(headlines, dense=True)}</div>')
    if ranked.height:
        rows = [_row(indicator, period, kind, row, peers, units, mine) for row in ranked.iter_rows(named=True)]
        rows.sort(key=lambda row: not row.mine)
        caption = _caption(kind, period, peers, indicator, compared=compared)
        draw_html(ranked_table(rows, caption, _heads(indicator)))
    if ranked.height < found.height:
        draw_html(_unranked(found.filter(pl.col("rank").is_null()), units, here.settings.ranking.minimum))


def _of_kind(units: Units, kind: str) -> dict[str, str]:
    named = {code: units.label(code) for code, unit in units.by_code.items() if unit.kind == kind}
    return dict(sorted(named.items(), key=lambda item: vietnamese_order(item[1])))


def _sentence(indicator: Indicator, kind: str, ranked: pl.DataFrame, units: Units, peers: dict[str, Target]) -> str:
    if not ranked.height:
        return _("No unit of this kind can be ranked: nothing to count, or too little.")
    rows = ranked.rows(named=True)
    first, last = rows[0], rows[-1]
    told = _(
        "First {first} {best}, last {last} {worst}.",
        first=units.label(first["unit"]),
        best=_format.figure(indicator, first["value"]),
        last=units.label(last["unit"]),
        worst=_format.figure(indicator, last["value"]),
    )
    if not peers:
        return told
    short = sum(_state(indicator, row["value"], peers.get(row["unit"])) in ("near", "missed") for row in rows)
    name = kind_names()[kind].lower()
    return _("{n} of {total} {kind} miss their target.", n=short, total=ranked.height, kind=name) + " " + told


def _headlines(
    here: Live,
    indicator: Indicator,
    period: Period,
    found: pl.DataFrame,
    peers: dict[str, Target],
    told: dict[str, Target],
    units: Units,
    mine: str,
) -> list[Tile]:
    ranked = found.filter(pl.col("rank").is_not_null())
    shown = [_mine(indicator, found, units, mine)] if mine else []
    shown += [_whole(here, indicator, period, root.code, root.name, told) for root in units.roots()[:1]]
    values = ranked["value"].to_list()
    middle = _format.figure(indicator, median(values)) if values else _format.nothing()
    shown.append(Tile(name=_("Middle unit"), value=middle, n=_("half of the ranked units are above it, half below")))
    if peers:
        reached = sum(
            _state(indicator, row["value"], peers.get(row["unit"])) == "reached" for row in ranked.iter_rows(named=True)
        )
        of = f"/ {_format.number(ranked.height)}"
        shown.append(Tile(name=_("Reached the target"), value=_format.number(reached), unit=of, n=_decisions(peers)))
    if len(shown) < 4:
        apart = found.height - ranked.height
        said = _("{n} not ranked, listed below", n=_format.number(apart)) if apart else _("every unit of this kind")
        shown.append(Tile(name=_("Ranked"), value=_format.number(ranked.height), n=said))
    return shown


def _mine(indicator: Indicator, found: pl.DataFrame, units: Units, mine: str) -> Tile:
    row = found.filter(pl.col("unit") == mine).row(0, named=True)
    if row["rank"] is None:
        return Tile(name=units.label(mine), value="–", n=_("not ranked"))
    of = "/ " + _format.number(found["rank"].count())
    value = _format.figure(indicator, row["value"])
    return Tile(
        name=units.label(mine), value=_("rank {rank}", rank=row["rank"]), unit=of, target=value, n=_counted(row)
    )


def _whole(here: Live, indicator: Indicator, period: Period, code: str, name: str, told: dict[str, Target]) -> Tile:
    row = figures(here.counters, period, [indicator.key], units=[code]).row(0, named=True)
    target = told.get(code)
    earlier = period.previous()
    known = here.counters.cover(earlier)
    before = figures(here.counters, earlier, [indicator.key], units=[code])["value"][0] if known else None
    return Tile(
        name=name,
        change=_change(indicator, row["value"], before),
        value=_format.figure(indicator, row["value"]),
        state=_state(indicator, row["value"], target),
        target=_("target {target}", target=goal_text(target, _format.short_percent(target.value))) if target else "",
        n=_counted(row),
    )


def _change(indicator: Indicator, now: float | None, before: float | None) -> str:
    if now is None or before is None:
        return ""
    digits = 0 if indicator.form == "count" else 1
    step = _format.points(now - before) if indicator.form == "rate" else _format.signed(now - before, digits)
    return _("{change} against the period before", change=step)


def _row(
    indicator: Indicator,
    period: Period,
    kind: str,
    row: dict[str, object],
    peers: dict[str, Target],
    units: Units,
    mine: str,
) -> RankedRow:
    code = str(row["unit"])
    rank, before = _whole_number(row["rank"]), row["previous_rank"]
    target = peers.get(code)
    value = _number(row["value"]) or 0.0
    return RankedRow(
        rank=rank,
        moved=None if before is None else _whole_number(before) - rank,
        name=units.label(code),
        href=_explore(code, indicator, period),
        value=value,
        text=_format.figure(indicator, value),
        n=_counted(row),
        span=_span(row),
        state=_state(indicator, value, target),
        low=_number(row["low"]),
        high=_number(row["high"]),
        goal=target.value if target else None,
        mine=code == mine,
    )


def _explore(code: str, indicator: Indicator, period: Period) -> str:
    days = {"from_": period.start.isoformat(), "to": period.end.isoformat()}
    return address("explore", unit=code, indicator=indicator.key, **days)


def _state(indicator: Indicator, value: float | None, target: Target | None) -> Standing:
    return standing(value, target.value, target.comparator) if target and indicator.form == "rate" else "none"


def _counted(row: dict[str, object]) -> str:
    denominator = _number(row["denominator"])
    return "" if denominator is None else f"{_format.number(_number(row['numerator']))} / {_format.number(denominator)}"


def _span(row: dict[str, object]) -> str:
    low, high = row["rank_low"], row["rank_high"]
    if low is None or high is None:
        return ""
    return _("rank {rank}", rank=low) if low == high else _("rank {low}–{high}", low=low, high=high)


def _decisions(peers: dict[str, Target]) -> str:
    return "; ".join(sorted({target.decision for target in peers.values()}))


def _caption(kind: str, period: Period, peers: dict[str, Target], indicator: Indicator, *, compared: bool) -> str:
    parts = [f"{indicator_name(indicator)} · {kind_names()[kind]} · {period_text(period)}"]
    values = sorted({goal_text(target, _format.short_percent(target.value)) for target in peers.values()})
    if values:
        parts.append(_("dashed line: target {target}", target=", ".join(values)))
    elif indicator.form == "rate":
        parts.append(_("no target is in force for these units"))
    if indicator.form == "rate":
        parts.append(_("whisker: 95 % interval"))
    before = period_text(period.previous())
    if compared:
        parts.append(_("movement: against {period}", period=before))
    else:
        parts.append(_("no movement: the records do not go back to {period}", period=before))
    return " · ".join(parts)


def _heads(indicator: Indicator) -> list[str]:
    n = _("Numerator / denominator") if indicator.denominator else ""
    sure = _("Possible ranks") if indicator.form == "rate" else ""
    return [_("Rank"), _("Moved"), _("Unit"), "", _("Value"), "", n, sure]


def _unranked(apart: pl.DataFrame, units: Units, minimum: int) -> str:
    reasons = {
        "too_few": _("too little to count (n < {minimum})", minimum=minimum),
        "nothing_to_count": _format.nothing(),
    }
    rows = [
        [escape(units.label(row["unit"])), escape(reasons.get(row["reason"], row["reason"])), _counted(row)]
        for row in sorted(apart.iter_rows(named=True), key=lambda row: vietnamese_order(units.label(row["unit"])))
    ]
    heading = f'<h2 class="ioc-heading">{escape(_("Not ranked ({n})", n=_format.number(apart.height)))}</h2>'
    return heading + table([_("Unit"), _("Reason"), _("Numerator / denominator")], rows)


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


def _whole_number(value: object) -> int:
    return int(str(value))
