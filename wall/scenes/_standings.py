"""Units beside each other by one indicator: what the scenes of the map and of the ranking share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from metrics import Counters, Indicator, Period, Share, catalogue, figures, funnel, is_standing, ranking, shifted
from pages import _format
from pages._badges import Standing, standing
from pages._goals import targets_version
from pages._language import _
from pages._live import Live
from pages._names import indicator_name, short_name
from pages._units import UnitRow, Units, kind_names
from pages.analysts._hidden import without_hidden
from store.reads import Target
from wall.blocks import Span, Tone
from wall.freshness import mark_of
from wall.scenes._headline import Headline, goal_words, headline
from wall.scenes._moves import Move, pairs_of, unit_moves, windows
from wall.scenes._nothing import age_spans, fitting
from wall.scenes._place import root_of
from wall.scenes._targets import goals_today

INDICATORS = (
    "online_dossier_rate",
    "full_process_dossier_rate",
    "on_time_rate",
    "overdue_rate",
    "satisfaction_rate",
    "online_payment_rate",
    "authenticated_rate",
    "digitised_rate",
    "e_result_rate",
    "postal_return_rate_all",
    "signed_document_rate",
)
_WIDEST_TITLE = 86  # signs
# Thousands of dossiers make a difference certain that nobody would act on.
_LEAST_APART = 0.01  # of a rate: one percentage point


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A unit that counts enough: its place, its rate with the 95 % interval, its standing to its target.

    `former_rank`: its place in the period before, None unless its rate has changed by more than chance explains;
    `apart`: 1 where its rate is above that of the whole by a point and by more than chance explains, -1 below.
    """

    code: str
    name: str
    rank: int
    share: Share
    value: float
    low: float | None
    high: float | None
    target: Target | None
    state: Standing
    apart: int
    former_rank: int | None = None


@dataclass(frozen=True, kw_only=True)
class Standings:
    """The units of a kind, best first. `few`: how many count too little to stand among them; `moves`: whose rate has
    changed beyond chance in the last four weeks, None where too little is known to say."""

    indicator: Indicator
    root: UnitRow
    units: Units
    kind: str
    whole: Headline
    peers: Sequence[Peer] = ()
    few: int = 0
    moves: Sequence[Move] | None = field(default=None)

    @cached_property
    def judged(self) -> list[Peer]:
        """Those that have a target."""
        return [peer for peer in self.peers if peer.target]

    @cached_property
    def below(self) -> list[Peer]:
        """Those that miss their target, the best first."""
        return [peer for peer in self.judged if peer.state != "reached"]

    @cached_property
    def goal(self) -> Target | None:
        """The target that all of them share; None where there is none, or each has its own."""
        told = {(peer.target.comparator, peer.target.value) for peer in self.judged if peer.target}
        return self.judged[0].target if len(told) == 1 and len(self.judged) == len(self.peers) else None


def look_standings(here: Live, key: str, kind: str) -> Standings | None:
    """The units of a kind by an indicator of the year to date; of another kind where the place has none of it.

    None while no unit is known. StoreError.
    """
    question = ("standings", key, kind, here.today, targets_version(here), here.settings.ranking.minimum)
    return here.counters.remembered(question, here.today, lambda: _look_standings(here, key, kind))


def _look_standings(here: Live, key: str, kind: str) -> Standings | None:
    units = Units(here.counters, here.today)
    root = root_of(units)
    if root is None:
        return None
    kind = _kind(units, root.code, kind)
    period, minimum = Period.year_to_date(here.today), here.settings.ranking.minimum
    found = ranking(here.counters, key, kind, period, minimum, parts=False)
    found = without_hidden(here, catalogue()[key], found, period)
    told = goals_today(here, key)
    ranked = [row for row in found.iter_rows(named=True) if row["rank"] is not None]
    whole, names = headline(here, key, root.code), _names(here.counters, units, here.today)
    share = Share(whole.numerator or 0.0, whole.denominator or 0.0)
    former = _former_ranks(here, key, period, ranked)
    return Standings(
        indicator=catalogue()[key],
        root=root,
        units=units,
        kind=kind,
        whole=whole,
        peers=[
            _peer(row, names, goal_of(told, units, row["unit"]), _apart(_share(row), share, len(ranked)), former)
            for row in ranked
        ],
        few=found.height - len(ranked),
        moves=_moves(here, key, [row["unit"] for row in ranked]),
    )


def _kind(units: Units, root: str, wanted: str) -> str:
    """The kind asked for; without any such unit the districts, else the communes, else the departments."""
    there = {unit.kind for unit in units.by_code.values() if unit.code != root}
    return next((kind for kind in (wanted, "huyen", "xa", "so") if kind in there), wanted)


def goal_of(told: Mapping[str, Target], units: Units, code: str) -> Target | None:
    """A unit's own target, else that of the nearest unit above it."""
    above: str | None = code
    while above in units.by_code:
        if above in told:
            return told[above]
        above = units.by_code[above].parent_code
    return None


def _peer(
    row: Mapping[str, Any], names: Mapping[str, str], target: Target | None, apart: int, former: Mapping[str, int]
) -> Peer:
    return Peer(
        code=row["unit"],
        name=names[row["unit"]],
        rank=row["rank"],
        share=_share(row),
        value=row["value"],
        low=row["low"],
        high=row["high"],
        target=target,
        state=standing(row["value"], target.value, target.comparator) if target else "none",
        apart=apart,
        former_rank=former.get(row["unit"]),
    )


def _names(counters: Counters, units: Units, today: date) -> Mapping[str, str]:
    return counters.remembered(
        ("names of peers", today), date.min, lambda: {code: _name(units, code) for code in units.by_code}
    )


def _name(units: Units, code: str) -> str:
    """A commune with its district; without districts the commune alone."""
    unit = units.by_code[code]
    above = units.by_code.get(unit.parent_code or "")
    return short_name(units.label(code) if above and above.kind == "huyen" and above.parent_code else unit.name)


def _apart(part: Share, whole: Share, among: int) -> int:
    """1 above the whole, -1 below, by more than chance explains and by a point at least; else 0."""
    if part.value is None or whole.value is None or abs(part.value - whole.value) < _LEAST_APART:
        return 0
    return funnel(part, whole, among)


def _share(row: Mapping[str, Any]) -> Share:
    return Share(row["numerator"], row["denominator"])


def _former_ranks(here: Live, key: str, period: Period, ranked: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The places in the period before, of those that gained or lost some because their own rate has changed."""
    before, codes = period.previous(), [row["unit"] for row in ranked]
    if not codes or not here.counters.cover(before):
        return {}
    rows = figures(here.counters, before, [key], units=codes, units_as="today", today=here.today)
    then = {row["unit"]: _share(row) for row in rows.iter_rows(named=True)}
    less = catalogue()[key].better == "lower"
    found = {}
    for row in ranked:
        if row["previous_rank"] is None:
            continue
        gained = row["previous_rank"] - row["rank"]
        rose = shifted(_share(row), then[row["unit"]], len(codes)) * (-1 if less else 1)
        if gained * rose > 0:
            found[row["unit"]] = row["previous_rank"]
    return found


def _moves(here: Live, key: str, codes: Sequence[str]) -> list[Move] | None:
    """Until the end of yesterday: today is not over."""
    until = here.today - timedelta(days=1)
    least = max(here.settings.ranking.minimum, 1)
    question = ("moves", key, until, tuple(codes), least)
    return here.counters.remembered(question, until, lambda: _moves_until(here.counters, key, until, codes, least))


def _moves_until(counters: Counters, key: str, until: date, codes: Sequence[str], least: int) -> list[Move] | None:
    periods = windows(counters, until)
    known = Units(counters, until).by_code
    there = [code for code in codes if code in known]
    if periods is None or not there:
        return None
    compared = pairs_of(counters, periods, [key], there)
    compared = [one for one in compared if min(one.now.denominator, one.before.denominator) >= least]
    return unit_moves(compared, len(compared)) if compared else None


def heading(standings: Standings, here: Live, *names: str) -> str:
    """The scene's title: the place, what is shown, and of when."""
    name = indicator_name(standings.indicator, here.today)
    span = _("now") if is_standing(standings.indicator) else _("year {year} to date", year=here.today.year)
    told = [*names, name, span]
    whole = [short_name(standings.root.name), *told]
    return " · ".join(whole if len(" · ".join(whole)) <= _WIDEST_TITLE else told)


def tier_name(standings: Standings) -> str:
    """Where the units stand, in a title."""
    return {"huyen": _("Districts"), "so": _("Departments"), "xa": _("Communes")}[standings.kind]


def kind_word(standings: Standings) -> str:
    """The kind of the units in small letters."""
    return kind_names()[standings.kind].lower()


def sentence(standings: Standings, here: Live, of_those_below: Sequence[Span]) -> list[Span]:
    """The answer: who misses the target, what the scene says of them, and who has moved; without targets, who is apart
    from the whole."""
    aged = age_spans(mark_of(here, standings.indicator.key))
    if not standings.peers:
        return [*aged, Span(_("Nothing to rank yet this year."))]
    if not standings.judged:
        return fitting([*aged, _apart_span(standings)], _moves_spans(standings))
    return fitting([*aged, _reached_span(standings)], [*of_those_below, *_moves_spans(standings)])


def _reached_span(standings: Standings) -> Span:
    """How many miss their target, or that all reach it."""
    goal, below, judged = standings.goal, standings.below, standings.judged
    words = {"all": _format.number(len(judged)), "n": _format.number(len(below)), "kind": kind_word(standings)}
    if not below:
        text = _("All {all} {kind} reach the target {goal}", goal=goal_words(goal) if goal else "", **words)
        return Span(f"{text.rstrip()}.", "good")
    text = _("{n} of {all} {kind} miss the target {goal}", goal=goal_words(goal) if goal else "", **words)
    tone: Tone = "bad" if any(peer.state == "missed" for peer in below) else "warn"
    return Span(f"{text.rstrip()}.", tone)


def _apart_span(standings: Standings) -> Span:
    """Without targets: who is worse than the whole by more than chance explains."""
    worse = -1 if standings.indicator.better != "lower" else 1
    far = sorted((peer for peer in standings.peers if peer.apart == worse), key=lambda peer: peer.rank, reverse=True)
    if not far:
        return Span(_("None of {n} {kind} is worse than the whole.", n=len(standings.peers), kind=kind_word(standings)))
    names = ", ".join(f"{peer.name} {_format.percent(peer.value)}" for peer in far[:2])
    count = {"n": _format.number(len(far)), "all": _format.number(len(standings.peers))}
    text = _("{n} of {all} {kind} are worse than the whole: {names}", names=names, kind=kind_word(standings), **count)
    return Span(f"{text}{' …' if len(far) > 2 else '.'}", "bad")


def _moves_spans(standings: Standings) -> list[Span]:
    """Whose rate has changed in the last four weeks, the worse before the better; nothing where nobody can say."""
    if standings.moves is None:
        return []
    if not standings.moves:
        return [Span(_("No notable change in 4 weeks."))]
    better = any(move.better for move in standings.moves) and not any(move.better is False for move in standings.moves)
    largest = max((one for one in standings.moves if bool(one.better) == better), key=lambda move: move.size)
    what = f"{_name(standings.units, largest.unit)} {_format.points(largest.now - largest.before)}"
    if better:
        return [Span(_("Better in 4 weeks: {what}.", what=what), "good")]
    return [Span(_("Worse in 4 weeks: {what}.", what=what), "bad")]
