"""Who holds most of something that should not be there: overdue dossiers, overdue documents."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from metrics import Counters, counts_on
from pages import _format
from pages._language import _
from pages._names import short_name
from pages._units import Units
from wall.blocks import BarRow, Bars, Listing, Mark, Place


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who answers for how many; `oldest`: the working days since the oldest was due, None where that is not known."""

    code: str
    name: str
    count: int
    oldest: int | None = None


def held(
    counters: Counters, key: str, answering: Mapping[str, str], today: date, oldest: Mapping[str, int] | None = None
) -> list[Holder]:
    """Who answers for a count of the local day `today` that is above 0, the most first, of equal ones the oldest.

    `answering`: as `metrics.holders` gives it; `oldest`: by the holder's code.
    """
    counts: dict[str, float] = defaultdict(float)
    for unit, count in counts_on(counters, key, today).items():
        if unit in answering:
            counts[answering[unit]] += count
    names, since = Units(counters, today).by_code, oldest or {}
    found = [
        Holder(code=code, name=short_name(names[code].name), count=int(count), oldest=since.get(code))
        for code, count in counts.items()
        if count > 0
    ]
    return sorted(found, key=lambda holder: (-holder.count, -(holder.oldest or 0), holder.code))


def most_words(holders: Sequence[Holder]) -> str:
    """Who alone holds the most, in words: "Lạc Sơn giữ nhiều nhất: 9"; empty where nobody or several do."""
    if len(holders) == 1:
        return _("At {name}", name=holders[0].name)
    if not holders or holders[1].count == holders[0].count:
        return ""
    return _("{name} holds most: {n}", name=holders[0].name, n=_format.number(holders[0].count))


def blocks(
    holders: Sequence[Holder], *, at: Place, mark: Mark, key: str, title: str, empty: str, most: int
) -> Mapping[str, Bars | Listing]:
    """The first of them as bars, with what the others hold in small print; without any a line that says `empty`."""
    if not holders:
        return {"nobody": Listing(at=at, mark=mark, figure=key, title=title, lines={}, order=[], empty=empty)}
    shown, rest = holders[:most], holders[most:]
    bars = Bars(
        at=at,
        mark=mark,
        figure=key,
        title=title,
        rows={holder.code: _bar(holder) for holder in shown},
        order=[holder.code for holder in shown],
        scale=float(shown[0].count),
        note=_rest_words(rest),
    )
    return {"holders": bars}


def _bar(holder: Holder) -> BarRow:
    note = "" if holder.oldest is None else _("oldest: {n} days", n=_format.number(holder.oldest))
    return BarRow(name=holder.name, value=float(holder.count), text=_format.number(holder.count), note=note)


def _rest_words(rest: Sequence[Holder]) -> str:
    if not rest:
        return ""
    total = _format.number(sum(holder.count for holder in rest))
    return _("{units} more units: {n}", units=_format.number(len(rest)), n=total)
