"""What the page Explore was asked for, and the addresses of its neighbours."""

from collections.abc import Mapping
from dataclasses import dataclass

from metrics import Indicator, Period
from pages._address import address
from pages._badges import Standing, standing
from pages._language import _
from pages._live import Live
from pages._units import Units
from pages.analysts._asked import HIDDEN, Asked, Figure
from pages.analysts._hidden import is_hidden
from pages.analysts._place import Place, figure_at
from store.reads import Target

PATH = "explore"


@dataclass(frozen=True)
class View:
    """Everything the page was asked for, checked. `part`: into what the figure is taken apart, or how it is spread;
    `sort` orders parts; `dossiers` and `page` (from 1) are the list of dossiers; `usual`: the unit
    that the page shows unless another is asked for."""

    here: Live
    units: Units
    place: Place
    asked: Asked
    period: Period
    period_name: str
    compare: str
    part: str
    sort: str
    dossiers: str
    page: int
    targets: Mapping[str, Target]
    usual: str

    @property
    def indicator(self) -> Indicator:
        """The indicator asked for."""
        return self.asked.indicator

    def to(self, place: Place, **changes: str) -> str:
        """The address of this view at a place, with some choices changed; what belongs to one table is left out."""
        kept = {
            "unit": place.unit if place.unit != self.usual else "",
            "scope": "own" if place.own else "",
            "field": place.field,
            "procedure": place.procedure,
            "indicator": self.indicator.key,
        }
        if self.period_name == "custom":
            kept |= {"from_": self.period.start.isoformat(), "to": self.period.end.isoformat()}
        elif self.period_name != "year":
            kept["period"] = self.period_name
        if self.compare != "previous":
            kept["compare"] = self.compare
        if self.asked.today:
            kept["units"] = "today"
        if self.asked.publication:
            kept["figures"] = "published"
        return address(PATH, **(kept | changes))

    def figure(self, place: Place, period: Period | None = None) -> Figure:
        """The indicator at a place, unless it is hidden."""
        chosen = period or self.period
        return HIDDEN if self.hidden(place, chosen) else figure_at(self.asked, place, chosen)

    def hidden(self, place: Place, period: Period | None = None) -> bool:
        """Whether the figure of a place is hidden, since it or what it tells of others is too small."""
        return is_hidden(self.here, self.asked, place, period or self.period)

    def target(self, place: Place) -> Target | None:
        """The target of a unit as a whole; fields and procedures have none."""
        return None if place.field or place.procedure or place.own else self.targets.get(place.unit)

    def state(self, place: Place, value: float | None) -> Standing:
        """Where a figure stands to its target."""
        target = self.target(place)
        return standing(value, target.value, target.comparator) if target and self.indicator.form == "rate" else "none"

    def name(self) -> str:
        """What the place is called."""
        return self.name_of(self.place)

    def name_of(self, place: Place) -> str:
        """What a place is called: its procedure or field, and its unit."""
        unit = self.units.label(place.unit)
        if place.own:
            unit = _("{unit} itself", unit=unit)
        if place.procedure:
            return f"{self.here.counters.procedures.names()[place.procedure]} – {unit}"
        return f"{field_names(self.here)[place.field]} – {unit}" if place.field else unit


def field_names(here: Live) -> dict[str, str]:
    """Code to name of every field of the procedures."""
    return {field: name or field for field, name in here.counters.procedures.fields().values() if field}
