"""What *Today* was asked, how much open work there is, and what handling parts of it would do."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple
from urllib.parse import quote, unquote

from metrics import AGES, WITHIN, Forecast, Indicator, PeerGroup, Period, WhatIf, catalogue, due_edges, next_working_day
from pages._address import address
from pages._filters import Choices, told
from pages._language import _
from pages._live import Live
from pages._once import once_after, once_equal
from pages._periods import period_to_today, to_today_names
from pages._units import Units
from pages.units._view import groups, peers
from store.scope import units_of
from store.work_reads import AWAITING, IN_WORK, Ahead, Completed, Work, completed, open_count, work_ahead

PATH = "today"
_USUAL = "on_time_rate"
PAST_DUE = 0  # the span of `Ahead` that ends before today
# What completing work does to these is told whatever indicator is asked for.
OVERDUE = "overdue"
BESIDE = (OVERDUE, "on_time_rate_766")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The choices, checked. `codes`: the unit and all below it; `due`: a key of `parts`; `ticked`: the dossiers chosen
    one by one, as (source, source id)."""

    unit: str
    codes: tuple[str, ...]
    units: Units
    indicator: Indicator
    period_name: str
    period: Period
    group: PeerGroup
    groups: Mapping[str, PeerGroup]
    due: str
    procedure: str
    ticked: frozenset[tuple[str, str]]

    def in_period(self, name: str, period: Period) -> "Wanted":
        """The same of another period."""
        return replace(self, period_name=name, period=period)

    def href(self, **changes: str) -> str:
        """The address of this view with some choices changed; what was ticked is dropped."""
        usual = {
            "indicator": self.indicator.key if self.indicator.key != _USUAL else "",
            "period": self.period_name if self.period_name != "year" else "",
            "kind": self.group.key if self.group.key != self.units.by_code[self.unit].kind else "",
        }
        kept = {"unit": self.unit, **usual, "due": self.due if self.due != "all" else "", "procedure": self.procedure}
        return address(PATH, **(kept | changes))


def wanted(here: Live, choices: Choices, unit: str) -> Wanted:
    """What the address asks of a unit in force today."""
    units = Units(here.counters, here.today)
    indicator = choices.indicator(_USUAL)
    name = choices.one_of("period", to_today_names(), "year", _("period"))
    period = period_to_today(name, here.today)
    mine = {key: group for key, group in groups(here, period).items() if unit in group.units}
    kind = choices.one_of("kind", list(mine), units.by_code[unit].kind, _("kind of units"))
    return Wanted(
        unit=unit,
        codes=tuple(units.subtree(unit)),
        units=units,
        indicator=indicator,
        period_name=name,
        period=period,
        group=mine[kind],
        groups=mine,
        due=choices.one_of("due", list(part_names()), "all", _("part of the work")),
        procedure=choices.one_of("procedure", here.counters.procedures.codes, "", _("procedure")),
        ticked=_ticked(choices),
    )


def _ticked(choices: Choices) -> frozenset[tuple[str, str]]:
    """Keys of dossiers: source/source id, each written as in an address, between commas."""
    found = set()
    for text in filter(None, choices.given.get("done", "").split(",")):
        source, slash, source_id = text.partition("/")
        if slash and source and source_id:
            found.add((unquote(source), unquote(source_id)))
        else:
            choices.problems.append(_("“{text}” names no dossier; it is written as source/number.", text=told(text)))
    return frozenset(found)


def key_text(source: str, source_id: str) -> str:
    """A dossier's key as the parameter `done` holds it."""
    return f"{quote(source, safe='')}/{quote(source_id, safe='')}"


def part_names() -> dict[str, str]:
    """Value of the parameter `due` to the name of that part of the open work."""
    within = {str(days): _("Due within {days} working days", days=days) for days in WITHIN[1:]}
    return {
        "overdue": _("Overdue"),
        "1": _("Due within 1 working day"),
        **within,
        "all": _("All in work"),
        "waiting": _("Waiting for the applicant"),
    }


class Ends(NamedTuple):
    """Where the parts of the work ahead end: `before`: key of `part_names` to the first day that is none of it;
    `working_day`: the day by whose end the first of them is due: today, where it is a working day, else the next."""

    before: Mapping[str, date]
    working_day: date


def ends(here: Live) -> Ends:
    """Where the work of today, and of the next working days, ends."""
    calendar = here.counters.working_days
    edges = due_edges(calendar, here.today)[len(AGES) + 1 :]
    before = {str(days): edge for days, edge in zip(WITHIN, edges, strict=True)}
    return Ends(before, next_working_day(calendar, here.today))


def listed(here: Live, asked: Wanted) -> Work:
    """The open dossiers that the list holds: the chosen part, of the chosen procedure where one is chosen."""
    return part(here, asked, asked.due)._replace(procedure_code=asked.procedure)


def not_listed(here: Live, work: Work, total: int) -> int:
    """How many of these open dossiers, of which the visitor may see `total`, are of units that are not theirs."""
    return 0 if units_of(here.engine) is None else max(open_count(here.engine, work, here.now) - total, 0)


def part(here: Live, asked: Wanted, due: str) -> Work:
    """One of `part_names` of the unit's open work."""
    whole = Work(asked.codes)
    if due == "waiting":
        return whole._replace(states=AWAITING)
    if due == "overdue":
        return whole._replace(due_before=here.today)
    if due == "all":
        return whole
    return whole._replace(due_from=here.today, due_before=ends(here).before[due])


def ahead(here: Live, asked: Wanted) -> Ahead:
    """The unit's open work, by where the parts of it end: the same for everybody."""
    edges = [here.today, *ends(here).before.values()]

    def ask(before: Ahead | None) -> Ahead:
        return work_ahead(here.engine, here.counters.snapshot, asked.codes, edges, here.now, before)

    return once_after(here, ("work ahead", asked.codes), ask)


def counts(here: Live, asked: Wanted) -> Mapping[str, int]:
    """How many dossiers each of `part_names` holds; nobody may change it."""
    return once_equal(here, ("counts", asked.codes), lambda: _counts(here, asked))


def _counts(here: Live, asked: Wanted) -> Mapping[str, int]:
    found = ahead(here, asked).counts
    held = {
        due: sum(found.get((state, span), 0) for state in IN_WORK for span in spans)
        for due, spans in _spans(here).items()
    }
    return held | {"waiting": sum(dossiers for (state, _span), dossiers in found.items() if state in AWAITING)}


def _spans(here: Live) -> dict[str, list[int | None]]:
    """Each of `part_names` in work to its spans of `Ahead`."""
    before = ends(here).before
    within = {due: [*range(1, place + 2)] for place, due in enumerate(before)}
    return {OVERDUE: [PAST_DUE], **within, "all": [*range(len(before) + 2), None]}


@dataclass(frozen=True)
class Foretold:
    """What completing some dossiers now would do: how many they are, how many of them are late already, and the
    forecasts by indicator. `gone`: those asked for by their key that are not open any more."""

    dossiers: int
    late: int
    forecasts: Mapping[str, Forecast]
    gone: tuple[str, ...]


def foretell(here: Live, asked: Wanted, work: Work) -> Foretold:
    """The forecasts for a part of the work: the same for everybody until the counters change; for dossiers named by
    their keys, the same for all who may see the same dossiers."""
    whose = None if work.keys is None else units_of(here.engine)
    question = ("what if", work, whose, asked.unit, asked.indicator.key, asked.group.key, asked.period, here.today)
    return here.counters.remembered(question, date.max, lambda: _foretell(here, asked, work))


def foretold(here: Live, asked: Wanted, held: Mapping[str, int]) -> dict[str, Foretold]:
    """The forecasts for each of `part_names` in work that holds any dossiers; `held`: how many, as `counts` has it."""
    told: dict[str, Foretold] = {}
    for due, dossiers in held.items():
        if due != "waiting" and dossiers:
            # A part with no more than one that lies within it holds the very same dossiers.
            within = (known for known in told if due == "all" or known != OVERDUE)
            same = next((known for known in within if held[known] == dossiers), None)
            told[due] = told[same] if same else foretell(here, asked, part(here, asked, due))
    return told


def _completed(here: Live, asked: Wanted, work: Work) -> Completed:
    for due, spans in _spans(here).items():
        if work == part(here, asked, due):
            return ahead(here, asked).completed(spans)
    return completed(here.engine, here.counters.snapshot, work, here.now)


def _foretell(here: Live, asked: Wanted, work: Work) -> Foretold:
    change = _completed(here, asked, work)
    what_if = WhatIf(here.counters, change.since, change.difference)
    minimum = here.settings.ranking.minimum
    return Foretold(
        change.dossiers,
        change.late,
        {
            key: what_if.forecast(asked.unit, key, asked.group.key, asked.period, minimum, peers=peers(here))
            for key in dict.fromkeys((asked.indicator.key, *BESIDE))
        },
        tuple(sorted(source_id for source, source_id in set(work.keys or ()) - change.found)),
    )


def ticked_work(asked: Wanted) -> Work:
    """The dossiers chosen one by one."""
    return Work(asked.codes, keys=asked.ticked)


def indicator_of(key: str) -> Indicator:
    """The indicator of a key of the catalogue."""
    return catalogue()[key]
