"""A dossier of the one-stop: its fields, what each means, and the typed record that an answer is decoded into.

`COLUMNS` is the one definition of every field; a single record and whole columns are both read by it.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, Literal, NamedTuple

import msgspec

from connectors import _fields as fields
from connectors._decode import decode_json
from connectors._fields import BadFieldError, Record
from connectors._kept import CODE, PRESENCE, Kept, codes
from store.rows import PROCESSED, RETURNED, Channel, Dossier, Payment

CHANNELS: Mapping[str, Channel] = {"1": "counter", "2": "online", "3": "post"}
STATES = {str(state): state for state in range(1, 11)}
PAYMENTS: Mapping[str, Payment] = {"0": "none", "1": "national", "2": "province", "3": "unpaid"}
RATINGS = {"Rất hài lòng": 3, "Hài lòng": 2, "Không hài lòng": 1}
# States in which a dossier is done, so that one of its two last times must be there.
DONE = (PROCESSED, RETURNED)

KEPT_DOSSIER: Final[Mapping[str, Kept]] = {
    **codes(
        "MaHoSo MaTTHC MaLinhVuc KenhThucHien NgayNopHoSo NgayTiepNhan NgayHenTra TrangThaiHoSo NgayTra HinhThuc"
        " NgayKetThucXuLy DonViXuLy HoSoCoThanhPhanSoHoa TaiKhoanDuocXacThucVoiVNeID DuocThanhToanTrucTuyen"
        " NgayCapNhat"
    ),
    "DanhSachLePhi": {"Gia": CODE},
    "DanhSachHoSoBoSung": {"NgayBoSung": CODE},
    "DanhSachGiayToKetQua": {"MaGiayToKetQua": PRESENCE, "DuongDanTepTinKetQua": PRESENCE},
    "DanhGiaHaiLong": frozenset(RATINGS),
}


class Column(NamedTuple):
    """A column of the dossiers: the field that holds it, and what its value means (BadFieldError: nothing).

    `values`: "own" codes that no other dossier has, "few" distinct ones, a "handful", local "instants", or "lists" of
    objects, which a `Told` keeps as they came. `read_quickly`: what such a list means where that is plain to see.
    `usual`: the texts that a handful's field holds in most answers.
    """

    field: str
    read: Callable[[Record, str], Any]
    values: Literal["own", "few", "handful", "instants", "lists"] = "handful"
    read_quickly: Callable[[bytes], Any] | None = None
    usual: Collection[str] = ()


def _instant(field: str) -> Column:
    return Column(field, fields.local_instant, "instants")


def _flag(field: str) -> Column:
    return Column(field, lambda record, name: fields.flag_or_none(record, name) or False, usual=("0", "1"))


def _choice(field: str, meanings: Mapping[str, Any], reason: str) -> Column:
    return Column(field, partial(fields.choice, meanings=meanings, reason=reason), usual=meanings)


def _update_time(record: Record, field: str) -> datetime:
    moment = fields.local_instant(record, field)
    if moment is None:
        raise BadFieldError("bad_date", field, "is missing")
    return moment


def _payment(record: Record, field: str) -> Payment:
    if fields.present(record, field) is None:
        return "none"
    return fields.choice(record, field, PAYMENTS, "unknown_payment")


def _rating(record: Record, field: str) -> int | None:
    if fields.present(record, field) is None:
        return None
    return fields.choice(record, field, RATINGS, "unknown_rating")


def _is_electronic(result: Record) -> bool:
    return any(fields.present(result, part) is not None for part in ("MaGiayToKetQua", "DuongDanTepTinKetQua"))


class _Result(msgspec.Struct, gc=False):
    MaGiayToKetQua: str = ""
    DuongDanTepTinKetQua: str = ""


_RESULTS: Final = msgspec.json.Decoder(list[_Result])


def _plainly_electronic(results: bytes) -> bool | None:
    """Most lists of results are a dossier's own: of the usual form without an object for every field."""
    try:
        told = _RESULTS.decode(results)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    # Asking any() of them would take as long as all else here.
    return bool("".join([result.MaGiayToKetQua + result.DuongDanTepTinKetQua for result in told]).strip())


COLUMNS: Final[Mapping[str, Column]] = {
    "source_id": Column("MaHoSo", partial(fields.code, missing="missing_key"), "own"),
    "unit_code": Column("DonViXuLy", fields.unit_code, "few"),
    "procedure_code": Column("MaTTHC", fields.code, "few"),
    "channel": _choice("KenhThucHien", CHANNELS, "unknown_channel"),
    "state": _choice("TrangThaiHoSo", STATES, "unknown_state"),
    "submitted_at": _instant("NgayNopHoSo"),
    "received_at": _instant("NgayTiepNhan"),
    "due_at": _instant("NgayHenTra"),
    "completed_at": _instant("NgayKetThucXuLy"),
    "returned_at": _instant("NgayTra"),
    "returned_by_post": _flag("HinhThuc"),
    "digitised": _flag("HoSoCoThanhPhanSoHoa"),
    "authenticated": _flag("TaiKhoanDuocXacThucVoiVNeID"),
    "payment": Column("DuocThanhToanTrucTuyen", _payment, usual=PAYMENTS),
    "fee_due": Column(
        "DanhSachLePhi",
        lambda record, name: max((fields.amount(fee, "Gia") for fee in fields.objects(record, name)), default=0.0) > 0,
        "lists",
    ),
    "supplements": Column("DanhSachHoSoBoSung", lambda record, name: len(fields.objects(record, name)), "lists"),
    "e_result": Column(
        "DanhSachGiayToKetQua",
        lambda record, name: any(map(_is_electronic, fields.objects(record, name))),
        "lists",
        _plainly_electronic,
    ),
    "rating": Column("DanhGiaHaiLong", _rating, usual=RATINGS),
    "updated_at": Column("NgayCapNhat", _update_time, "instants"),
}


def dossier(record: Record) -> Dossier:
    """The row that a record is. Raises BadFieldError for the first field that means nothing."""
    row = Dossier(**{name: column.read(record, column.field) for name, column in COLUMNS.items()})
    if row.state in DONE and not (row.completed_at or row.returned_at):
        raise BadFieldError("missing_completion", "NgayKetThucXuLy", "and NgayTra are missing although it is done")
    return row


class Told(msgspec.Struct):
    """A record decoded into the fields that are kept, each None where the record lacks it; the others are skipped
    over, so that no person's name is even made a Python object. Its fields are read like a dictionary's."""

    def __getitem__(self, field: str) -> Any:
        return _plain(getattr(self, field))

    def plain(self) -> dict[str, Any]:
        """The record with the kept fields, lists decoded."""
        return {name: _plain(value) for name, value in msgspec.structs.asdict(self).items()}


def _plain(value: Any) -> Any:
    return value_of(value) if type(value) is msgspec.Raw else value


def value_of(listed: bytes | msgspec.Raw) -> Any:
    """What a list is that was kept as it came: the answer's decoder has seen that it is whole."""
    return decode_json(bytes(listed))


_TYPES: Mapping[str, Any] = {
    "own": str | None,
    "few": str | int | None,
    "handful": str | int | None,
    "instants": str | None,
    "lists": msgspec.Raw,
}
_READ: Final = {column.field: _TYPES[column.values] for column in COLUMNS.values()}
# A text that is one of a few known ones is not made anew for each record, nor looked at again.
_USUAL: Final = {column.field: Literal["", *column.usual] | None for column in COLUMNS.values() if column.usual}
_LACKING = msgspec.Raw(b"null")


def _told_dossier(types: Mapping[str, Any]) -> Any:
    """A record with these types of fields; a field of any other type leaves it a dictionary."""
    told = [(name, types.get(name, Any), _LACKING if types.get(name) is msgspec.Raw else None) for name in KEPT_DOSSIER]
    return msgspec.defstruct("ToldDossier", told, bases=(Told,), gc=False)


def _decoder(record: Any) -> msgspec.json.Decoder[Any]:
    """Of an answer whose records are of this type."""
    told: list[tuple[str, Any, Any]] = [("tongSo", Any, msgspec.UNSET), ("kichThuoc", Any, msgspec.UNSET)]
    result = msgspec.defstruct("Result", [("data", list[record]), *told])
    parts: list[Any] = [("error_code", Any), ("result", result), ("message", Any, None)]
    return msgspec.json.Decoder(msgspec.defstruct("Answer", parts))


_PLAIN, _RAW = _decoder(_told_dossier({**_READ, **_USUAL})), _decoder(msgspec.Raw)
_RECORD: Final = msgspec.json.Decoder(_told_dossier(_READ))


def decode_dossiers(content: bytes) -> Any:
    """As `decode_json`, with every record of a page whose fields have the right types as a `Told`."""
    for decode in (_PLAIN.decode, _decode_singly):
        try:
            answer = decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        result = {name: getattr(answer.result, name) for name in answer.result.__struct_fields__}
        given = {name: value for name, value in result.items() if value is not msgspec.UNSET}
        return {"error_code": answer.error_code, "message": answer.message, "result": given}
    return decode_json(content)


def _decode_singly(content: bytes) -> Any:
    """One record that holds something unusual leaves its page's others typed, and its own where the types are right."""
    answer = _RAW.decode(content)
    answer.result.data = [_decode_record(record) for record in answer.result.data]
    return answer


def _decode_record(record: msgspec.Raw) -> Any:
    try:
        return _RECORD.decode(record)
    except msgspec.ValidationError:
        return msgspec.json.decode(record)
