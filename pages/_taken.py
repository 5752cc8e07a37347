"""What the views of several pages share when they are taken away as files."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl
from polars._typing import PolarsDataType

from exports.viewed import Table, Viewed
from metrics import Period
from pages._contract import Page
from pages._language import _
from pages._live import Live
from pages._periods import calendar_name, period_text, to_today_names
from pages._sourced import nothing_read

Columns = Mapping[str, tuple[PolarsDataType, str]]
INSTANT = pl.Datetime("us", "UTC")


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


def table_of(
    name: str,
    rows: Iterable[Sequence[object]],
    columns: Columns,
    rates: Iterable[str] = (),
    rated: Sequence[bool] | None = None,
) -> Table:
    """A table of rows. `columns`: name to type and head; `rates` and `rated` as in `Table`."""
    types = {column: dtype for column, (dtype, _head) in columns.items()}
    frame = pl.DataFrame(list(rows), schema=types, orient="row")
    heads = {column: head for column, (_dtype, head) in columns.items()}
    return Table(name=name, frame=frame, heads=heads, rates=frozenset(rates), rated=rated)
