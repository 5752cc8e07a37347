"""What the page Explore was asked for, and the addresses of its neighbours."""

from collections.abc import Mapping
from dataclasses import dataclass

from metrics import Indicator, Period
from pages._badges import Standing, standing
from pages._links import address
from pages._live import Live
from pages._periods import comparison
from pages._units import Units
from pages.analysts._asked import Asked, Figure
from pages.analysts._place import Place, figure_at
from store.reads import Target

PATH = "explore"


@dataclass(frozen=True)
class View:
    """Everything the page was asked for, checked."""

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
    targets: Mapping[str, Target]

    @property
    def indicator(self) -> Indicator:
        """The indicator asked for."""
        return self.asked.indicator

    def href(self, **changes: str) -> str:
        """The address of this view with some choices changed."""
        kept = {
            "unit": self.place.unit,
            "field": self.place.field,
            "procedure": self.place.procedure,
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

    def compared(self) -> Period | None:
        """The period to compare with; None where the records do not reach back to it."""
        earlier = comparison(self.compare, self.period)
        return earlier if self.here.counters.cover(earlier) else None

    def figure(self, place: Place, period: Period | None = None) -> Figure:
        """The indicator at a place."""
        return figure_at(self.asked, place, period or self.period)

    def target(self, place: Place) -> Target | None:
        """The target of a unit as a whole; fields and procedures have none."""
        return None if place.field or place.procedure else self.targets.get(place.unit)

    def state(self, place: Place, value: float | None) -> Standing:
        """Where a figure stands to its target."""
        target = self.target(place)
        return standing(value, target.value, target.comparator) if target and self.indicator.form == "rate" else "none"

    def name(self) -> str:
        """What the place is called."""
        if self.place.procedure:
            return (
                f"{self.here.counters.procedures.names()[self.place.procedure]} – {self.units.label(self.place.unit)}"
            )
        if self.place.field:
            return f"{field_names(self.here)[self.place.field]} – {self.units.label(self.place.unit)}"
        return self.units.label(self.place.unit)


def field_names(here: Live) -> dict[str, str]:
    """Code to name of every field of the procedures."""
    return {field: name or field for field, name in here.counters.procedures.fields().values() if field}
