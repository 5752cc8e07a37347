"""A period: two inclusive local dates."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, order=True)
class Period:
    """The local days from `start` to `end`, both included. ValueError when it would be empty."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a period cannot end on {self.end} before it starts on {self.start}")

    @property
    def days(self) -> int:
        """How many days it has, at least 1."""
        return (self.end - self.start).days + 1

    def previous(self) -> "Period":
        """The period of the same length that ends on the day before this one starts."""
        return Period(self.start - timedelta(days=self.days), self.start - timedelta(days=1))

    @classmethod
    def year_to_date(cls, day: date) -> "Period":
        """From 1 January to `day`."""
        return cls(date(day.year, 1, 1), day)

    @classmethod
    def ending(cls, day: date, days: int) -> "Period":
        """The `days` days that end on `day`."""
        return cls(day - timedelta(days=days - 1), day)


EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """A local day as days since 1970-01-01, as the daily measures count them."""
    return (day - EPOCH).days
