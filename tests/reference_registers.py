"""The indicators over bridge points and statistical returns, for the reference: written without `metrics`."""

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction

from store.rows import BridgePoint, Return
from tests.reference_facts import Hierarchy, Identity

Figure = tuple[int | Fraction | None, int | Fraction | None, int | Fraction | None]

RETURNED_COUNTS = (
    "portal_articles", "component_portal_articles", "certificates", "control_screens", "operator_computers",
)  # fmt: skip
RETURNED_RATES = (
    "plan_coverage_rate", "computers_rate", "computers_rate_commune", "lan_rate", "dedicated_network_rate",
    "email_usage_rate", "document_system_rate", "web_portal_rate", "authenticated_users_rate",
    "services_signature_rate", "services_edossier_rate", "autofill_rate", "one_stop_coverage_rate",
    "online_services_rate", "eligible_level4_rate",
)  # fmt: skip


def coverage_figures(
    points: Sequence[BridgePoint],
    hierarchy: Hierarchy,
    asked: Identity,
    own: bool,
    within: Callable[[str, date], bool],
    end: date,
) -> dict[str, Figure]:
    """Who has an active point on the last day."""
    active = [
        point
        for point in points
        if point.status == "active" and point.valid_from <= end and (point.valid_to is None or end <= point.valid_to)
    ]
    owners = {hierarchy.line(point.unit_code, end)[0] for point in active}
    listed = hierarchy.listed(end)
    asked_for = [unit for unit, above in listed.items() if unit == asked or (asked in above and not own)]
    communes = [unit for unit in asked_for if unit[1] == "xa"]
    districts = [unit for unit in asked_for if unit[1] == "huyen"]
    above_equipped = [above for unit, above in listed.items() if unit[1] == "xa" and unit in owners]
    reached = [district for district in districts if any(district in above for above in above_equipped)]
    count = sum(1 for point in active if within(point.unit_code, end))
    return {
        "conference_coverage_rate": _rate(len([unit for unit in communes if unit in owners]), len(communes)),
        "district_coverage_rate": _rate(len(reached), len(districts)),
        "bridge_points": (count, None, count),
    }


def return_figures(
    returns: Sequence[Return], hierarchy: Hierarchy, asked: Identity, start: date, end: date
) -> dict[str, Figure]:
    """What the unit itself returned: of the returns that overlap the period the one begun last, of two the shorter."""
    found = {}
    for key in RETURNED_RATES + RETURNED_COUNTS:
        own = [
            row for row in returns if row.indicator == key and hierarchy.meaning(row.unit_code, row.period_to) == asked
        ]
        overlapping = [row for row in own if row.period_from <= end and row.period_to >= start]
        newest = max(overlapping, key=lambda row: (row.period_from, -row.period_to.toordinal()), default=None)
        found[key] = (None, None, None) if newest is None else _as_returned(newest)
    return found


def _as_returned(row: Return) -> Figure:
    if row.value is not None:
        return None, None, Fraction(row.value)
    assert row.numerator is not None
    if row.indicator in RETURNED_COUNTS:
        return Fraction(row.numerator), None, Fraction(row.numerator)
    assert row.denominator is not None
    value = Fraction(row.numerator) / Fraction(row.denominator) if row.denominator else None
    return Fraction(row.numerator), Fraction(row.denominator), value


def _rate(numerator: int, denominator: int) -> Figure:
    return numerator, denominator, Fraction(numerator, denominator) if denominator else None
