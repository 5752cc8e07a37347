"""What Overview shows, read once for each version of the store and day, and shared by all visitors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import polars as pl
import streamlit as st

from clock import local_day
from metrics import Counters, Indicator, Period, Share, catalogue, figures, ranking, trend
from pages._goals import goals
from pages._live import Live
from pages._units import Units
from pages.analysts._hidden import hidden_of, without_hidden
from store.reads import Target, dossiers_in_work

HEADLINES = (
    "online_dossier_rate",
    "on_time_rate",
    "overdue",
    "signed_document_rate",
    "satisfaction_rate",
    "meetings_held",
)
RANKED = "online_dossier_rate"
WEEKS, WEEK, RECENT = 12, 7, 28
# Indicator to unit to the target in force today.
Targets = Mapping[str, Mapping[str, Target]]
_MOST_BARS = 20


class Figure(NamedTuple):
    """An indicator of a unit: for a count `denominator` is None."""

    numerator: float
    denominator: float | None
    value: float | None

    @property
    def share(self) -> Share:
        """Numerator and denominator, for a rate."""
        return Share(self.numerator, self.denominator or 0.0)


@dataclass(frozen=True, kw_only=True)
class Headline:
    """One headline figure: the year to date, the last 28 days, the 28 days before, and 12 weeks up to today.

    A stock such as `overdue` stands for the end of each period.
    """

    indicator: Indicator
    year: Figure
    recent: Figure
    before: Figure
    weeks: Sequence[float | None]
    target: Target | None


@dataclass(frozen=True, kw_only=True)
class Late:
    """How many dossiers are overdue at a unit, and since which day the oldest one is due."""

    name: str
    count: int
    open: int
    oldest_due: date | None


@dataclass(frozen=True, kw_only=True)
class Picture:
    """All of Overview. `root` None: the store knows no unit yet. `context` further figures of the year by key.

    `ranked`: the units that answer to the root, of the kind `ranked_kind`, by online dossiers. `late_hidden`: how many
    units with overdue dossiers are not told, since their counts are small.
    """

    root: str | None
    root_name: str = ""
    headlines: Sequence[Headline] = ()
    context: dict[str, Figure]
    ranked: pl.DataFrame
    ranked_kind: str = "huyen"
    communes: pl.DataFrame
    district_names: dict[str, str]
    late: Sequence[Late] = ()
    late_hidden: int = 0
    targets: Targets = field(default_factory=dict)


def picture(here: Live) -> Picture:
    """The picture at the store's version and the clock's day."""
    return _picture(here.version, here.today, here.settings.ranking.minimum, here)


# Streamlit's cache tells answers apart by the arguments without a leading underscore.
@st.cache_resource(max_entries=3, show_spinner=False)
def _picture(version: int, today: date, minimum: int, _here: Live) -> Picture:
    counters = _here.counters
    units = counters.units_on(today)
    # A province before a unit that nobody has placed; a city that runs its own centre is a root too.
    roots = units.filter(pl.col("parent_code").is_null()).sort(pl.col("kind") != "tinh", maintain_order=True)
    if not roots.height:
        return Picture(root=None, context={}, ranked=pl.DataFrame(), communes=pl.DataFrame(), district_names={})
    root, name = roots.row(0)[:2]
    kind = _ranked_kind(units, root)
    in_force = {key: goals(_here, key, today, Units(counters, today)) for key in HEADLINES}
    year = Period.year_to_date(today)
    late, late_hidden = _late(_here, units.filter(pl.col("code") != root), today)
    return Picture(
        root=root,
        root_name=name,
        headlines=[_headline(counters, key, root, today, in_force) for key in HEADLINES],
        context=_figures(counters, year, ["open", "participation_rate", "meeting_hours"], root),
        ranked=without_hidden(_here, catalogue()[RANKED], ranking(counters, RANKED, kind, year, minimum), year),
        ranked_kind=kind,
        communes=_with_parents(
            without_hidden(_here, catalogue()[RANKED], ranking(counters, RANKED, "xa", year, minimum), year), units
        ),
        district_names=dict(units.filter(pl.col("kind") == "huyen").select("code", "name").iter_rows()),
        late=late,
        late_hidden=late_hidden,
        targets=in_force,
    )


def target_of(found: Targets, indicator: str, *codes: str | None) -> Target | None:
    """The indicator's target of the first of these units that has one."""
    told = found.get(indicator, {})
    return next((told[code] for code in codes if code and code in told), None)


def _headline(counters: Counters, key: str, root: str, today: date, in_force: Targets) -> Headline:
    recent = Period.ending(today, RECENT)
    days = [today - timedelta(days=WEEK * back) for back in range(WEEKS - 1, -1, -1)]
    return Headline(
        indicator=catalogue()[key],
        year=_figures(counters, Period.year_to_date(today), [key], root)[key],
        recent=_figures(counters, recent, [key], root)[key],
        before=_figures(counters, recent.previous(), [key], root)[key],
        weeks=trend(counters, key, root, days, WEEK),
        target=target_of(in_force, key, root),
    )


def _figures(counters: Counters, period: Period, keys: list[str], unit: str) -> dict[str, Figure]:
    rows = figures(counters, period, keys, units=[unit]).select("indicator", "numerator", "denominator", "value")
    return {key: Figure(numerator, denominator, value) for key, numerator, denominator, value in rows.iter_rows()}


def _with_parents(ranked: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    return ranked.join(units.select(unit="code", parent="parent_code"), on="unit", how="left")


def _ranked_kind(units: pl.DataFrame, root: str) -> str:
    """Districts; without any (two tiers, or a city) the communes while they fit on a screen, else the departments."""
    below = units.filter(pl.col("code") != root)["kind"].value_counts()
    counts = dict(below.iter_rows())
    if "huyen" in counts:
        return "huyen"
    return "xa" if "so" not in counts or counts.get("xa", 0) <= _MOST_BARS else "so"


def _late(here: Live, units: pl.DataFrame, today: date) -> tuple[list[Late], int]:
    """Districts and departments with overdue dossiers, the most first; a commune's count for its district, if any; and
    how many such units are hidden."""
    now, keys = Period(today, today), ("overdue", "open")
    found = figures(here.counters, now, keys)
    counts = found.pivot("indicator", index="unit", values="numerator")
    # Without districts (two tiers since 1 July 2025) the communes answer for themselves.
    kinds = ["huyen", "so"] if "huyen" in units["kind"] else ["xa", "so"]
    holders = units.filter(pl.col("kind").is_in(kinds)).join(counts, left_on="code", right_on="unit")
    holders = holders.filter(pl.col("overdue") > 0).sort("overdue", descending=True)
    gone = frozenset[str]().union(*(hidden_of(here, catalogue()[key], holders["code"].to_list(), now) for key in keys))
    holders = holders.filter(~pl.col("code").is_in(gone))
    overdue = tuple(holders.select("code", "overdue").iter_rows())
    oldest = _oldest_due(overdue, today, here, units) if overdue else {}
    return [
        Late(name=row["name"], count=int(row["overdue"]), open=int(row["open"]), oldest_due=oldest.get(row["code"]))
        for row in holders.iter_rows(named=True)
    ], len(gone)


# The facts are asked only when a count has changed: within a day an overdue dossier can only be settled. All visitors
# share the answer, so it is of counts and days alone: what a single dossier says depends on who asks.
@st.cache_resource(max_entries=3, show_spinner=False)
def _oldest_due(
    counts: tuple[tuple[str, float], ...], today: date, _here: Live, _units: pl.DataFrame
) -> dict[str, date]:
    """District or department to the local day on which its oldest overdue dossier was due."""
    districts = set(_units.filter(pl.col("kind") == "huyen")["code"])
    above = {code: parent for code, parent in _units.select("code", "parent_code").iter_rows() if parent in districts}
    edges = [today, today + timedelta(days=1)]
    late = dossiers_in_work(_here.engine, _units["code"].to_list(), edges, today).filter(pl.col("span") == 0)
    oldest: dict[str, date] = {}
    for unit, due_at in late.sort("oldest_due_at").select("unit_code", "oldest_due_at").iter_rows():
        oldest.setdefault(above.get(unit, unit), local_day(due_at))
    return oldest
