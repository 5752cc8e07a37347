"""A period: two inclusive local dates, with a name where the calendar has one."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

EPOCH = date(1970, 1, 1)
_YEARS = range(1900, 3000)  # a year typed wrongly is refused; every neighbour of these years is still a date
_FORMS = "2021, 2021-06, 2021-Q2, 2021-H1, 2021-W23, 2021-06-15 or 2021-01-01..2021-06-30"
_DAY = r"\d{4}-\d{2}-\d{2}"
_NAME = re.compile(
    rf"(?P<year>\d{{4}})(?:-(?:Q(?P<quarter>[1-4])|H(?P<half>[12])|W(?P<week>\d{{2}})|(?P<month>\d{{2}})))?"
    rf"|(?P<first>{_DAY})(?:\.\.(?P<last>{_DAY}))?",
    re.ASCII | re.IGNORECASE,
)


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

    @property
    def whole_months(self) -> int:
        """How many calendar months it is; 0 when it cuts one."""
        if self.start.day != 1 or (self.end + timedelta(days=1)).day != 1:
            return 0
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month + 1

    def previous(self) -> "Period":
        """The period of the same length that ends on the day before this one starts."""
        return Period(self.start - timedelta(days=self.days), self.start - timedelta(days=1))

    def a_year_before(self) -> "Period":
        """The same dates one year earlier; 29 February becomes the 28th, and whole months stay whole months."""
        end = _a_year_before(self.end)
        return Period(_a_year_before(self.start), _last_of_month(end) if self.whole_months else end)

    def name(self) -> str:
        """What `parse` reads back: the calendar's name where it has one, else "first..last"."""
        year, quarter = self.start.year, (self.start.month + 2) // 3
        months = self.whole_months
        if months == 12 and self.start.month == 1:
            return f"{year:04}"
        if months == 6 and self.start.month in (1, 7):
            return f"{year:04}-H{1 if self.start.month == 1 else 2}"
        if months == 3 and self.start.month == 3 * quarter - 2:
            return f"{year:04}-Q{quarter}"
        if months == 1:
            return f"{year:04}-{self.start.month:02}"
        if self.days == 1:
            return self.start.isoformat()
        if self.days == 7 and self.start.weekday() == 0:
            week = self.start.isocalendar()
            return f"{week.year:04}-W{week.week:02}"
        return f"{self.start}..{self.end}"

    @classmethod
    def parse(cls, name: str) -> "Period":
        """The period of a name: 2021, 2021-06, 2021-Q2, 2021-H1, 2021-W23 (ISO week, from Monday), 2021-06-15, or
        2021-01-01..2021-06-30. ValueError for anything else, naming these forms."""
        found = _NAME.fullmatch(name.strip())
        try:
            if not found:
                raise ValueError("it has none of the known forms")
            return _named(found)
        except ValueError as error:
            raise ValueError(f"{name!r} is no period ({error}); write it as {_FORMS}") from error

    @classmethod
    def month_of(cls, day: date) -> "Period":
        """The calendar month in which a day lies."""
        return _months(day.year, day.month, 1)

    @classmethod
    def quarter_of(cls, day: date) -> "Period":
        """The quarter in which a day lies."""
        return _months(day.year, (day.month - 1) // 3 * 3 + 1, 3)

    @classmethod
    def half_of(cls, day: date) -> "Period":
        """The half-year in which a day lies."""
        return _months(day.year, 1 if day.month <= 6 else 7, 6)

    @classmethod
    def year_of(cls, day: date) -> "Period":
        """The calendar year in which a day lies."""
        return _months(day.year, 1, 12)

    @classmethod
    def week_of(cls, day: date) -> "Period":
        """The ISO week, Monday to Sunday, in which a day lies."""
        monday = day - timedelta(days=day.weekday())
        return cls(monday, monday + timedelta(days=6))

    @classmethod
    def year_to_date(cls, day: date) -> "Period":
        """From 1 January to `day`."""
        return cls(date(day.year, 1, 1), day)

    @classmethod
    def ending(cls, day: date, days: int) -> "Period":
        """The `days` days that end on `day`."""
        return cls(day - timedelta(days=days - 1), day)


def day_number(day: date) -> int:
    """A local day as days since 1970-01-01, as the daily measures count them."""
    return (day - EPOCH).days


def _named(found: re.Match[str]) -> Period:
    if found["first"]:
        first = date.fromisoformat(found["first"])
        last = date.fromisoformat(found["last"] or found["first"])
        _check_years(first.year, last.year)
        return Period(first, last)
    year = int(found["year"])
    _check_years(year)
    if found["quarter"]:
        return _months(year, int(found["quarter"]) * 3 - 2, 3)
    if found["half"]:
        return _months(year, int(found["half"]) * 6 - 5, 6)
    if found["week"]:
        return Period.week_of(date.fromisocalendar(year, int(found["week"]), 1))
    return _months(year, int(found["month"]), 1) if found["month"] else _months(year, 1, 12)


def _check_years(*years: int) -> None:
    for year in years:
        if year not in _YEARS:
            raise ValueError(f"the year must be {_YEARS.start} to {_YEARS.stop - 1}")


def _months(year: int, month: int, count: int) -> Period:
    """`count` calendar months of one year from `month` on."""
    return Period(date(year, month, 1), _last_of_month(date(year, month + count - 1, 1)))


def _last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _a_year_before(day: date) -> date:
    leap_day = day.month == 2 and day.day == 29
    return day.replace(year=day.year - 1, day=28) if leap_day else day.replace(year=day.year - 1)
