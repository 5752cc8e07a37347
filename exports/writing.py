"""A view as a file in one of five forms: all its rows, or a refusal that says how many there are.

Text that a spreadsheet would run as a formula (it begins with = + - @, a tab or a new line) is kept from it: in CSV
by a leading apostrophe, in XLSX as text with Excel's own mark. Parquet holds the text as it is.
"""

from dataclasses import replace

import polars as pl

from errors import InputError
from exports._csv import csv_bytes
from exports._parquet import parquet_bytes
from exports._words import WORDS, Language, Words, number
from exports._xlsx import MOST_ROWS, MOST_SIGNS, head_rows, xlsx_bytes
from exports.viewed import Table, Viewed

# Form to media type.
FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "png": "image/png",
    "pdf": "application/pdf",
}
# What fits on paper that somebody reads; the other forms hold everything.
MOST_ON_PAPER = {"pdf": 2000, "png": 300}


def written(viewed: Viewed, form: str, language: Language = "vi", *, bare: bool = False) -> bytes:
    """The view as csv, xlsx, parquet, png or pdf, with the writer's own words in the reader's language.

    `bare`: a CSV file for programs, without the lines that explain it. Raises InputError, in the same language, when
    the view lacks rows or the form cannot hold them; ValueError for an unknown form.
    """
    if form not in FORMS:
        raise ValueError(f"unknown form {form!r}; one of: {', '.join(FORMS)}")
    words = WORDS[language]
    _refuse(viewed, form, words)
    if not viewed.tables:
        viewed = replace(viewed, tables=[Table(name=viewed.title, frame=pl.DataFrame(), heads={})])
    if form == "csv":
        return csv_bytes(viewed, words, bare=bare)
    if form == "pdf" or form == "png":
        # Its fonts and its typesetter cost every process a third of a second, and few ask for paper.
        from exports._paper import paper_bytes

        return paper_bytes(viewed, "pdf" if form == "pdf" else "png", words)
    return xlsx_bytes(viewed, words) if form == "xlsx" else parquet_bytes(viewed)


def _refuse(viewed: Viewed, form: str, words: Words) -> None:
    """Raise InputError unless the file would hold every row of the view."""

    def n(count: int) -> str:
        return number(count, 0, words.language)

    for table in viewed.tables:
        rows = table.frame.height
        if table.in_all is not None and table.in_all > rows:
            raise InputError(words.lacking.format(table=table.name, n=n(table.in_all), most=n(rows)))
    heights = [table.frame.height for table in viewed.tables]
    if form in MOST_ON_PAPER:
        rows, most = sum(heights), MOST_ON_PAPER[form]
    else:
        rows, most = max(heights, default=0), MOST_ROWS - head_rows(viewed, words)
    if form in words.instead and rows > most:
        told = words.too_many.format(n=n(rows), most=n(most), form=form.upper(), instead=words.instead[form])
        raise InputError(told)
    if form == "xlsx" and any(_longest(table.frame) > MOST_SIGNS for table in viewed.tables):
        raise InputError(words.too_long.format(most=n(MOST_SIGNS)))


def _longest(frame: pl.DataFrame) -> int:
    """The signs of the longest text."""
    texts = [frame[name] for name, dtype in frame.schema.items() if dtype == pl.String]
    return max((int(text.str.len_chars().max() or 0) for text in texts), default=0)  # type: ignore[arg-type]
