"""What the views of several pages share when they are taken away as files."""

from exports.viewed import Viewed
from metrics import Period
from pages._contract import Page
from pages._language import _
from pages._live import Live
from pages._periods import calendar_name, period_text, to_today_names
from pages._sourced import nothing_read


def nothing(page: Page, here: Live) -> Viewed:
    """A page before any unit is known: no table, and what to do."""
    return Viewed(
        name=page.path,
        title=_(page.title),
        sentence=nothing_read(),
        filters=(),
        period="",
        data_time=here.data_time,
        definitions=(),
        tables=(),
    )


def period_words(name: str, period: Period) -> str:
    """The chosen period by its name and its days: Từ đầu năm: 01/01/2021 – 10/12/2021."""
    days = period_text(period)
    named = to_today_names().get(name) or calendar_name(period)
    return days if named == days else f"{named}: {days}"


def capital(words: str) -> str:
    """A phrase as a sentence begins."""
    return words[:1].upper() + words[1:]
