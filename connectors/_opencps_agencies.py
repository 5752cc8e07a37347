"""What OpenCPS leaves unsaid about its agencies and services: of which kind, and whose (wire.md, 2).

An item of GOVERNMENT_AGENCY has a code, a name and a parent. Its kind is told by its name ("UBND xã …", "Sở …"),
else by the length of its code's last group: two digits a department, three a district, five a commune.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from connectors._codes import agency_code

Kind = Literal["tinh", "so", "huyen", "xa"]
Tier = Literal["tinh", "huyen", "xa"]

TIER_OF_KIND: Mapping[Kind, Tier] = {"tinh": "tinh", "so": "tinh", "huyen": "huyen", "xa": "xa"}
# Of a name without "UBND". A "thành phố" is a city below a province: one that is a province has a code of one group.
_FIRST_WORDS: Mapping[str, Kind] = {
    "tỉnh": "tinh",
    "sở": "so",
    "ban": "so",
    "thanh tra": "so",
    "huyện": "huyen",
    "quận": "huyen",
    "thị xã": "huyen",
    "thành phố": "huyen",
    "xã": "xa",
    "phường": "xa",
    "thị trấn": "xa",
}
_PREFIXES = ("ủy ban nhân dân ", "uỷ ban nhân dân ", "ubnd ")
_KIND_OF_DIGITS: Mapping[int, Kind] = {2: "so", 3: "huyen", 5: "xa"}
_ABOVE_ALL = ("", "0")
_ORDER: tuple[Tier, ...] = ("tinh", "huyen", "xa")


def agency_kind(code: str, name: str) -> Kind | None:
    """The kind of an agency by its code in the new form and its name; None when neither tells."""
    groups = code.split(".")
    if len(groups) == 1:
        return "tinh"
    words = " ".join(name.lower().split())
    for prefix in _PREFIXES:
        words = words.removeprefix(prefix)
    for first, kind in _FIRST_WORDS.items():
        if words == first or words.startswith(f"{first} "):
            return kind
    # An office of a district (three groups, the last of two digits) is none of the four kinds.
    kind_by_code = _KIND_OF_DIGITS.get(len(groups[-1])) if groups[-1].isdigit() else None
    return None if kind_by_code == "so" and len(groups) > 2 else kind_by_code


def parent_code(code: Any) -> str | None:
    """The parent's code in its new form; None for the agency on top."""
    return None if code is None or str(code).strip() in _ABOVE_ALL else agency_code(str(code))


def owner_of_services(agencies: Iterable[Any]) -> tuple[str, str]:
    """(code, tier) of the agency whose services these are: the one on top of the dictionary.

    With several on top the code is "" (all of the tier), the tier the highest; ("", "") when nothing tells it.
    """
    named = {
        agency_code(str(agency.get("itemCode"))): agency
        for agency in agencies
        if isinstance(agency, dict) and agency.get("itemCode")
    }
    tops = [code for code, agency in named.items() if parent_code(agency.get("parentItemCode")) not in named]
    kinds = [agency_kind(code, str(named[code].get("itemName") or "")) for code in tops]
    tiers = sorted((TIER_OF_KIND[kind] for kind in kinds if kind), key=_ORDER.index)
    if not tiers:
        return "", ""
    return (tops[0] if len(tops) == 1 else ""), tiers[0]
