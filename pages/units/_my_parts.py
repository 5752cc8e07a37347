"""Which procedures, and of a district which communes, brought the change of its figure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from metrics import Counters, Indicator, Period, Share, breakdown, contributions, figures
from pages import _format
from pages._address import address
from pages._html import escape, remark, table
from pages._language import _
from pages._links import link
from pages._live import Live
from pages.units._my_view import Asked, Line

SHOWN = 5
_SMALL = 1e-9
Shares = Mapping[str, Share]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One procedure or unit, before and now; `points`: what it brought of the change, as a rate (0.05: five)."""

    code: str
    name: str
    before: Share
    now: Share
    points: float


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts of one change, the largest first; their points add up to the change."""

    procedures: Sequence[Part]
    communes: Sequence[Part]


def parts(here: Live, asked: Asked, one: Line) -> Parts:
    """What brought the change of a rate over the period whose movement is told; empty where nothing can be said."""
    if one.moving is None or one.indicator.form != "rate":
        return Parts(procedures=(), communes=())
    counters, key, unit, period = here.counters, one.indicator.key, asked.unit, one.moving.view.period
    below = tuple(child.code for child in asked.units.children(unit))

    def ask() -> Parts:
        return Parts(
            procedures=_parts(lambda days: _by_procedure(counters, key, unit, days), period),
            communes=_parts(lambda days: _by_unit(counters, key, unit, below, days), period) if below else (),
        )

    return counters.remembered(("what brought a change", key, unit, below, period), period.end, ask)


def _parts(held: Callable[[Period], dict[str, tuple[str, Share]]], period: Period) -> list[Part]:
    now, before = held(period), held(period.previous())
    names = {code: name for code, (name, _share) in (before | now).items()}
    nothing = ("", Share(0.0, 0.0))
    shares = [{code: part for code, (_name, part) in one.items()} for one in (now, before)]
    found = [
        Part(
            code=code,
            name=names[code],
            before=before.get(code, nothing)[1],
            now=now.get(code, nothing)[1],
            points=points,
        )
        for code, points in contributions(*shares).items()
        if abs(points) > _SMALL
    ]
    return sorted(found, key=lambda part: (-abs(part.points), part.code))


def _by_procedure(counters: Counters, key: str, unit: str, period: Period) -> dict[str, tuple[str, Share]]:
    rows = breakdown(counters, key, unit, period).iter_rows(named=True)
    return {row["code"]: (row["name"], Share(row["numerator"], row["denominator"] or 0.0)) for row in rows}


def _by_unit(
    counters: Counters, key: str, unit: str, below: Sequence[str], period: Period
) -> dict[str, tuple[str, Share]]:
    """The units below and the unit's own office; empty where they do not add up to the whole."""
    whole = figures(counters, period, [key], units=[unit]).row(0, named=True)
    rows = figures(counters, period, [key], units=below).rows(named=True)
    rows += figures(counters, period, [key], scope="own", units=[unit]).rows(named=True)
    for count in ("numerator", "denominator"):
        if abs(sum(row[count] or 0.0 for row in rows) - (whole[count] or 0.0)) > _SMALL:
            return {}
    return {row["unit"]: ("", Share(row["numerator"] or 0.0, row["denominator"] or 0.0)) for row in rows}


def procedures_table(found: Sequence[Part], asked: Asked, one: Line) -> str:
    """The procedures that brought most, as HTML."""
    return _table(_("Procedure"), [(part.name, part, {"procedure": part.code}) for part in found], asked, one)


def communes_table(found: Sequence[Part], asked: Asked, one: Line) -> str:
    """The units below that brought most, as HTML."""
    named = [(unit_name(part, asked), part, {"unit": part.code}) for part in found]
    return _table(_("Unit"), named, asked, one)


def unit_name(part: Part, asked: Asked) -> str:
    """The name of a unit below; of the unit itself: what it handled itself."""
    if part.code != asked.unit:
        return asked.units.by_code[part.code].name
    own = _("this unit itself")
    return own[:1].upper() + own[1:]


def _table(head: str, named: Sequence[tuple[str, Part, dict[str, str]]], asked: Asked, one: Line) -> str:
    if not named or one.moving is None:
        return ""
    period = one.moving.view.period
    days = {"from_": period.start.isoformat(), "to": period.end.isoformat()}
    rows = []
    for name, part, where in named[:SHOWN]:
        href = address("explore", **{"unit": asked.unit, **where, "indicator": one.indicator.key, **days})
        rows.append([link(name, href), *(escape(cell) for cell in _cells(part, one.indicator))])
    heads = [head, _("What it brought"), _("Before → now"), _("Numerator / denominator")]
    rest = len(named) - len(rows)
    more = _("and {n} more, each with less", n=_format.number(rest)) if rest > 0 else ""
    return table(heads, rows, "ioc-own") + (remark(more) if more else "")


def _cells(part: Part, indicator: Indicator) -> list[str]:
    before, now = (_format.figure(indicator, one.value) for one in (part.before, part.now))
    counts = [f"{_format.number(one.numerator)} / {_format.number(one.denominator)}" for one in (part.before, part.now)]
    return [_format.points(part.points), f"{before} → {now}", " → ".join(counts)]
