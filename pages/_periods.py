"""The periods that a visitor can ask for: to today, by the calendar's names, or two days of their own."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from metrics import Period
from pages import _format
from pages._language import _, language

TO_TODAY = ("year", "quarter", "month", "4weeks")
_CALENDAR: tuple[Callable[[date], Period], ...] = (
    Period.year_of,
    Period.half_of,
    Period.quarter_of,
    Period.month_of,
    Period.week_of,
    lambda day: Period(day, day),
)
_KINDS = {"year": Period.year_of, "quarter": Period.quarter_of, "month": Period.month_of}
_ROMAN = ("I", "II", "III", "IV")
_MONTHS_OF_QUARTER, _MONTHS_OF_HALF, _WEEK = 3, 6, 7
COMPARISONS = ("previous", "year")


def period_to_today(name: str, today: date) -> Period:
    """The period of a name of TO_TODAY: it ends today."""
    return Period(_KINDS[name](today).start, today) if name in _KINDS else Period.ending(today, 28)


def to_today_names() -> dict[str, str]:
    """Value of the parameter `period` to its name, for those that end today."""
    return {
        "year": _("Year to date"),
        "quarter": _("This quarter"),
        "month": _("This month"),
        "4weeks": _("Last 4 weeks"),
    }


def calendar_names(day: date) -> dict[str, str]:
    """Value of the parameter `period` to its name, for the year, half-year, quarter, month, week and day of a day."""
    found = [period_of(day) for period_of in _CALENDAR]
    return {period.name(): calendar_name(period) for period in found}


def calendar_name(period: Period) -> str:
    """Quý II/2021, Tháng 6/2021, Tuần 23/2021 …; the two days where the calendar has no name for it."""
    year, month = period.start.year, period.start.month
    if period.days == 1:
        return _("Day {day}", day=_format.day(period.start))
    names = {
        1: _("Month {month}/{year}", month=month, year=year),
        _MONTHS_OF_QUARTER: _("Quarter {quarter}/{year}", quarter=_quarter(month), year=year),
        _MONTHS_OF_HALF: _("First half of {year}", year=year) if month == 1 else _("Second half of {year}", year=year),
        12: _("Year {year}", year=year),
    }
    if period in [period_of(period.start) for period_of in _CALENDAR] and period.whole_months in names:
        return names[period.whole_months]
    if period.days == _WEEK and period.start.isoweekday() == 1:
        week = period.start.isocalendar()
        return _("Week {week}/{year}", week=week.week, year=week.year)
    return period_text(period)


def _quarter(month: int) -> str:
    number = (month - 1) // _MONTHS_OF_QUARTER
    return _ROMAN[number] if language() == "vi" else str(number + 1)


def neighbours(name: str, period: Period) -> tuple[Period, Period]:
    """The periods of the same kind before and after: of a name of the calendar, or of one that runs to today, the
    calendar's; else those of the same length."""
    kinds = [_KINDS[name]] if name in _KINDS else [kind for kind in _CALENDAR if kind(period.start) == period]
    for period_of in kinds:
        return period_of(period.start - timedelta(days=1)), period_of(period_of(period.end).end + timedelta(days=1))
    after = period.end + timedelta(days=1)
    return period.previous(), Period(after, after + timedelta(days=period.days - 1))


def comparison(name: str, period: Period) -> Period:
    """What a period is compared with: that before it of the same length, or the same dates of last year."""
    return period.a_year_before() if name == "year" else period.previous()


def comparison_names() -> Mapping[str, str]:
    """Value of the parameter `compare` to its name."""
    return {"previous": _("The period before"), "year": _("Same period last year")}


def against(name: str, change: str) -> str:
    """A change with what it is against: +1,8 điểm % so với kỳ trước."""
    if name == "year":
        return _("{change} against the same period last year", change=change)
    return _("{change} against the period before", change=change)


def period_text(period: Period) -> str:
    """01/01/2021 – 10/12/2021."""
    return f"{_format.day(period.start)} – {_format.day(period.end)}"
