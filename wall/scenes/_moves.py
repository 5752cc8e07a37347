"""What moved: the whole's figures by their weeks, the units' rates against their own past.

All that is looked at together is called changed falsely at most once in a hundred times. Of that chance 70 % goes to
the whole's few figures (`metrics.moved`), so that a shift of three sigmas is named in its first four weeks, and 30 % to
the units' many (`metrics.shifted`); each is shared among its comparisons.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from metrics import Counters, Period, Share, catalogue, figures, moved, shifted

WHOLE = (
    "received",
    "online_dossier_rate",
    "on_time_rate",
    "overdue",
    "signed_document_rate",
    "satisfaction_rate",
    "participation_rate",
)
OF_UNITS = (
    "online_dossier_rate",
    "on_time_rate",
    "satisfaction_rate",
    "online_payment_rate",
    "signed_document_rate",
    "participation_rate",
)
WEEK, LATEST = 7, 28
_BEFORE = (24, 20, 16, 12)  # weeks to compare with: as many as are known
_MOST_OF_WHOLE = 2
_OF_CHANCE = {True: 0.7, False: 0.3}  # the whole, the units


@dataclass(frozen=True, kw_only=True)
class Move:
    """An indicator of a unit that has changed: its value of the last four weeks, that of the weeks before.

    A count's values are means of a week. `whole`: of the province itself.
    """

    unit: str
    key: str
    direction: int
    now: float
    before: float
    whole: bool = False

    @property
    def size(self) -> float:
        """How large: points of a rate, else part of what it was."""
        change = abs(self.now - self.before)
        return change if catalogue()[self.key].form == "rate" else change / (abs(self.before) or 1.0)

    @property
    def better(self) -> bool | None:
        """Whether it moved to the good side; None where neither side is good."""
        good = catalogue()[self.key].better
        return None if good is None else (self.direction > 0) == (good == "higher")


@dataclass(frozen=True, kw_only=True)
class Still:
    """A figure of the whole that has not moved: its value of the last four weeks (of a count, the mean week's).

    Not `enough`: too few weeks are known to say so.
    """

    key: str
    now: float | None
    enough: bool


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One rate of one unit in both periods."""

    unit: str
    key: str
    now: Share
    before: Share


@dataclass(frozen=True, kw_only=True)
class Windows:
    """The last four weeks, and the weeks before them that they are compared with."""

    now: Period
    before: Period


@dataclass(frozen=True, kw_only=True)
class Changes:
    """All moves, and the figures of the whole that did not move. `periods` None: too little is known to compare."""

    moves: Sequence[Move] = ()
    still: Sequence[Still] = ()
    periods: Windows | None = None


def windows(counters: Counters, today: date) -> Windows | None:
    """The two periods; None while less than twelve weeks before the last four are known."""
    now = Period.ending(today, LATEST)
    for weeks in _BEFORE:
        before = Period.ending(now.previous().end, weeks * WEEK)
        if counters.cover(before):
            return Windows(now=now, before=before)
    return None


def shared(comparisons: int, *, whole: bool) -> int:
    """As one of how many each of these comparisons must be seen, for all of both kinds to share 1 %."""
    return ceil(comparisons / _OF_CHANCE[whole])


def unit_moves(compared: Sequence[Compared], among: int) -> list[Move]:
    """Those of the comparisons that chance does not explain, at 1 % for all `among` together."""
    found = []
    for one in compared:
        direction = shifted(one.now, one.before, among)
        if direction and one.now.value is not None and one.before.value is not None:
            move = Move(unit=one.unit, key=one.key, direction=direction, now=one.now.value, before=one.before.value)
            found.append(move)
    return found


def compared_units(counters: Counters, periods: Windows, units: Sequence[str], minimum: int) -> list[Compared]:
    """Every rate of every unit that counts enough in both periods."""
    wanted = pairs_of(counters, periods, list(OF_UNITS), units)
    return [one for one in wanted if min(one.now.denominator, one.before.denominator) >= max(minimum, 1)]


def pairs_of(counters: Counters, periods: Windows, keys: list[str], units: Sequence[str]) -> list[Compared]:
    """The indicators of these units in both periods; a count has the denominator 0."""
    then = _shares(counters, periods.before, keys, units, periods.now.end)
    now = _shares(counters, periods.now, keys, units, periods.now.end)
    return [Compared(unit=unit, key=key, now=share, before=then[unit, key]) for (unit, key), share in now.items()]


def _shares(
    counters: Counters, period: Period, keys: list[str], units: Sequence[str], today: date
) -> dict[tuple[str, str], Share]:
    rows = figures(counters, period, keys, units=units, units_as="today", today=today)
    told = rows.select("unit", "indicator", "numerator", "denominator")
    return {(unit, key): Share(part or 0.0, whole or 0.0) for unit, key, part, whole in told.iter_rows()}


def whole_moves(counters: Counters, root: str, periods: Windows) -> tuple[list[Move], list[Still]]:
    """The figures of the province itself that its weekly values say have changed, and those that have not."""
    found, still = [], []
    among = shared(len(WHOLE), whole=True)
    for one in pairs_of(counters, periods, list(WHOLE), [root]):
        signal = moved(counters, one.key, root, periods.now.end, among=among)
        now, before = signal.now, signal.center
        if catalogue()[one.key].form == "rate":  # sums over sums, never a mean of weeks' rates
            now, before = one.now.value, one.before.value
        if signal.direction and now is not None and before is not None and (now - before) * signal.direction > 0:
            found.append(Move(unit=root, key=one.key, direction=signal.direction, now=now, before=before, whole=True))
        else:
            still.append(Still(key=one.key, now=now, enough=signal.enough))
    return found, still


def chosen(moves: Sequence[Move], most: int) -> list[Move]:
    """So many of them, the largest: at most two of the whole before units', and a rise and a fall if there are both."""
    ordered = sorted(moves, key=lambda move: -move.size)
    whole, units = [one for one in ordered if one.whole], [one for one in ordered if not one.whole]
    ordered = [*whole[:_MOST_OF_WHOLE], *units, *whole[_MOST_OF_WHOLE:]]
    first, left = ordered[:most], ordered[most:]
    directions = {move.direction for move in first}
    other = next((move for move in left if move.direction not in directions), None)
    return [*first[:-1], other] if other else first


def changes(counters: Counters, until: date, root: str, units: Sequence[str], minimum: int) -> Changes:
    """All that moved up to the end of a local day: figures of `root`, and rates of these units that count enough."""
    periods = windows(counters, until)
    if periods is None:
        return Changes()
    compared = compared_units(counters, periods, units, minimum)
    found, still = whole_moves(counters, root, periods)
    found += unit_moves(compared, shared(len(compared), whole=False))
    return Changes(moves=found, still=still, periods=periods)
