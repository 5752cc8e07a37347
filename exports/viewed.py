"""What a page shows, as it is taken away: the tables with all their rows, the pictures, and what explains them.

A page makes a `Viewed` from its choices (`viewed(here, choices)`); `exports` writes it as CSV, XLSX, Parquet, PNG or
PDF. All texts are in the reader's language already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from metrics import Indicator


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: `heads` names each column of `frame` for people, `rates` are the columns that are shares (0 to 1).

    `rated`: of which rows they are shares, where one table holds rates and counts; None for all rows.
    `in_all`: how many rows the question has; None when `frame` holds them all. A table that lacks rows is never
    written: the reader is told how many there are. `dossiers`: its rows are single dossiers, which leave the centre
    only with a reason.
    """

    name: str
    frame: pl.DataFrame
    heads: Mapping[str, str]
    rates: frozenset[str] = frozenset()
    rated: Sequence[bool] | None = None
    in_all: int | None = None
    dossiers: bool = False


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A drawing of the page as a self-contained SVG, with the sentence that describes it."""

    svg: str
    description: str


@dataclass(frozen=True, kw_only=True)
class Viewed:
    """A view of a page. `name`: of its file, in plain letters; `filters`: name and value of every choice, in words;
    `data_time`: until when the figures hold (aware; None before the first poll); `definitions`: the indicators whose
    figures stand in it; `notes`: what must be known beside the figures, such as a silent source, a sentence each."""

    name: str
    title: str
    sentence: str
    filters: Sequence[tuple[str, str]]
    period: str
    data_time: datetime | None
    definitions: Sequence[Indicator]
    tables: Sequence[Table]
    pictures: Sequence[Picture] = ()
    notes: Sequence[str] = ()
