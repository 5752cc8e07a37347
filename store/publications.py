"""Published periods: figures as they were frozen, one revision after another. Nothing here is ever changed again."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Engine

from store.audit import Deed, host_user, note
from store.engine import reading, writing
from store.frames import read_frame
from store.tables import publications as publications_table
from store.tables import published_figures
from store.versions import bump

_FIGURES = ("scope", "unit", "indicator", "numerator", "denominator", "value")


class Publication(NamedTuple):
    """One revision of a period (both days included); the first is 1. `definitions`: the version of the
    indicators' definitions; `checksum`: SHA-256."""

    period_from: date
    period_to: date
    revision: int
    name: str
    published_at: datetime
    published_by: str
    reason: str
    definitions: str
    checksum: str


def publications(engine: Engine, period: tuple[date, date] | None = None) -> list[Publication]:
    """All revisions, of one period or (None) of all, by period and revision."""
    columns = [publications_table.c[name] for name in Publication._fields]
    query = sa.select(*columns).order_by(*columns[:3])
    if period:
        query = query.where(columns[0] == period[0], columns[1] == period[1])
    with reading(engine) as connection:
        return [Publication(*row) for row in connection.execute(query)]


def figures_of(engine: Engine, publication: Publication) -> pl.DataFrame:
    """The frozen figures: scope, unit, indicator, numerator, denominator, value; sorted by the first three."""
    columns = [published_figures.c[name] for name in _FIGURES]
    query = sa.select(*columns).where(*_key(publication))
    with reading(engine) as connection:
        return read_frame(connection, query).sort(_FIGURES[:3])


def put_publication(engine: Engine, publication: Publication, figures: pl.DataFrame, who: str = "") -> None:
    """Store a revision with its figures (columns as `figures_of`). StoreError when that revision is there already.

    The audit log names `who` ("": who publishes, or whoever runs this program)."""
    key = publication._asdict()
    named = {name: key[name] for name in ("period_from", "period_to", "revision")}
    rows: list[Mapping[str, object]] = [{**named, **row} for row in figures.iter_rows(named=True)]
    with writing(engine) as connection:
        connection.execute(publications_table.insert().values(**key))
        if rows:
            connection.execute(published_figures.insert(), rows)
        bump(connection, "data")  # pages offer what was published
        note(connection, _deed(publication, figures.height, who))


def _deed(publication: Publication, figures: int, who: str) -> Deed:
    told = {"by": publication.published_by, "figures": figures, "checksum": publication.checksum}
    told["definitions"] = publication.definitions
    answers = who or publication.published_by or host_user()
    what = f"{publication.name} revision {publication.revision}"
    return Deed(answers, "revision", what, publication.reason, told)


def _key(publication: Publication) -> list[sa.ColumnElement[bool]]:
    names = ("period_from", "period_to", "revision")
    return [published_figures.c[name] == getattr(publication, name) for name in names]
