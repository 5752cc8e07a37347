"""What stands in a file beside the view's own texts, in the reader's language, and how it writes numbers and times.

The view speaks the reader's language already; these few words are the writer's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from babel import Locale
from babel.numbers import format_decimal

from clock import LOCAL_ZONE

Language = Literal["vi", "en"]
NBSP = "\u00a0"


@dataclass(frozen=True, kw_only=True)
class Words:
    """The writer's words; `separator` and `point` are those with which Excel of that language opens a CSV file."""

    language: Language
    separator: str
    point: str
    period: str
    filters: str
    data_time: str
    never: str
    version: str
    note: str
    table: str
    definitions: str
    empty: str
    yes: str
    no: str
    page: str
    centre: str
    moment: str
    lacking: str
    too_many: str
    too_long: str
    instead: Mapping[str, str]


_VI = Words(
    language="vi",
    separator=";",
    point=",",
    period="Kỳ",
    filters="Bộ lọc",
    data_time="Số liệu đến",
    never="chưa đọc được nguồn nào",
    version="Phiên bản định nghĩa",
    note="Lưu ý",
    table="Bảng",
    definitions="Định nghĩa",
    empty="Không có dòng nào.",
    yes="có",
    no="không",
    page="Trang",
    centre="Trung tâm điều hành thông minh",
    moment="%H:%M ngày %d/%m/%Y",
    lacking="Bảng “{table}” có {n} dòng, nhiều hơn số dòng trang này đọc được ({most}): không xuất tệp thiếu dòng. Hãy thu hẹp bộ lọc (đơn vị, kỳ, lĩnh vực) rồi tải lại.",  # noqa: E501
    too_many="Có {n} dòng, nhiều hơn {most} dòng mà tệp {form} chứa được: không xuất tệp thiếu dòng. {instead}",
    too_long="Có ô dài hơn {most} ký tự mà tệp XLSX chứa được. Hãy tải tệp CSV hoặc Parquet.",
    instead={
        "xlsx": "Hãy tải tệp CSV hoặc Parquet, hoặc thu hẹp bộ lọc.",
        "pdf": "Hãy tải tệp XLSX, CSV hoặc Parquet, hoặc thu hẹp bộ lọc.",
        "png": "Hãy tải tệp PDF hoặc XLSX, hoặc thu hẹp bộ lọc.",
    },
)
_EN = Words(
    language="en",
    separator=",",
    point=".",
    period="Period",
    filters="Filters",
    data_time="Data as of",
    never="no source has been read yet",
    version="Definitions version",
    note="Note",
    table="Table",
    definitions="Definitions",
    empty="No rows.",
    yes="yes",
    no="no",
    page="Page",
    centre="Smart operations centre",
    moment="%d/%m/%Y %H:%M",
    lacking="The table “{table}” has {n} rows, more than this page reads ({most}): no file is written that lacks rows. Narrow the filters (unit, period, field) and download again.",  # noqa: E501
    too_many="There are {n} rows, more than the {most} that a {form} file can hold: no file is written that lacks rows. {instead}",  # noqa: E501
    too_long="A cell is longer than the {most} signs that an XLSX file can hold. Download CSV or Parquet.",
    instead={
        "xlsx": "Download CSV or Parquet, or narrow the filters.",
        "pdf": "Download XLSX, CSV or Parquet, or narrow the filters.",
        "png": "Download PDF or XLSX, or narrow the filters.",
    },
)
WORDS: Mapping[Language, Words] = {"vi": _VI, "en": _EN}
_LOCALES = {"vi": Locale("vi", "VN"), "en": Locale("en", "GB")}


def number(value: float, digits: int, language: Language) -> str:
    """2.038,5 in Vietnamese, 2,038.5 in English."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=_LOCALES[language])


def percent(rate: float, language: Language) -> str:
    """A share of 0 to 1: 99,8 % in Vietnamese, 99.8% in English."""
    return number(rate * 100, 1, language) + (f"{NBSP}%" if language == "vi" else "%")


def day(value: date) -> str:
    """12/06/2021."""
    return value.strftime("%d/%m/%Y")


def local_time(value: datetime) -> datetime:
    """An aware instant as the clock on the wall shows it, without its zone."""
    return value.astimezone(LOCAL_ZONE).replace(tzinfo=None)


def moment(value: datetime | None, words: Words) -> str:
    """Until when figures hold, in local time; a phrase before the first poll."""
    return words.never if value is None else local_time(value).strftime(words.moment)
