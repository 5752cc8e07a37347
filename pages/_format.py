"""Numbers, rates and times as the visitor's language writes them. Nowhere else are they turned into text."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from clock import LOCAL_ZONE
from metrics import Indicator, catalogue
from pages._language import Language, _, language

NBSP = "\u00a0"
_LOCALES = {"vi": Locale("vi", "VN"), "en": Locale("en", "GB")}


def locale() -> Locale:
    """The babel locale of the visitor."""
    return _LOCALES[language()]


def number(value: float | None, digits: int = 0) -> str:
    """A count or a mean: 2.038; "nothing to count" for None."""
    if value is None:
        return nothing()
    return _written(value, digits, language())


# Most figures of a page are those of the run before, and babel reads its pattern anew each time.
@lru_cache(maxsize=32768)
def _written(value: float, digits: int, spoken: Language) -> str:
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    # −0.0 is the same question as 0.0.
    return format_decimal(value + 0, format=pattern, locale=_LOCALES[spoken])


def percent(rate: float | None, digits: int = 1) -> str:
    """A rate of 0 to 1: 99,8 % with a no-break space in Vietnamese, 99.8% in English; "nothing to count" for None."""
    if rate is None:
        return nothing()
    return number(rate * 100, digits) + (f"{NBSP}%" if language() == "vi" else "%")


def short_percent(rate: float) -> str:
    """A rate without needless decimals, as targets are written: 51 %."""
    return percent(rate, 0 if abs(rate * 100 - round(rate * 100)) < 1e-9 else 1)


def target_value(key: str, value: float) -> str:
    """A target's value in the form of its indicator, given by its key, without needless decimals."""
    indicator = catalogue().get(key)
    if indicator is None or indicator.form == "rate":
        return short_percent(value)
    return number(value, 0 if value == int(value) else 1)


def points(change: float) -> str:
    """A difference of two rates in percentage points, with its sign: +1,8 điểm."""
    return _("{change} points", change=signed(change * 100, 1))


def difference(indicator: Indicator, change: float) -> str:
    """A change of an indicator's value in its form, with its sign: points of a rate, else a number."""
    if indicator.form == "rate":
        return points(change)
    return signed(change, 0 if indicator.form == "count" else 1)


def signed(value: float, digits: int = 0) -> str:
    """A number with its sign; a true minus sign."""
    text = number(abs(value), digits)
    if text == number(0, digits):
        return text
    return f"+{text}" if value > 0 else f"−{text}"


def figure(indicator: Indicator, value: float | None) -> str:
    """The value of an indicator in its form: a rate in per cent, a count, days or hours with one decimal."""
    if indicator.form == "rate":
        return percent(value)
    return number(value, 0 if indicator.form == "count" else 1)


def day(value: date) -> str:
    """12/06/2021."""
    return f"{value.day:02}/{value.month:02}/{value.year:04}"  # in both languages; babel takes twenty times as long


def weekday(value: date) -> str:
    """The day with its name: Thứ Sáu 10/12/2021."""
    name = format_date(value, "EEEE", locale=locale())
    return f"{name[:1].upper()}{name[1:]} {day(value)}"


def moment(value: datetime | None) -> str:
    """An aware instant in local time: 12/06/2021 14:05; "never" for None."""
    if value is None:
        return _("never")
    local = value.astimezone(LOCAL_ZONE)
    return f"{day(local)} {local:%H:%M}"


def time_of_day(value: datetime, seconds: bool = False) -> str:
    """An aware instant's local time: 14:05, or 14:05:09."""
    local = value.astimezone(LOCAL_ZONE)
    return f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"


def duration(value: timedelta | None) -> str:
    """How long, in the largest fitting unit: 45 seconds, 12 minutes, 3 hours, 2 days; "never" for None."""
    if value is None:
        return _("never")
    seconds = int(value.total_seconds())
    for size, words in ((86400, _("{n} days")), (3600, _("{n} hours")), (60, _("{n} minutes"))):
        if seconds >= 2 * size:
            return words.format(n=number(seconds // size))
    return _("{n} seconds", n=number(seconds))


def nothing() -> str:
    """What stands where there is nothing to count; never 0 % nor 100 %."""
    return _("nothing to count")
