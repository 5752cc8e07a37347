"""What the page Ranking was asked for, checked, and the ranking that answers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from metrics import Indicator, PeerGroup, Peers, Period, peer_groups, remembered_ranking
from pages import _format
from pages._badges import Standing, standing
from pages._filters import Choices
from pages._goals import goals
from pages._language import _, language
from pages._live import Live
from pages._once import once
from pages._order import vietnamese_order
from pages._units import Units, kind_names
from pages.analysts._hidden import without_hidden
from store.reads import Target


@dataclass(frozen=True, kw_only=True)
class View:
    """The choices; `mine` is the code of the visitor's unit or empty. A part of the page that draws itself anew keeps
    its view as long as the visit lasts: so nothing here holds the counters."""

    indicator: Indicator
    group: PeerGroup
    period: Period
    mine: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address asks for, and what else it could: `names` of the groups, `own` the units of the chosen one.
    `view` None: no unit is known."""

    indicator: Indicator
    period_name: str
    period: Period
    names: Mapping[str, str]
    kind: str
    own: Mapping[str, str]
    mine: str
    view: View | None


def asked(here: Live, choices: Choices) -> Asked:
    """The choices of the address, checked."""
    indicator = choices.indicator()
    period_name, period = choices.period()
    found = groups(here, period)
    names = {key: group_name(group) for key, group in found.items()} or kind_names()
    units = Units(here.counters, period.end)
    # A unit that another page gave, without a kind: its own kind; one that no group holds, such as the province: none.
    given = units.by_code.get(choices.given.get("unit", ""))
    usual = given.kind if given and given.kind in names else next(iter(names))
    kind = choices.one_of("kind", names, usual, _("kind of units"))
    own = members(units, found[kind]) if found else {}
    placed = given is None or any(given.code in group.units for group in found.values())
    mine = choices.one_of("unit", own, "", _("unit of this kind")) if own and placed else ""
    view = View(indicator=indicator, group=found[kind], period=period, mine=mine) if found else None
    return Asked(
        indicator=indicator,
        period_name=period_name,
        period=period,
        names=names,
        kind=kind,
        own=own,
        mine=mine,
        view=view,
    )


@dataclass(frozen=True, kw_only=True)
class Standings:
    """How a group stands in a period, whoever of it looks. `found` as `metrics.ranking` gives it; `compared`: the
    records reach back to the period before; `targets`: unit code to target in force on the period's last day, of any
    unit in force."""

    found: pl.DataFrame
    compared: bool
    targets: Mapping[str, Target]

    @cached_property
    def rows(self) -> dict[str, dict[str, Any]]:
        """Every unit's row by its code, best first."""
        return {row["unit"]: row for row in self.found.iter_rows(named=True)}

    @cached_property
    def ranked(self) -> list[dict[str, Any]]:
        """The rows of the units that are ranked, best first."""
        return [row for row in self.rows.values() if row["rank"] is not None]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The ranking of a view."""

    here: Live
    view: View
    units: Units
    standings: Standings

    @property
    def found(self) -> pl.DataFrame:
        """As `Standings` has it."""
        return self.standings.found

    @property
    def compared(self) -> bool:
        """As `Standings` has it."""
        return self.standings.compared

    @property
    def targets(self) -> Mapping[str, Target]:
        """As `Standings` has it."""
        return self.standings.targets

    @property
    def ranked(self) -> list[dict[str, Any]]:
        """As `Standings` has it."""
        return self.standings.ranked

    @property
    def mine(self) -> dict[str, Any]:
        """The row of the visitor's unit. KeyError where there is none."""
        return self.standings.rows[self.view.mine]

    @property
    def peers(self) -> dict[str, Target]:
        """The targets of the ranked group's units."""
        return {code: self.targets[code] for code in self.found["unit"] if code in self.targets}

    def state(self, code: str, value: float | None) -> Standing:
        """Where a unit's value stands to its target; a target is set for rates only."""
        target = self.targets.get(code)
        if target is None or self.view.indicator.form != "rate":
            return "none"
        return standing(value, target.value, target.comparator)


def shown(view: View, here: Live) -> Shown:
    """The ranking at the store's newest state."""
    units = Units(here.counters, view.period.end)
    key = ("standings", view.indicator.key, view.group.key, view.period)
    return Shown(here=here, view=view, units=units, standings=once(here, key, lambda: _standings(view, here, units)))


def _standings(view: View, here: Live, units: Units) -> Standings:
    found = ranked(here, view.indicator.key, view.group.key, view.period)
    found = without_hidden(here, view.indicator, found, view.period)
    compared = here.counters.cover(view.period.previous())
    if not compared:
        empty = ("previous_rank", "own_change", "others_change", "entered", "left")
        found = found.with_columns(pl.lit(None, pl.Int64).alias(name) for name in empty)
    targets = {
        code: target
        for code, target in goals(here, view.indicator.key, view.period.end, units).items()
        if code in units.by_code
    }
    return Standings(found=found, compared=compared, targets=targets)


def lacking_units(now: Shown) -> dict[str, str]:
    """Code to label of the units for which it is said what their figures lack: the whole, and the visitor's own."""
    codes = [root.code for root in now.units.roots()[:1]] + ([now.view.mine] if now.view.mine else [])
    return {code: now.units.label(code) for code in codes}


def ranked(here: Live, key: str, group: str, period: Period) -> pl.DataFrame:
    """The ranking as `metrics.ranking` gives it, by the installation's minimum and groups; as long as nothing in it
    changes, it is asked once for all visitors."""
    return remembered_ranking(here.counters, key, group, period, here.settings.ranking.minimum, peers(here))


def peers(here: Live) -> Peers:
    """The groups that this installation adds."""
    return Peers(here.settings.peers)


def groups(here: Live, period: Period) -> Mapping[str, PeerGroup]:
    """The groups that have units on the period's last day: districts, departments and communes first."""
    return once(here, ("groups", period), lambda: _groups(here, period))


def _groups(here: Live, period: Period) -> dict[str, PeerGroup]:
    found = peer_groups(here.counters, period.end, peers(here), period)
    order = [*kind_names(), *(key for key in found if key not in kind_names() and key != "tinh")]
    return {key: found[key] for key in order if key in found}


def group_name(group: PeerGroup) -> str:
    """The group's name in the visitor's language; a band's with how many dossiers its communes received."""
    name = kind_names().get(group.key) or (group.name_vi if language() == "vi" else group.name)
    if group.low is None or group.high is None:
        return name
    return f"{name} ({_format.number(group.low)}–{_format.number(group.high)})"


def members(units: Units, group: PeerGroup) -> dict[str, str]:
    """Code to label of the group's units, in Vietnamese order."""
    named = {code: units.label(code) for code in group.units if code in units.by_code}
    return dict(sorted(named.items(), key=lambda item: vietnamese_order(item[1])))


def counted(row: Mapping[str, Any]) -> str:
    """Numerator and denominator as written; empty where there is no denominator."""
    if row["denominator"] is None:
        return ""
    return f"{_format.number(row['numerator'])} / {_format.number(row['denominator'])}"
