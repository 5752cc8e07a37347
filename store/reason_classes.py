"""Why records are held back, in the few classes by which an operator knows what to do about them.

Every reason that a connector or the store can give stands in `CLASS_OF` (a test reads them all from the code).
"""

from collections.abc import Mapping
from typing import Final

# Import the catalogue that names it, or have the source mend the code: then the records come in by themselves.
UNKNOWN_UNIT: Final = "unknown_unit"
UNKNOWN_PROCEDURE: Final = "unknown_procedure"
# The source uses a code that its agreed lists do not hold: agree on its meaning, teach the connector, replay.
UNKNOWN_CODE: Final = "unknown_code"
# The source's staff must fill in what is missing, or put right what contradicts itself.
INCOMPLETE: Final = "incomplete"
IMPOSSIBLE_TIME: Final = "impossible_time"
CONTRADICTION: Final = "contradiction"
# The source's form has changed or is broken: its owner must mend it, or the connector learns it.
NOT_UNDERSTOOD: Final = "not_understood"
# Refused for safety: too large, or XML with entities or without end.
TOO_LARGE: Final = "too_large"
UNSAFE: Final = "unsafe"
# Listed by the source and not given out: ask again (replay), then ask its owner.
NOT_DELIVERED: Final = "not_delivered"

CLASS_OF: Final[Mapping[str, str]] = {
    "unknown_unit": UNKNOWN_UNIT,
    "unknown_procedure": UNKNOWN_PROCEDURE,
    "unknown_channel": UNKNOWN_CODE,
    "unknown_direction": UNKNOWN_CODE,
    "unknown_kind": UNKNOWN_CODE,
    "unknown_level": UNKNOWN_CODE,
    "unknown_message": UNKNOWN_CODE,
    "unknown_payment": UNKNOWN_CODE,
    "unknown_postal": UNKNOWN_CODE,
    "unknown_rating": UNKNOWN_CODE,
    "unknown_state": UNKNOWN_CODE,
    "unknown_status": UNKNOWN_CODE,
    "unknown_tier": UNKNOWN_CODE,
    "missing_key": INCOMPLETE,
    "missing_field": INCOMPLETE,
    "missing_completion": INCOMPLETE,
    "bad_date": IMPOSSIBLE_TIME,
    "contradiction": CONTRADICTION,
    "not_an_object": NOT_UNDERSTOOD,
    "bad_cell": NOT_UNDERSTOOD,
    "bad_code": NOT_UNDERSTOOD,
    "bad_flag": NOT_UNDERSTOOD,
    "bad_list": NOT_UNDERSTOOD,
    "bad_number": NOT_UNDERSTOOD,
    "bad_row": NOT_UNDERSTOOD,
    "bad_text": NOT_UNDERSTOOD,
    "bad_xml": NOT_UNDERSTOOD,
    "no_packet": NOT_UNDERSTOOD,
    "too_large": TOO_LARGE,
    "hostile_xml": UNSAFE,
    "not_delivered": NOT_DELIVERED,
}
CLASSES: Final = tuple(dict.fromkeys(CLASS_OF.values()))


def class_of(reason: str) -> str:
    """The class of a reason; that of what is not understood for one that only an older version knew."""
    return CLASS_OF.get(reason, NOT_UNDERSTOOD)


def reasons_of(reason_class: str) -> list[str]:
    """The reasons of a class; ValueError listing the classes when there is none of that name."""
    if reason_class not in CLASSES:
        raise ValueError(f"{reason_class!r} is no class of reasons; one of: {', '.join(CLASSES)}")
    return [reason for reason, its_class in CLASS_OF.items() if its_class == reason_class]
