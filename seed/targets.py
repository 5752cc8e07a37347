"""What the places were told to reach, as far as the source articles say it: number, day and issuer where they do."""

from datetime import date
from typing import Any, NamedTuple

from seed.place import Place

_HOA_BINH = "Ủy ban nhân dân tỉnh Hòa Bình"
_HAI_PHONG = "Ủy ban nhân dân thành phố Hải Phòng"
# Seed article 002 names the decision by its month; its number and day are not in our source.
_DECISION_2021 = "Quyết định giao chỉ tiêu của UBND tỉnh Hòa Bình, tháng 3/2021 (nguồn không ghi số)"
_ARCHITECTURE = "Kiến trúc chính quyền điện tử tỉnh Hòa Bình phiên bản 2.0, cuối tháng 10/2020 (nguồn không ghi số)"
_RESOLUTION_17 = "Kế hoạch thực hiện Nghị quyết 17/NQ-CP ngày 07/3/2019 (nguồn không ghi số kế hoạch)"
_HA_NAM_PLAN = "Nhiệm vụ 06 tháng cuối năm 2021 của tỉnh Hà Nam (nguồn không ghi số văn bản)"
_PROVINCE, _OFFICES = ("",), ("so", "huyen")


class _Told(NamedTuple):
    """An indicator, its value, and whom it is for: kinds of units, or "" for the root itself."""

    indicator: str
    value: float
    kinds: tuple[str, ...] = _PROVINCE
    comparator: str = ">="


class _Decision(NamedTuple):
    decision: str
    issuer: str
    first: date
    last: date
    told: tuple[_Told, ...]


_DECISIONS: dict[str, tuple[str, tuple[_Decision, ...]]] = {
    # 51 % for each of 17 departments and 10 districts, and so for all of them together; goals until 2025 were set with
    # the architecture of October 2020, before it.
    "hoa-binh": (
        "H28",
        (
            _Decision(
                _DECISION_2021,
                _HOA_BINH,
                date(2021, 1, 1),
                date(2021, 12, 31),
                (_Told("online_dossier_rate", 0.51, (*_PROVINCE, *_OFFICES)),),
            ),
            _Decision(
                _ARCHITECTURE,
                _HOA_BINH,
                date(2020, 11, 1),
                date(2025, 12, 31),
                (
                    _Told("national_portal_rate", 1.0),
                    _Told("authenticated_rate", 1.0),
                    _Told("online_dossier_rate", 0.50),
                    _Told("procedures_online_rate", 0.80),
                    _Told("satisfaction_rate", 0.90),
                ),
            ),
        ),
    ),
    "ha-nam": (
        "H25",
        (
            _Decision(
                _HA_NAM_PLAN,
                "Ủy ban nhân dân tỉnh Hà Nam",
                date(2021, 1, 1),
                date(2021, 12, 31),
                (_Told("eligible_level4_rate", 1.0),),
            ),
        ),
    ),
    "hai-phong": (
        "H24",
        (
            _Decision(
                _RESOLUTION_17,
                _HAI_PHONG,
                date(2019, 1, 1),
                date(2020, 12, 31),
                (
                    _Told("authenticated_users_rate", 0.20),
                    _Told("meeting_hours_change", -0.30, comparator="<="),
                    _Told("online_dossier_rate", 0.20, _OFFICES),
                    _Told("national_portal_rate", 0.30),
                    _Told("one_stop_coverage_rate", 1.0),
                ),
            ),
            _Decision(
                _RESOLUTION_17,
                _HAI_PHONG,
                date(2021, 1, 1),
                date(2025, 12, 31),
                (_Told("procedures_online_rate", 0.80), _Told("satisfaction_rate", 0.90)),
            ),
        ),
    ),
}


def targets(place: Place) -> list[dict[str, Any]]:
    """One dictionary for each target of a place: the columns of the store's table; rates are 0 to 1.

    A target is for the root or for every unit of a kind; districts assign their communes' own, which no source of
    ours gives. The day of a decision is in none of our sources.
    """
    root, decisions = _DECISIONS.get(place.name, ("", ()))
    return [
        {
            "indicator": told.indicator,
            "unit_code": "" if kind else root,
            "kind": kind,
            "comparator": told.comparator,
            "value": told.value,
            "valid_from": made.first,
            "valid_to": made.last,
            "decision": made.decision,
            "decided_on": None,
            "issuer": made.issuer,
        }
        for made in decisions
        for told in made.told
        for kind in told.kinds
    ]
