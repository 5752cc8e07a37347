"""A page of dossiers read column by column gives what reading it record by record gives; so do the content hashes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors._contract import Page
from connectors._decode import TruncatedError
from connectors._dvcqg_dossiers import COLUMNS, Told, decode_dossiers
from connectors._dvcqg_pages import _Known
from connectors.dvcqg import CONNECTOR
from store.content import content_hash, content_hashes
from store.rows import Batch, Dossier
from store.tables import dossiers
from store.upsert import facts_frame, newest, with_identity
from tests.recorded import DOSSIER

NOW, DAY = datetime(2021, 12, 10, 1, 0, tzinfo=UTC), timedelta(days=1)
ODD: list[Any] = [None, "", " ", "x", "Bà Tư", 0, 1, 1.0, True, [], {}, "\ud800", "a\0b", 10**30]
TIMES = ["20211203080000", "20210230170000", "20211203", "19700101000000", "19760101000000", "18990101000000"]
TIMES += [
    "20211203246000",
    "+0211203080000",
    " 20211203080000",
    "20211203 80000",
    "２０２１１２０３０８００００",
    "99991231000000",
]
LISTS: list[Any] = [
    [],
    [{}],
    ["x"],
    [{"Gia": "0"}],
    [{"Gia": "7,5"}, {"Gia": "x"}],
    [{"MaGiayToKetQua": "KQ"}],
    "không",
]
VALUES = st.sampled_from([*ODD, *TIMES, *LISTS, "000.03.21.H28", "2", "10", "9", "Hài lòng", "3"])
CHANGES = st.dictionaries(st.sampled_from(sorted(DOSSIER)), VALUES, max_size=3)


def told(records: list[Any]) -> list[Any]:
    answer = {"error_code": "0", "result": {"tongSo": len(records), "data": records}}
    content = msgspec.json.encode(answer) if _is_unicode(answer) else None
    return decode_dossiers(content)["result"]["data"] if content else records


def _is_unicode(answer: Any) -> bool:
    try:
        msgspec.json.encode(answer)
    except (UnicodeEncodeError, msgspec.MsgspecError, OverflowError):
        return False
    return True


def in_rows(batch: Batch) -> list[Dossier]:
    framed = [Dossier(**values) for frame in batch.frames for values in frame.to_dicts()]
    return sorted([*framed, *batch.dossiers], key=msgspec.json.encode)


@settings(max_examples=120, deadline=None)
@given(st.lists(CHANGES | st.sampled_from(["x", None, 7]), max_size=6))
def test_columns_give_the_rows_and_the_rejected_that_records_give(changes: list[Any]) -> None:
    records = [{**DOSSIER, **change} if isinstance(change, dict) else change for change in changes]
    page = Page(kind="dossiers", records=told(records))
    assert CONNECTOR.to_columns
    one_by_one, whole = CONNECTOR.to_rows(Page(kind="dossiers", records=records), NOW), CONNECTOR.to_columns(page, NOW)
    assert in_rows(whole) == in_rows(one_by_one)
    reasons = [
        sorted((bad.source_id or "", bad.reason, bad.detail) for bad in batch.rejected) for batch in (whole, one_by_one)
    ]
    assert reasons[0] == reasons[1]
    assert b"MARKER" not in msgspec.json.encode(whole.rejected)


def test_plain_records_become_a_frame_and_no_person_a_python_object() -> None:
    typed = told([DOSSIER, {**DOSSIER, "MaHoSo": 17}, {**DOSSIER, "KenhThucHien": "9"}])
    assert [isinstance(record, Told) for record in typed] == [True, False, True]
    assert "MARKER" not in repr(msgspec.structs.replace(typed[0], DanhSachGiayToKetQua=None))
    assert CONNECTOR.to_columns
    batch = CONNECTOR.to_columns(Page(kind="dossiers", records=typed), NOW)
    assert [frame.height for frame in batch.frames] == [1]
    assert (batch.dossier_count, sorted(bad.reason for bad in batch.rejected)) == (1, ["bad_code", "unknown_channel"])
    assert len(batch) == 3


@pytest.mark.parametrize("name", [name for name, column in COLUMNS.items() if column.usual])
def test_what_a_field_usually_holds_means_something(name: str) -> None:
    column = COLUMNS[name]
    assert all(column.read({column.field: text}, column.field) is not None for text in column.usual)


def test_codes_that_come_as_numbers_mean_what_they_mean_as_texts() -> None:
    numbered = {**DOSSIER, "MaHoSo": "numbered", "KenhThucHien": int(DOSSIER["KenhThucHien"])}
    [frame] = CONNECTOR.to_columns(Page(kind="dossiers", records=told([DOSSIER, numbered])), NOW).frames
    assert frame["channel"].to_list() == [frame["channel"][0]] * 2


def test_an_answer_without_records_is_what_any_other_answer_is() -> None:
    assert decode_dossiers(b'{"error_code":"9","message":"no"}') == {"error_code": "9", "message": "no"}
    with pytest.raises(TruncatedError):
        decode_dossiers(b'{"error_code":"0","result":{"data":[')


@pytest.mark.parametrize("inside", [b"1e999", b'"\\ud800"'])
def test_a_list_that_holds_what_is_no_number_loses_its_record_only(inside: bytes) -> None:
    fees = {**DOSSIER, "DanhSachLePhi": [{"Gia": "§"}]}
    answer = {"error_code": "0", "result": {"tongSo": 2, "data": [DOSSIER, fees]}}
    records = decode_dossiers(msgspec.json.encode(answer).replace('"§"'.encode(), inside))["result"]["data"]
    assert CONNECTOR.to_columns
    batch = CONNECTOR.to_columns(Page(kind="dossiers", records=records), NOW)
    assert (batch.dossier_count, [bad.reason for bad in batch.rejected]) == (1, ["bad_number"])


def test_the_same_record_is_known_again_whatever_its_answer() -> None:
    first, second = (told([DOSSIER, {**DOSSIER, "DanhSachHoSoBoSung": [{}]}]) for _ in (1, 2))
    known = _Known()
    updated = [DOSSIER["NgayCapNhat"]]
    known.add(first[:1], updated, "")
    assert known.others(second[:1], updated) == []
    assert known.others(second[1:], updated) == second[1:]


CODES = st.sampled_from(["H28.1", "Đ1", 'a"b', "c\\d", "e\tf", "\x7f"])
TIME = st.datetimes(datetime(1945, 1, 1), datetime(2100, 1, 1)).map(lambda time: time.replace(tzinfo=UTC))
SECOND = TIME.map(lambda time: time.replace(microsecond=0))
FLAGS = ("returned_by_post", "digitised", "authenticated", "fee_due", "e_result", "untold")
ROWS = st.builds(
    Dossier,
    source_id=CODES | st.just("x"),
    unit_code=CODES | st.just("H28"),
    procedure_code=st.just("1.01"),
    channel=st.sampled_from(["counter", "online", "post"]),
    state=st.integers(1, 10),
    received_at=st.none() | SECOND,
    due_at=st.none() | SECOND | TIME,
    supplements=st.integers(0, 3),
    rating=st.none() | st.integers(1, 3),
    updated_at=SECOND,
    **{flag: st.booleans() for flag in FLAGS},
)


OTHER_VALUES: dict[str, Any] = {
    "unit_code": "H28.2",
    "procedure_code": "1.02",
    "channel": "post",
    "state": 3,
    "payment": "province",
    "supplements": 1,
    "rating": 1,
    **dict.fromkeys((*FLAGS, "returned_by_post"), True),
    **dict.fromkeys(("submitted_at", "received_at", "due_at", "completed_at", "returned_at", "updated_at"), NOW),
}


@pytest.mark.parametrize("field", sorted(set(Dossier.__struct_fields__) - {"source_id"}))
def test_another_value_of_any_field_makes_another_hash(field: str) -> None:
    row = Dossier(
        source_id="a", unit_code="H28.1", procedure_code="1.01", channel="online", state=2, updated_at=NOW + DAY
    )
    assert content_hash(msgspec.structs.replace(row, **{field: OTHER_VALUES[field]})) != content_hash(row)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=5))
def test_the_hash_of_a_frames_row_is_that_of_the_row(rows: list[Dossier]) -> None:
    frame = pl.DataFrame(
        [msgspec.structs.asdict(row) for row in rows],
        schema={
            name: kind
            for name, kind in facts_frame("s", rows, dossiers).schema.items()
            if name in Dossier.__struct_fields__
        },
    )
    assert content_hashes(frame).to_list() == [content_hash(row) for row in rows]
    both = [newest(with_identity("s", frame)), facts_frame("s", rows, dossiers)]
    assert both[0].sort("source_id").equals(both[1].sort("source_id"))


def test_of_two_states_the_newest_stays_whatever_came_first() -> None:
    row = Dossier(source_id="a", unit_code="H28", procedure_code="1", channel="online", state=2, updated_at=NOW)
    later = msgspec.structs.replace(row, updated_at=NOW + timedelta(seconds=1), state=1)
    for told_so in ([row, later], [later, row]):
        assert facts_frame("s", told_so, dossiers)["state"].to_list() == [1]
