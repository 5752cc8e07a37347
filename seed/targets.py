"""What a place was told to reach, as far as the source articles say it."""

from datetime import date
from typing import Any

from seed.place import Place
from seed.units import units

# Seed article 002 names the decision by its month; its number and day are not in our source.
DECISION = "Quyết định của UBND tỉnh Hòa Bình, tháng 3/2021 (nguồn không ghi số)"
ISSUER = "Ủy ban nhân dân tỉnh Hòa Bình"
GOALS_2025 = "Mục tiêu đến năm 2025 của tỉnh Hòa Bình (nguồn không ghi số quyết định)"
# (indicator, value, what the article says) for the province until 2025; figures.csv, seed 002, rows 4, 5, 7, 8
BY_2025 = (
    ("satisfaction_rate", 0.90),
    ("procedures_online_rate", 0.80),
    ("national_portal_rate", 1.0),
    ("authenticated_rate", 1.0),
)


def targets(place: Place) -> list[dict[str, Any]]:
    """One dictionary for each target: indicator, unit_code, comparator, value (a rate), validity, decision, issuer.

    51 % online dossiers in 2021 for the province, each department and each district; districts assign their
    communes' own, which no source of ours gives.
    """
    told = [unit.code for unit in units(place) if unit.kind != "xa"]
    year = [_target("online_dossier_rate", code, 0.51, date(2021, 1, 1), date(2021, 12, 31), DECISION) for code in told]
    later = [
        _target(indicator, told[0], value, date(2021, 1, 1), date(2025, 12, 31), GOALS_2025)
        for indicator, value in BY_2025
    ]
    return year + later


def _target(indicator: str, unit: str, value: float, first: date, last: date, decision: str) -> dict[str, Any]:
    return {
        "indicator": indicator,
        "unit_code": unit,
        "comparator": ">=",
        "value": value,
        "valid_from": first,
        "valid_to": last,
        "decision": decision,
        "issuer": ISSUER,
    }
