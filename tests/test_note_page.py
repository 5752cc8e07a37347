"""The page of notes: what it refuses and what it keeps, whom the list shows in which order, what files hold."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from exports.writing import written
from metrics import Period
from pages import _notes
from pages._filters import Choices
from pages._language import speaking
from pages._live import Live, holder, live
from pages.analysts._notes_list import history
from pages.analysts.notes import viewed
from store.engine import open_engine
from store.note_rows import NewNote, NoteBook
from store.notes import change_note, close_note, note_history, read_notes, write_note
from store.rows import Batch, Unit
from tests.delivery import write
from tests.looked_at import looked_at
from tests.settings_text import STANDING
from tests.stores import lay_tables

NOON = datetime(2021, 12, 10, 5, tzinfo=UTC)
SINCE = date(2020, 1, 1)
UNITS = [
    Unit(code="H28", valid_from=SINCE, kind="tinh", name="Tỉnh Hòa Bình"),
    Unit(code="H28.150", valid_from=SINCE, parent_code="H28", kind="huyen", name="Huyện Đà Bắc"),
    Unit(code="H28.150.1", valid_from=SINCE, parent_code="H28.150", kind="xa", name="Xã Tân Minh"),
]
KEY = "on_time_rate"
YEAR = Period(date(2021, 1, 1), date(2021, 12, 10))
HOSTILE = "=1+1 <script>alert(1)</script> <img src=x onerror=alert(2)> \"nháy\" & 'đơn'"
NEW = "?new=1&unit=H28.150&indicator=on_time_rate&period=2021-01-01..2021-12-10"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A store of three units on a standing 10 December 2021, which the pages look at."""
    engine = open_engine(f"sqlite:///{tmp_path}/store.db")
    lay_tables(engine)
    write(engine, "motcua", Batch(units=UNITS))
    with looked_at(tmp_path, STANDING.format(home=tmp_path, time="12:00")):
        yield engine
    engine.dispose()


def note(engine: Engine, text: str, unit: str = "H28.150", key: str = KEY, **terms: Any) -> int:
    """A note of Lò Văn An on a unit's year."""
    new = NewNote(key, unit, YEAR.start, YEAR.end, text, **terms)
    return write_note(engine, f"{text}{unit}{key}", new, "Lò Văn An", NOON)


def here() -> Live:
    holder().look_again()
    return live()


def opened(query: str) -> AppTest:
    """The page at an address, drawn once."""
    page = AppTest.from_string("from pages.analysts.notes import draw\ndraw()", default_timeout=30)
    for name, value in (pair.split("=", 1) for pair in query.lstrip("?").split("&")):
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def html(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def fill(page: AppTest, **texts: str) -> None:
    """Type into the fields whose keys end so."""
    for end, text in texts.items():
        fields = [*page.text_input, *page.text_area]
        next(field for field in fields if str(field.key).endswith(f"_{end}")).set_value(text)


def press(page: AppTest, end: str) -> AppTest:
    next(button for button in page.button if str(button.key).endswith(f"_{end}")).click()
    page.run()
    assert not page.exception
    return page


def numbers(query: dict[str, str]) -> list[int]:
    """The notes that an address lists, in their order."""
    with speaking("vi"):
        shown = viewed(here(), Choices(YEAR.end, given=query))
    return shown.tables[0].frame["note"].to_list()


def test_a_note_is_written_and_shown_with_its_figure_and_its_writer(engine: Engine) -> None:
    page = opened(NEW)
    fill(page, text="Thiếu người", by="Bùi Thị Mai", owner="Hà Văn Bình", due="20-12-2021")
    press(page, "store")
    [kept] = note_history(engine, 1)
    assert kept[2:9] == (KEY, "H28.150", YEAR.start, YEAR.end, "Thiếu người", "Hà Văn Bình", date(2021, 12, 20))
    assert (kept.written_by, kept.written_at) == ("Bùi Thị Mai", NOON)
    assert page.query_params["note"] == "1"
    assert "new" not in page.query_params
    for told in ("Đã lưu ghi chú số 1.", "Huyện Đà Bắc", "hạn 20/12/2021", "phụ trách: Hà Văn Bình", "Bùi Thị Mai, 10"):
        assert told in html(page)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"by": "An"}, ["Hãy ghi nội dung ghi chú."]),
        ({"text": "a"}, ["Hãy ghi họ và tên người ghi."]),
        ({"text": "ằ" * 2001, "by": "An"}, ["Nội dung dài 2.001 ký tự; tối đa 2.000 ký tự."]),
        ({"text": "a", "by": "An", "due": "mai"}, ["Hạn: “mai” không phải là ngày; hãy ghi ngày/tháng/năm"]),
        ({"text": "a", "by": "An", "due": "9/12/2021"}, ["Hạn: ngày 09/12/2021 đã qua."]),
        ({"text": "a", "by": "b" * 121, "due": "31/2/2022"}, ["Họ tên dài tối đa 120", "“31/2/2022” không phải là"]),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(engine: Engine, texts: dict[str, str], said: list[str]) -> None:
    page = opened(NEW)
    fill(page, **texts)
    press(page, "store")
    assert all(words in html(page) for words in ["Chưa lưu gì.", *said])
    fields = {str(field.key).rpartition("_")[2]: field.value for field in [*page.text_area, *page.text_input]}
    assert {name: fields[name] for name in texts} == texts
    assert note_history(engine, 1) == []
    press(page, "store")
    assert note_history(engine, 1) == []


def test_texts_are_shown_as_they_are_never_as_html(engine: Engine) -> None:
    note(engine, HOSTILE, owner="<b>Mai</b>")
    shown = html(opened("state=all")) + html(opened("note=1"))
    with speaking("vi"):
        shown += _notes.notes_beside(here(), KEY, "H28.150", YEAR) + _notes.note_mark(here(), KEY, "H28.150", YEAR)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &lt;img src=x" in shown
    assert "&quot;nháy&quot; &amp; &#x27;đơn&#x27;" in shown
    assert not any(raw in shown for raw in ("<script", "<img", "<b>Mai"))


def test_longest_text_comes_through_page_and_file(engine: Engine) -> None:
    text = " ".join(["nghiêng"] * 250)[:2000].strip()
    note(engine, text)
    assert text in html(opened("note=1"))
    with speaking("vi"):
        shown = viewed(here(), Choices(YEAR.end, given={}))
        file = written(shown, "csv", "vi").decode("utf-8-sig")
    assert text in file


def test_a_formula_stays_text_in_a_file(engine: Engine) -> None:
    note(engine, "=cmd|' /C calc'!A0")
    with speaking("vi"):
        file = written(viewed(here(), Choices(YEAR.end, given={})), "csv", "vi").decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(file), delimiter=";") for cell in row]
    assert "'=cmd|' /C calc'!A0" in cells
    assert not any(cell.startswith("=") for cell in cells)


def test_open_notes_come_by_due_date_then_without_one_then_done(engine: Engine) -> None:
    note(engine, "không hạn")
    note(engine, "muộn", due_on=date(2021, 12, 31))
    note(engine, "sớm", due_on=date(2021, 12, 1))
    note(engine, "xong", due_on=date(2021, 11, 1))
    note(engine, "không hạn, mới hơn")
    close_note(engine, "k", read_notes(engine, NoteBook()).by_number[4], "An", NOON)
    assert numbers({"state": "all"}) == [3, 2, 5, 1, 4]
    assert [numbers({"state": state}) for state in ("", "overdue", "done")] == [[3, 2, 5, 1], [3], [4]]


def test_the_list_is_narrowed_by_figure_owner_and_words_without_tones(engine: Engine) -> None:
    note(engine, "Tỉnh", "H28")
    note(engine, "Huyện thiếu người", owner="Bùi Thị Mai")
    note(engine, "Xã", "H28.150.1", "online_dossier_rate")
    found = {
        "unit=H28": [3, 2, 1],
        "unit=H28.150": [3, 2],
        "indicator=online_dossier_rate": [3],
        "owner=Bùi Thị Mai": [2],
        "q=thieu nguoi": [2],
        "period=2021-12": [3, 2, 1],
        "period=2020": [],
        "unit=H29": [3, 2, 1],
    }
    assert {query: numbers(dict([query.split("=")])) for query in found} == found
    assert "Không có đơn vị “H29”." in html(opened("unit=H29"))
    assert "Không có ghi chú “x9”." in html(opened("note=x9"))


def test_a_note_is_closed_with_who_did_it_and_opened_again(engine: Engine) -> None:
    note(engine, "Thiếu người")
    page = press(opened("note=1"), "close_it")
    assert "Hãy ghi họ và tên người ghi." in html(page)
    fill(page, closer="Hà Văn Bình")
    press(page, "close_it")
    assert "đã xong ngày 10/12/2021, Hà Văn Bình" in html(page)
    press(page, "close_it")
    assert [one.done for one in note_history(engine, 1)] == [False, True, False]
    assert "đã mở lại" in html(page)


def test_whoever_is_overtaken_is_told_keeps_the_words_and_may_store_them_all_the_same(engine: Engine) -> None:
    note(engine, "cũ")
    page = opened("note=1")
    change_note(engine, "k", note_history(engine, 1)[0], "của người khác", "", None, "Hà Văn Bình", NOON)
    fill(page, text="của mình", by="Bùi Thị Mai")
    press(page, "store")
    assert "người khác đã sửa ghi chú này; bấm lại" in html(page)
    assert "của người khác" in html(page)
    assert page.text_area[0].value == "của mình"
    press(page, "store")
    assert [one.text for one in note_history(engine, 1)] == ["cũ", "của người khác", "của mình"]


def test_whoever_closes_a_note_that_is_done_meanwhile_does_not_open_it_again(engine: Engine) -> None:
    note(engine, "Thiếu người")
    page = opened("note=1")
    close_note(engine, "k", note_history(engine, 1)[0], "Hà Văn Bình", NOON)
    fill(page, closer="Bùi Thị Mai")
    press(page, "close_it")
    assert "người khác đã sửa ghi chú này: hãy xem lại" in html(page)
    assert [one.done for one in note_history(engine, 1)] == [False, True]
    assert next(button.label for button in page.button if str(button.key).endswith("close_it")) == "Mở lại"


def test_beside_a_figure_stand_the_newest_two_and_how_many_more(engine: Engine) -> None:
    for text in ("một", "hai", "ba", "bốn"):
        note(engine, text)
    note(engine, "xã", "H28.150.1")
    with speaking("vi"):
        shown = _notes.notes_beside(here(), KEY, "H28.150", Period(date(2021, 12, 1), date(2021, 12, 31)))
        none = _notes.notes_beside(here(), KEY, "H28.150", Period(date(2021, 12, 11), date(2021, 12, 31)))
        mark = _notes.note_mark(here(), KEY, "H28.150", YEAR)
        assert _notes.note_mark(here(), KEY, "H28", YEAR) == ""
        said = _notes.notes_said(here(), KEY, ["H28", "H28.150.1"], YEAR)
    assert shown.index("bốn") < shown.index("ba") < shown.index("+ 2 ghi chú khác")
    assert not any(text in shown for text in ("một", "hai", "xã"))
    assert "<li>" not in none
    assert "new=1&amp;unit=H28.150&amp;indicator=on_time_rate&amp;period=2021-12-11..2021-12-31" in none
    assert "✎&nbsp;4" in mark
    days, who = "01/01/2021 – 10/12/2021", "Lò Văn An 10/12/2021"
    assert said == [f"Ghi chú về Xã Tân Minh (Đà Bắc), {days}, của {who}: xã (chưa xong, không đặt hạn)"]


def test_the_history_says_only_what_each_revision_changed(engine: Engine) -> None:
    note(engine, "Thiếu người", owner="Bùi Thị Mai")
    first = note_history(engine, 1)[0]
    change_note(engine, "k1", first, "Thiếu người", "", date(2021, 12, 20), "Hà Văn Bình", NOON)
    close_note(engine, "k2", note_history(engine, 1)[1], "Lò Văn An", NOON)
    with speaking("vi"):
        shown = history(note_history(engine, 1))
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in shown.split("<tr>")[2:]]
    said = [[re.sub("<[^>]*>", "", cell) for cell in row[1:]] for row in cells]
    assert said == [
        ["Lò Văn An", "đã đánh dấu xong", "", "", ""],
        ["Hà Văn Bình", "đã sửa", "", "không có", "20/12/2021"],
        ["Lò Văn An", "đã viết", "Thiếu người", "Bùi Thị Mai", ""],
    ]
