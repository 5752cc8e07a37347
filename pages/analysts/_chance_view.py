"""What *Chance or change* was asked for, and what it found: the group's funnel, and the course of one unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from metrics import (
    AT_95,
    AT_998,
    TOGETHER,
    By,
    Course,
    Funnel,
    Limits,
    Share,
    Spot,
    course,
    figures,
    funnel_limits,
    funnel_of,
)
from pages._address import address
from pages._filters import Choices
from pages._goals import goals
from pages._language import _
from pages._live import Live
from pages._order import vietnamese_order
from pages._small import hides
from pages._units import Units
from pages.analysts._hidden import hidden_of
from pages.units._view import Asked, View, asked
from store.reads import Target

PATH = "chance"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The choices: those of Ranking, weeks or months, and the order of both tables."""

    asked: Asked
    by: By
    sort: str
    order: str

    def href(self, path: str = PATH, **changes: str) -> str:
        """The address of this view, or of another page of the same group and unit, with some choices changed."""
        kept = {"indicator": self.asked.indicator.key, "kind": self.asked.kind, "unit": self.asked.mine, **self.period}
        if path == PATH:
            kept |= {"by": "" if self.by == "week" else self.by, "sort": "" if self.sort == "apart" else self.sort}
            kept["order"] = "" if self.order == "new" else self.order
        return address(path, **(kept | changes))

    @property
    def period(self) -> dict[str, str]:
        """The period as the address names it."""
        name, period = self.asked.period_name, self.asked.period
        if name == "custom":
            return {"from_": period.start.isoformat(), "to": period.end.isoformat()}
        return {} if name == "year" else {"period": name}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A unit in the funnel: its label, its spot, the limits for as many cases as it has."""

    name: str
    spot: Spot
    at_95: Limits
    at_998: Limits

    @property
    def value(self) -> float:
        """Its rate."""
        return self.spot.part.numerator / self.spot.part.denominator


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the figures say. `funnel` None: there is none for this indicator. `rows` of it, as sorted; `left_out`: the
    labels of the group's units that have nothing to count. `course` None: the unit was not there on `until`, or it is
    `untold`, since its counts are small."""

    wanted: Wanted
    view: View
    units: Units
    funnel: Funnel | None
    rows: list[Row]
    left_out: list[str]
    unit: str
    until: date
    course: Course | None
    target: Target | None
    untold: bool

    @property
    def name(self) -> str:
        """The unit of the course."""
        return self.units.label(self.unit)


def wanted_of(here: Live, choices: Choices) -> Wanted:
    """The choices of the address, checked."""
    found = asked(here, choices)
    by: By = "month" if choices.one_of("by", by_names(), "week", _("step")) == "month" else "week"
    sort = choices.one_of("sort", sort_names(), "apart", _("order"))
    return Wanted(asked=found, by=by, sort=sort, order=choices.one_of("order", order_names(), "new", _("order")))


def by_names() -> dict[str, str]:
    """Value of the parameter `by` to its name."""
    return {"week": _("By week"), "month": _("By month")}


def sort_names() -> dict[str, str]:
    """Value of the parameter `sort` to its name."""
    return {"apart": _("distance from the group"), "name": _("name"), "value": _("value"), "n": _("denominator")}


def order_names() -> dict[str, str]:
    """Value of the parameter `order` to its name."""
    return {"new": _("newest first"), "old": _("oldest first"), "value": _("value")}


def find(here: Live, wanted: Wanted, view: View) -> Found:
    """The funnel of the group in the period; the course of the unit, or of the whole place, to the period's end."""
    units = Units(here.counters, view.period.end)
    parts = _parts(here, view)
    funnel = funnel_of(parts) if view.indicator.form == "rate" else None
    unit = view.mine or units.largest()
    until = min(view.period.end, here.today - timedelta(days=1))
    there = unit in here.counters.codes_on(until)
    # A unit's weeks one by one are small where its year is not.
    told = there and (not hides(here, view.indicator) or unit in {root.code for root in units.roots()})
    targets = goals(here, view.indicator.key, view.period.end, units)
    placed = {spot.unit for spot in funnel.spots} if funnel else set()
    return Found(
        wanted=wanted,
        view=view,
        units=units,
        funnel=funnel,
        rows=_sorted(_rows(funnel, units), funnel, wanted.sort) if funnel else [],
        left_out=sorted((units.label(code) for code in parts if code not in placed), key=vietnamese_order),
        unit=unit,
        until=until,
        course=_course(here, view.indicator.key, unit, until, wanted.by) if told else None,
        untold=there and not told,
        target=targets.get(unit) if view.indicator.form == "rate" else None,
    )


def _parts(here: Live, view: View) -> Mapping[str, Share]:
    found = figures(here.counters, view.period, [view.indicator.key], units=view.group.units)
    rows = found.select("unit", "numerator", "denominator").iter_rows()
    gone = hidden_of(here, view.indicator, found["unit"].to_list(), view.period)
    return {unit: Share(over or 0.0, under or 0.0) for unit, over, under in rows if unit not in gone}


def _course(here: Live, key: str, unit: str, until: date, by: By) -> Course:
    question = ("control chart", key, unit, until, by)
    return here.counters.remembered(
        question, until, lambda: course(here.counters, key, unit, until, by, among=TOGETHER)
    )


def _rows(funnel: Funnel, units: Units) -> list[Row]:
    return [
        Row(
            name=units.label(spot.unit),
            spot=spot,
            at_95=funnel_limits(spot.part.denominator, funnel.whole, AT_95),
            at_998=funnel_limits(spot.part.denominator, funnel.whole, AT_998),
        )
        for spot in funnel.spots
    ]


def _sorted(rows: list[Row], funnel: Funnel, sort: str) -> list[Row]:
    """By name; by value or denominator the greatest first; or those outside first, the furthest from the group."""
    rows = sorted(rows, key=lambda row: vietnamese_order(row.name))
    if sort == "value":
        return sorted(rows, key=lambda row: -row.value)
    if sort == "n":
        return sorted(rows, key=lambda row: -row.spot.part.denominator)
    if sort == "name":
        return rows
    middle = funnel.whole.value or 0.0
    return sorted(rows, key=lambda row: (-_outside(row.spot), -abs(row.value - middle)))


def _outside(spot: Spot) -> int:
    return 4 * abs(spot.named) + 2 * abs(spot.at_998) + abs(spot.at_95)
