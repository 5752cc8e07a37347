"""What pages call things: service levels by date, periods by the calendar, faults of a file, an index drawn."""

from datetime import date

import pytest

from errors import InputError
from metrics import Period, catalogue
from pages._feeds import feeding
from pages._language import Language, speaking, vietnamese
from pages._levels import level_words
from pages._names import indicator_definition, indicator_name
from pages._periods import calendar_name, calendar_names, neighbours
from pages.leaders._radar import Axis, radar
from pages.operators._faults import FORMS, fault, faults
from sheets.tabular import BadRow, refuse
from store.health import SourceHealth

BEFORE, SINCE = date(2022, 8, 14), date(2022, 8, 15)


@pytest.mark.parametrize(
    ("key", "before", "since"),
    [
        ("online_dossier_rate", "Hồ sơ trực tuyến mức độ 3, 4", "Hồ sơ trực tuyến một phần, toàn trình"),
        ("procedures_level4_rate", "Thủ tục mức độ 4", "Thủ tục toàn trình"),
        ("procedures_level2_rate", "Thủ tục mức độ 2", "Thủ tục cung cấp thông tin"),
        ("full_process_dossier_rate", "Hồ sơ trực tuyến mức độ 4", "Hồ sơ trực tuyến toàn trình"),
    ],
)
def test_levels_are_called_by_the_words_of_the_day(key: str, before: str, since: str) -> None:
    with speaking("vi"):
        assert indicator_name(catalogue()[key], BEFORE) == before
        assert indicator_name(catalogue()[key], SINCE) == since


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_definition_speaks_of_numbered_levels_once_they_are_renamed(language: Language) -> None:
    with speaking(language):
        for indicator in catalogue().values():
            told = f"{indicator_name(indicator, SINCE)} {indicator_definition(indicator, SINCE)}".lower()
            assert not any(f"{word} {level}" in told for word in ("mức độ", "level") for level in (2, 3, 4)), told


def test_a_capital_at_the_start_stays_one() -> None:
    assert level_words("Level 3 and 4 procedures", SINCE, "en") == "Partial and full-process procedures"


@pytest.mark.parametrize(
    ("period", "vi", "en"),
    [
        ("2021", "Năm 2021", "Year 2021"),
        ("2021-H2", "6 tháng cuối năm 2021", "Second half of 2021"),
        ("2021-Q4", "Quý IV/2021", "Quarter 4/2021"),
        ("2021-06", "Tháng 6/2021", "Month 6/2021"),
        ("2020-W53", "Tuần 53/2020", "Week 53/2020"),
        ("2021-06-15", "Ngày 15/06/2021", "Day 15/06/2021"),
        ("2021-02-01..2021-04-30", "01/02/2021 – 30/04/2021", "01/02/2021 – 30/04/2021"),
    ],
)
def test_periods_are_called_as_the_calendar_does(period: str, vi: str, en: str) -> None:
    with speaking("vi"):
        assert calendar_name(Period.parse(period)) == vi
    with speaking("en"):
        assert calendar_name(Period.parse(period)) == en


def test_every_calendar_period_of_a_day_can_be_chosen() -> None:
    with speaking("vi"):
        assert list(calendar_names(date(2021, 1, 2))) == [
            *("2021", "2021-H1", "2021-Q1", "2021-01", "2020-W53", "2021-01-02"),
        ]


@pytest.mark.parametrize(
    ("name", "period", "before", "after"),
    [
        ("2021-Q1", "2021-Q1", "2020-Q4", "2021-Q2"),
        ("2021-W01", "2021-W01", "2020-W53", "2021-W02"),
        ("year", "2021-01-01..2021-12-10", "2020", "2022"),
        ("month", "2021-01-01..2021-01-10", "2020-12", "2021-02"),
        ("4weeks", "2021-11-13..2021-12-10", "2021-10-16..2021-11-12", "2021-12-11..2022-01-07"),
        ("custom", "2021-03-05..2021-03-07", "2021-03-02..2021-03-04", "2021-03-08..2021-03-10"),
    ],
)
def test_steps_lead_to_the_period_before_and_after_of_the_same_kind(
    name: str, period: str, before: str, after: str
) -> None:
    assert neighbours(name, Period.parse(period)) == (Period.parse(before), Period.parse(after))


def test_every_form_of_a_fault_is_translated() -> None:
    assert {form for form in FORMS if form not in vietnamese()} == set()


def test_bad_rows_are_listed_each_with_its_column_in_the_visitor_s_language() -> None:
    with pytest.raises(InputError) as refused:
        refuse("tệp.csv", [BadRow(4, "value", "is empty"), BadRow(3, "unit_code", "H9<b> is no unit of any catalogue")])
    with speaking("vi"):
        told = faults(refused.value)
    assert "Chưa lưu gì: có 2 lỗi" in told
    assert told.index("H9&lt;b&gt; không có trong danh mục đơn vị nào") < told.index("để trống")


def test_fault_of_another_form_is_shown_as_it_is() -> None:
    with speaking("vi"):
        assert fault("something new") == "something new"


def test_axis_without_data_is_dashed_and_has_no_point() -> None:
    drawn = radar([Axis(name=name, share=share, text="") for name, share in (("a", 1.0), ("b", None), ("c", 0.0))], "x")
    assert drawn.count("ioc-none") == 1
    svg = _svg(drawn)
    assert (svg.count("stroke-dasharray"), svg.count("<circle")) == (1, 2)
    assert svg.count("<path") == 2, "one side, between the two neighbours that have data, and its area"


def _svg(drawn: str) -> str:
    from base64 import b64decode

    return b64decode(drawn.split("base64,")[1].split('"')[0]).decode()


@pytest.mark.parametrize(
    ("key", "dialect"),
    [
        ("on_time_rate", "opencps"),
        ("signed_document_rate", "edxml"),
        ("units_signing_rate", "edxml"),
        ("participation_rate", "janus"),
        ("conference_coverage_rate", "bridge_points"),
        ("computers_rate", "returns"),
    ],
)
def test_an_indicator_is_fed_by_the_sources_of_its_measures(key: str, dialect: str) -> None:
    known = ("opencps", "edxml", "janus", "bridge_points", "returns")
    sources = [_source(name) for name in known]
    assert [source.dialect for source in feeding(catalogue()[key], sources)] == [dialect]


def _source(dialect: str) -> SourceHealth:
    nothing = dict.fromkeys(SourceHealth._fields)
    return SourceHealth(**{**nothing, "name": dialect, "dialect": dialect})  # type: ignore[arg-type]
