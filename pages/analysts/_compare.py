"""What a figure of Explore is compared with: an earlier period, its peers or the whole province in the same period."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from metrics import Period
from pages import _format
from pages._language import _
from pages._periods import against, comparison, comparison_names, period_text
from pages._units import kind_names
from pages.analysts._place import Part, Place, figures_at, parts_by
from pages.analysts._view import View


@dataclass(frozen=True)
class Peers:
    """The units of one kind: how many have a value, all of them together (of a rate) and the middle one."""

    count: int
    pooled: float | None
    middle: float | None

    @property
    def value(self) -> float | None:
        """What one unit is held against."""
        return self.middle if self.pooled is None else self.pooled


def compare_names() -> dict[str, str]:
    """Value of the parameter `compare` to its name."""
    return {**comparison_names(), "peers": _("Units of the same kind"), "province": _("The whole province")}


def is_earlier(view: View) -> bool:
    """Whether the view is compared with an earlier period."""
    return view.compare in comparison_names()


def reaches_back(view: View) -> bool:
    """Whether the records reach back to the earlier period."""
    return view.here.counters.cover(comparison(view.compare, view.period))


def compared_value(view: View, place: Place) -> float | None:
    """What the figure of a place is held against; None where there is nothing."""
    if is_earlier(view):
        return view.figure(place, comparison(view.compare, view.period)).value if reaches_back(view) else None
    if view.compare == "peers":
        return peers_of(view, place).value
    return None if place.unit == root_of(view) else _province(view, place)


def compared_parts(view: View, parts: Sequence[Part]) -> dict[str, float | None]:
    """Code of each part to what it is held against; empty where parts of this kind have nothing."""
    place, codes = view.place, [part.code for part in parts if part.code]
    if is_earlier(view):
        earlier = comparison(view.compare, view.period)
        return _values(view, place, codes, earlier) if reaches_back(view) else {}
    if view.compare == "province":
        if view.part == "unit":
            return dict.fromkeys(codes, _province(view, place))
        whole = replace(place, unit=root_of(view))
        return _values(view, whole, codes, view.period) if whole != place and view.indicator.denominator else {}
    if view.part != "unit":
        return {}
    kinds = {code: view.units.by_code[code].kind for code in codes}
    first = {kind: code for code, kind in reversed(kinds.items())}
    by_kind = {kind: peers_of(view, replace(place, unit=code)).value for kind, code in first.items()}
    return {code: by_kind[kind] for code, kind in kinds.items()}


def _values(view: View, place: Place, codes: Sequence[str], period: Period) -> dict[str, float | None]:
    """Code of a unit, field or procedure to its value at a place."""
    if view.part == "unit":
        found = figures_at(view.asked, place, codes, period)
        return {code: figure.value for code, figure in zip(codes, found, strict=True)}
    parts = parts_by(view.here.counters, place, view.indicator, period, view.part)
    return {part.code: part.figure.value for part in parts}


def root_of(view: View) -> str:
    """The code of the unit at the top, over the place."""
    return view.units.path(view.place.unit)[0].code


def _province(view: View, place: Place) -> float | None:
    """The value of the whole province; None for a count, of which every unit has but a share."""
    if view.indicator.denominator is None:
        return None
    return view.figure(replace(place, unit=root_of(view))).value


def peers_of(view: View, place: Place) -> Peers:
    """The units of the kind of the place's unit, itself among them."""
    kind = view.units.by_code[place.unit].kind
    codes = [unit.code for unit in view.units.by_code.values() if unit.kind == kind]
    found = zip(codes, figures_at(view.asked, place, codes, view.period), strict=True)
    shown = ((code, figure) for code, figure in found if not view.hidden(replace(place, unit=code)))
    figures = [figure for _code, figure in shown if figure.value is not None]
    values = [figure.value for figure in figures if figure.value is not None]
    if len(codes) < _FEWEST or not values:
        return Peers(len(values), None, None)
    pooled = None
    if view.indicator.denominator:
        over = sum(figure.denominator or 0.0 for figure in figures)
        pooled = sum(figure.numerator for figure in figures) / over if over else None
    return Peers(len(values), pooled, median(values))


_FEWEST = 2  # a unit is no peer of itself


def change_text(view: View, value: float | None) -> str:
    """How far the place's value is from what it is compared with, in words."""
    other = compared_value(view, view.place)
    if value is None or other is None:
        return _("nothing to compare with before") if is_earlier(view) else _("nothing to compare with")
    change = _format.difference(view.indicator, value - other)
    if is_earlier(view):
        return against(view.compare, change)
    words = _("{change} against the units of its kind") if view.compare == "peers" else _("{change} against {unit}")
    return words.format(change=change, unit=view.units.label(root_of(view)))


def compared_text(view: View) -> str:
    """The period, and what it is compared with."""
    period = period_text(view.period)
    if is_earlier(view):
        before = period_text(comparison(view.compare, view.period))
        if reaches_back(view):
            return _("Period {period}; compared with {before}.", period=period, before=before)
        return _("Period {period}; the records do not go back to {before}.", period=period, before=before)
    if view.compare == "province":
        if view.indicator.denominator is None:
            return _("Period {period}; a count cannot be compared with that of the whole province.", period=period)
        return _("Period {period}; compared with {before}.", period=period, before=_root_text(view))
    return _("Period {period}; compared with {before}.", period=period, before=_peers_text(view))


def _root_text(view: View) -> str:
    root = root_of(view)
    value = _format.figure(view.indicator, _province(view, view.place))
    return f"{view.units.label(root)} ({value})"


def _peers_text(view: View) -> str:
    found, kind = peers_of(view, view.place), view.units.by_code[view.place.unit].kind
    if found.middle is None:
        return _("units of its kind: there are none")
    name = kind_names().get(kind, kind)
    middle = _format.figure(view.indicator, found.middle)
    if found.pooled is None:
        return _("{n} units ({kind}): the middle one has {middle}", n=found.count, kind=name, middle=middle)
    pooled = _format.figure(view.indicator, found.pooled)
    words = _("{n} units ({kind}): {pooled} together, the middle one {middle}")
    return words.format(n=found.count, kind=name, pooled=pooled, middle=middle)
