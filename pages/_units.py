"""Units as pages need them: by code, with names that tell namesakes apart, under whom and above whom."""

from dataclasses import dataclass
from datetime import date

from metrics import Counters
from pages._language import _
from pages._names import short_name
from pages._order import vietnamese_order


@dataclass(frozen=True)
class UnitRow:
    """A unit in force: `parent_code` is None for a root."""

    code: str
    name: str
    kind: str
    parent_code: str | None


class Units:
    """The units in force on a local day."""

    def __init__(self, counters: Counters, day: date) -> None:
        self.by_code: dict[str, UnitRow] = counters.remembered(
            ("units by code", day), date.min, lambda: _by_code(counters, day)
        )
        self._below: dict[str | None, list[UnitRow]] = counters.remembered(
            ("units below", day), date.min, lambda: _below(self.by_code)
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Units) and self.by_code == other.by_code

    __hash__ = None  # type: ignore[assignment]

    def roots(self) -> list[UnitRow]:
        """The units under no other: the province itself."""
        return [unit for unit in self.by_code.values() if unit.parent_code not in self.by_code]

    def largest(self) -> str:
        """The code of the root with most units below it: the whole place. ValueError where no unit is in force."""
        return max(self.roots(), key=lambda root: len(self.subtree(root.code))).code

    def children(self, code: str) -> list[UnitRow]:
        """The units directly under one."""
        return list(self._below.get(code, ()))

    def path(self, code: str) -> list[UnitRow]:
        """From the root down to the unit itself."""
        upwards = [self.by_code[code]]
        while (above := upwards[-1].parent_code) in self.by_code:
            upwards.append(self.by_code[above])
        return upwards[::-1]

    def subtree(self, code: str) -> list[str]:
        """The codes of the unit and everything under it."""
        found = [code]
        for above in found:
            found += [unit.code for unit in self.children(above)]
        return found

    def label(self, code: str) -> str:
        """The unit's name; a commune's with its district, since communes are namesakes: Xã Tân Mỹ (Lạc Sơn)."""
        unit = self.by_code[code]
        above = self.by_code.get(unit.parent_code or "")
        return f"{unit.name} ({short_name(above.name)})" if unit.kind == "xa" and above else unit.name

    def labels(self, *first: str) -> dict[str, str]:
        """Code to label of every unit: those given first, then the others, in Vietnamese order of the labels."""
        named = {code: self.label(code) for code in self.by_code}
        return dict(sorted(named.items(), key=lambda item: (item[0] not in first, vietnamese_order(item[1]))))


def _by_code(counters: Counters, day: date) -> dict[str, UnitRow]:
    frame = counters.units_on(day).select("code", "name", "kind", "parent_code")
    return {row[0]: UnitRow(*row) for row in frame.iter_rows()}


def _below(by_code: dict[str, UnitRow]) -> dict[str | None, list[UnitRow]]:
    found: dict[str | None, list[UnitRow]] = {}
    for unit in by_code.values():
        found.setdefault(unit.parent_code, []).append(unit)
    return found


def kind_names() -> dict[str, str]:
    """Kinds of units that can be ranked, to their names."""
    return {"huyen": _("Districts and cities"), "so": _("Departments"), "xa": _("Communes, wards, towns")}
