"""Form II.06a as it is printed and taken away: its heads, its numbers of columns, its sums in words.

Circular 01/2020/TT-VPCP. The heads are the form's own and stay Vietnamese for a Vietnamese reader; the page Report and
`ioc.py report 06a` write the same view.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import polars as pl

from exports.viewed import Table, Viewed
from metrics import Period, broken_identities, catalogue

Language = Literal["vi", "en"]
Row = Literal["field", "procedure"]


@dataclass(frozen=True)
class Column:
    """A column of the form: its key in `metrics.form06a`, its number in print ("" outside the form), group and head."""

    key: str
    number: str
    group: tuple[str, str]
    head: tuple[str, str]

    def name(self, language: Language) -> str:
        """Group and head in one line, as a flat table needs them: Tiếp nhận: Tổng số (3)."""
        english = language == "en"
        number = f" ({self.number})" if self.number else ""
        return f"{self.group[english]}: {self.head[english]}{number}"


_CAME = ("Tiếp nhận", "Received")
_DONE = ("Đã giải quyết", "Settled")
_HELD = ("Đang giải quyết", "In work")
_OUTSIDE = ("Ngoài biểu", "Outside the form")
COLUMNS: Sequence[Column] = (
    Column("received_total", "3", _CAME, ("Tổng số", "Total")),
    Column("received_online", "4", _CAME, ("Trong kỳ, trực tuyến", "In the period, online")),
    Column("received_other", "5", _CAME, ("Trong kỳ, trực tiếp và bưu chính", "In the period, counter and post")),
    Column("carried_over", "6", _CAME, ("Từ kỳ trước", "Carried over")),
    Column("completed", "7", _DONE, ("Tổng số", "Total")),
    Column("early", "8", _DONE, ("Trước hạn", "Early")),
    Column("on_time", "9", _DONE, ("Đúng hạn", "On time")),
    Column("late", "10", _DONE, ("Quá hạn", "Late")),
    Column("open", "11", _HELD, ("Tổng số", "Total")),
    Column("open_in_time", "12", _HELD, ("Trong hạn", "In time")),
    Column("overdue", "13", _HELD, ("Quá hạn", "Overdue")),
    Column("ended_otherwise", "", _OUTSIDE, ("Rút, dừng giải quyết", "Withdrawn, stopped")),
    Column("moved", "", _OUTSIDE, ("Chuyển đến, đi do sắp xếp đơn vị", "Came or went with reformed units")),
)
TITLE = (
    "Biểu II.06a: Tình hình, kết quả giải quyết thủ tục hành chính",
    "Form II.06a: settlement of administrative procedures",
)
_ROWS = {"field": ("Lĩnh vực", "Field"), "procedure": ("Thủ tục", "Procedure")}
_TOTAL = ("Tổng số", "Total")


def row_head(by: Row, language: Language) -> str:
    """What a row is."""
    return _ROWS[by][language == "en"]


def shown_columns(form: pl.DataFrame) -> list[Column]:
    """The columns worth showing: all but what moved, where nothing did."""
    return [column for column in COLUMNS if column.key != "moved" or (form["moved"] != 0).any()]


def sums(form: pl.DataFrame, language: Language) -> str:
    """Whether the columns add up, in one sentence; where they do not, which rows and why."""
    broken = broken_identities(form.filter(pl.col("code") != ""))
    if not broken:
        return (
            "Các cột khớp ở mọi dòng: (3) = (4) + (5) + (6) = (7) + (11) + rút, dừng.",
            "The columns add up in every row: (3) = (4) + (5) + (6) = (7) + (11) + withdrawn, stopped.",
        )[language == "en"]
    lead = (
        "Các cột không khớp, do hồ sơ có ngày kết thúc trước ngày tiếp nhận",
        "The columns do not add up, by dossiers that end before they were received",
    )[language == "en"]
    return f"{lead}: {'; '.join(broken)}."


def printed(
    form: pl.DataFrame, unit_name: str, period: Period, by: Row, language: Language, data_time: datetime | None
) -> Viewed:
    """The form as a view to be written; rows and columns as in `metrics.form06a`, the total last."""
    english = language == "en"
    columns = shown_columns(form)
    named = form.with_columns(
        name=pl.when(pl.col("code") == "").then(pl.lit(_TOTAL[english])).otherwise(pl.col("name"))
    ).select("code", "name", *(column.key for column in columns))
    heads = {"code": ("Mã", "Code")[english], "name": row_head(by, language)}
    heads |= {column.key: column.name(language) for column in columns}
    days = f"{period.start:%d/%m/%Y} – {period.end:%d/%m/%Y}"
    return Viewed(
        name="bieu-II-06a" if not english else "form-II-06a",
        title=f"{TITLE[english]} · {unit_name}",
        sentence=sums(form, language),
        filters=[(("Đơn vị", "Unit")[english], unit_name), (("Theo", "By")[english], row_head(by, language))],
        period=days,
        data_time=data_time,
        definitions=[catalogue()[key] for key in ("received", "on_time_rate", "open", "overdue")],
        tables=[Table(name="II.06a", frame=named, heads=heads)],
    )
