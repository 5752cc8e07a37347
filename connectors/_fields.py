"""Checked access to foreign records: a wrong field is a BadFieldError with a reason to count, never a KeyError.

An absent field, null and the empty string are the same thing: nothing was given.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from unicodedata import normalize

from clock import LOCAL_ZONE
from connectors._codes import agency_code
from connectors._kept import is_code
from errors import SourceChanged

Record = Mapping[str, Any]
Meaning = TypeVar("Meaning")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"^[+-]?\d{1,15}([.,]\d{1,6})?$", re.ASCII)
_INTEGER = re.compile(r"^[+-]?\d{1,15}$", re.ASCII)
# Nothing that these systems report happened before or will happen after.
_FIRST_YEAR, _LAST_YEAR = 1945, 2100
_LONGEST_WORDS = 300
# Since 13 June 1975 the local zone is UTC+7 without a change: one subtraction instead of a look-up per value.
_UTC_PLUS_7_SINCE, _UTC_PLUS_7 = "19760101", timedelta(hours=7)


class BadFieldError(Exception):
    """A field of one record was not understood: `reason` is a short class, the text says field and value."""

    def __init__(self, reason: str, field: str, what: str, value: Any = None) -> None:
        shown = f": {str(value)[:40]}" if value is not None and is_code(value) else ""
        super().__init__(f"{field} {what}{shown}")
        self.reason = reason


def present(record: Record, field: str) -> Any:
    """The field's value, None when nothing was given."""
    value = record.get(field)
    if isinstance(value, str):
        value = value.strip()
    return None if value == "" else value


def required(record: Record, field: str, reason: str = "missing_field") -> Any:
    """The field's value; BadFieldError with `reason` when nothing was given."""
    value = present(record, field)
    if value is None:
        raise BadFieldError(reason, field, "is missing")
    return value


def code(record: Record, field: str, missing: str = "missing_field") -> str:
    """A code as it was written. Codes are strings without blanks, never numbers."""
    value = required(record, field, missing)
    if not isinstance(value, str) or not is_code(value):
        raise BadFieldError("bad_code", field, "is no code", value)
    return value


def code_or_none(record: Record, field: str) -> str | None:
    """A code, None when nothing was given."""
    return None if present(record, field) is None else code(record, field)


def unit_code(record: Record, field: str) -> str:
    """An agency's code in its new form."""
    return agency_code(code(record, field))


def unit_code_or_none(record: Record, field: str) -> str | None:
    """An agency's code in its new form, None when nothing was given."""
    return None if present(record, field) is None else unit_code(record, field)


def unit_codes(record: Record, field: str) -> list[str]:
    """A list of agencies' codes in their new form; empty when nothing was given."""
    value = present(record, field)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, str) and entry and is_code(entry) for entry in value):
        raise BadFieldError("bad_code", field, "is no list of codes")
    return [agency_code(entry) for entry in value]


def words(record: Record, field: str) -> str:
    """Free text on one line, at most 300 characters; "" when nothing was given."""
    value = present(record, field)
    if value is None:
        return ""
    if not isinstance(value, str) or (not value.isprintable() and _unstorable(value)):
        raise BadFieldError("bad_text", field, "is no text")
    return " ".join(value.split())[:_LONGEST_WORDS]


def _unstorable(text: str) -> bool:
    return "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text)


def label(record: Record, field: str) -> str:
    """A short text or number as text, such as a document's number; "" when nothing was given."""
    value = record.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)[:_LONGEST_WORDS]
    return words(record, field)


def integer(record: Record, field: str) -> int | None:
    """A whole number, which may come as a string; None when nothing was given."""
    value = present(record, field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | str) or not _INTEGER.match(str(value)):
        raise BadFieldError("bad_number", field, "is no whole number", value)
    return int(value)


def amount(record: Record, field: str) -> float:
    """A sum of money, which may come as a string; 0 when nothing was given."""
    value = present(record, field)
    if value is None:
        return 0.0
    number = None if isinstance(value, bool) or not isinstance(value, int | float | str) else _amount(str(value))
    if number is None:
        raise BadFieldError("bad_number", field, "is no number", value)
    return number


@lru_cache(maxsize=4096)  # the same few fees come again and again
def _amount(text: str) -> float | None:
    return float(text.replace(",", ".")) if _NUMBER.match(text) else None


def choice(record: Record, field: str, meanings: Mapping[str, Meaning], reason: str) -> Meaning:
    """What the field's code means; BadFieldError with `reason` for a code without meaning or none at all."""
    value = present(record, field)
    # Vietnamese words come with their accents as signs of their own or not.
    known = isinstance(value, str | int) and not isinstance(value, bool)
    found = meanings.get(normalize("NFC", str(value))) if known else None
    if found is None:
        raise BadFieldError(reason, field, "is missing" if value is None else "is not one of the known codes", value)
    return found


def flag(record: Record, field: str) -> bool:
    """True or false, also as 1 and 0 in either type; BadFieldError when nothing was given."""
    value = required(record, field)
    if isinstance(value, bool):
        return value
    if isinstance(value, int | str) and str(value).lower() in ("0", "1", "true", "false"):
        return str(value).lower() in ("1", "true")
    raise BadFieldError("bad_flag", field, "is neither 0 nor 1", value)


def flag_or_none(record: Record, field: str) -> bool | None:
    """As `flag`, None when nothing was given."""
    return None if present(record, field) is None else flag(record, field)


def objects(record: Record, field: str) -> list[Record]:
    """A list of objects; empty when nothing was given."""
    value = present(record, field)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise BadFieldError("bad_list", field, "is no list of objects")
    return value


def local_instant(record: Record, field: str) -> datetime | None:
    """The instant of a local `yyyyMMddHHmmss`, in UTC; None when nothing was given."""
    value = present(record, field)
    if value is None:
        return None
    moment = parse_local_instant(value)
    if moment is None:
        raise BadFieldError("bad_date", field, "is no time yyyyMMddHHmmss", value)
    return moment


def parse_local_instant(value: Any) -> datetime | None:
    """The instant, in UTC, of a local time written yyyyMMddHHmmss; None when it is no such time."""
    if not isinstance(value, str) or len(value) != 14 or not (value.isascii() and value.isdigit()):
        return None
    if value < _UTC_PLUS_7_SINCE:
        return _parse_early_instant(value)
    try:
        moment = datetime.fromisoformat(f"{value[:8]}T{value[8:]}Z")
    except ValueError:
        return None
    return moment - _UTC_PLUS_7 if _plausible(moment) else None


def _parse_early_instant(value: str) -> datetime | None:
    try:
        moment = datetime.strptime(value, "%Y%m%d%H%M%S").replace(tzinfo=LOCAL_ZONE)
    except ValueError:
        return None
    return moment.astimezone(UTC) if _plausible(moment) else None


def iso_instant(record: Record, field: str) -> datetime:
    """The instant of an ISO 8601 time with offset, in UTC."""
    value = required(record, field, "bad_date")
    moment = parse_iso_instant(value)
    if moment is None:
        raise BadFieldError("bad_date", field, "is no ISO 8601 time with offset", value)
    return moment


def parse_iso_instant(value: Any) -> datetime | None:
    """The instant, in UTC, of an ISO 8601 time with offset; None when it is no such time."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo and _plausible(moment) else None


def millisecond_instant(record: Record, field: str) -> datetime | None:
    """The instant of milliseconds since 1970, in UTC; None for 0 or when nothing was given."""
    try:
        value = integer(record, field)
        moment = _EPOCH + timedelta(milliseconds=value) if value else None
    except (BadFieldError, OverflowError) as error:
        raise BadFieldError("bad_date", field, "is no time in milliseconds", record.get(field)) from error
    if moment and not _plausible(moment):
        raise BadFieldError("bad_date", field, "is no plausible time", value)
    return moment


def _plausible(moment: datetime) -> bool:
    return _FIRST_YEAR <= moment.year <= _LAST_YEAR


def local_date(record: Record, field: str, separator: str = "") -> date | None:
    """The day of `yyyyMMdd`, or of `yyyy/MM/dd` when the separator is "/"; None when nothing was given."""
    value = present(record, field)
    if value is None:
        return None
    day = _parse_date(value, separator)
    if day is None:
        raise BadFieldError("bad_date", field, f"is no day yyyy{separator}MM{separator}dd", value)
    return day


def _parse_date(value: Any, separator: str) -> date | None:
    if not isinstance(value, str):
        return None
    parts = re.fullmatch(rf"(\d{{4}}){separator}(\d\d){separator}(\d\d)", value, re.ASCII)
    try:
        day = date(int(parts[1]), int(parts[2]), int(parts[3])) if parts else None
    except ValueError:
        return None
    return day if day and _FIRST_YEAR <= day.year <= _LAST_YEAR else None


def required_date(record: Record, field: str, separator: str = "") -> date:
    """As `local_date`; BadFieldError when nothing was given."""
    day = local_date(record, field, separator)
    if day is None:
        raise BadFieldError("bad_date", field, "is missing")
    return day


def member(source: str, answer: Any, key: str, kind: type[Meaning]) -> Meaning:
    """A part of an answer's envelope; SourceChanged naming the key when it is missing or of another kind."""
    if not isinstance(answer, dict):
        raise SourceChanged(source, f"the answer is no object: {key} expected in it")
    if key not in answer:
        raise SourceChanged(source, f"the answer has no {key}")
    value = answer[key]
    if kind is int and isinstance(value, str) and _INTEGER.match(value):
        return kind(value)  # type: ignore[call-arg]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise SourceChanged(source, f"{key} in the answer is no {kind.__name__}")
    return value
