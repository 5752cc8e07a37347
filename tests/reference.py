"""The indicators a second time: slow, obvious loops over rows, read from indicators.md alone.

Nothing of `metrics` or of the store's counters is used here. A figure is (numerator, denominator, value): counts have
denominator None, rates value None when there was nothing to count; values are exact.
"""

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from statistics import median
from typing import Literal, TypeVar

from store.rows import Document, Dossier
from tests.reference_dossiers import (
    REFUSED,
    WITHDRAWN,
    accepted,
    completed_on,
    is_open,
    is_overdue,
    local_day,
    punctuality,
    received_on,
    working_days,
)
from tests.reference_facts import Facts, HeldMeeting, Hierarchy, Identity, level_on, procedures_in_force
from tests.reference_registers import Figure, coverage_figures, return_figures

Thing = TypeVar("Thing")
Scope = Literal["subtree", "own"]

FIVE_MINUTES = 300
TIER_OF_KIND = {"tinh": "tinh", "so": "tinh", "huyen": "huyen", "xa": "xa"}


def reference(facts: Facts, start: date, end: date, unit_code: str, scope: Scope) -> dict[str, Figure]:
    """Every indicator of one unit for the local days `start` to `end`, both included."""
    return figures(facts, Hierarchy(facts.units), start, end, unit_code, scope)


def figures(
    facts: Facts, hierarchy: Hierarchy, start: date, end: date, unit_code: str, scope: Scope
) -> dict[str, Figure]:
    """As `reference`, with a hierarchy that remembers its answers."""
    asked = hierarchy.asked(unit_code, end)
    within, flow = counting(hierarchy, start, end, unit_code, scope)
    return {
        **dossier_figures(facts, flow, within, end),
        **procedure_figures(facts, hierarchy, flow, within, end),
        **document_figures(facts.documents, hierarchy, asked, scope, flow, within, start, end),
        **meeting_figures(facts.meetings, flow),
        **coverage_figures(facts.bridge_points, hierarchy, asked, scope == "own", within, end),
        **return_figures(facts.returns, hierarchy, asked, start, end),
    }


def counting(
    hierarchy: Hierarchy, start: date, end: date, unit_code: str, scope: Scope
) -> tuple[Callable[[str, date], bool], Callable[[str, date | None], bool]]:
    """Two questions: does what a unit has on a day count for the one asked; and does the day lie in the period too."""
    asked = hierarchy.asked(unit_code, end)

    def within(code: str, day: date) -> bool:
        line = hierarchy.line(code, day)
        return line[0] == asked if scope == "own" else asked in line

    def flow(code: str, day: date | None) -> bool:
        return day is not None and start <= day <= end and within(code, day)

    return within, flow


def count(counted: int | Fraction) -> Figure:
    """A figure without a denominator."""
    return counted, None, Fraction(counted)


def rate(numerator: int, denominator: int) -> Figure:
    """A share, unknown where there was nothing to count."""
    return numerator, denominator, Fraction(numerator, denominator) if denominator else None


def share(base: Sequence[Thing], counted: Callable[[Thing], bool]) -> Figure:
    """How many of `base` are `counted`."""
    return rate(sum(1 for thing in base if counted(thing)), len(base))


def told(dossiers: Sequence[Dossier]) -> list[Dossier]:
    """Those whose source says whether there were supplements, digitised parts, electronic results and an eID."""
    return [d for d in dossiers if not d.untold]


def dossier_figures(
    facts: Facts, flow: Callable[[str, date | None], bool], within: Callable[[str, date], bool], end: date
) -> dict[str, Figure]:
    """The indicators over dossiers."""
    dossiers = facts.dossiers
    received = [d for d in dossiers if accepted(d) and flow(d.unit_code, local_day(d.received_at))]
    completed = [d for d in dossiers if flow(d.unit_code, completed_on(d))]
    standing = [d for d in dossiers if is_open(d, end) and within(d.unit_code, end)]
    submitted = [d for d in dossiers if flow(d.unit_code, local_day(d.submitted_at))]
    levels = {d.source_id: level_on(facts.procedures, d.procedure_code, received_on(d)) for d in received}

    online = [d for d in received if d.channel == "online"]
    offered = [d for d in received if levels[d.source_id] in (3, 4)]
    online_offered = sum(1 for d in online if levels[d.source_id] in (3, 4))
    online_full = sum(1 for d in online if levels[d.source_id] == 4)
    not_late = sum(1 for d in completed if punctuality(d) != "late")
    overdue = sum(1 for d in standing if is_overdue(d, end))
    posted_in = {d.procedure_code for d in received if d.channel == "post"}
    posted_out = {d.procedure_code for d in completed if d.returned_by_post}
    fee_due = [d for d in completed if d.fee_due]
    rated = [d for d in completed if d.rating is not None]
    seen = {d.source_id for d in submitted} | {d.source_id for d in received}
    refused = sum(1 for d in submitted if d.state == REFUSED)
    return {
        "received": count(len(received)),
        "online_dossier_rate": rate(online_offered, len(received)),
        "online_dossier_rate_offered": rate(online_offered, len(offered)),
        "full_process_dossier_rate": rate(online_full, len(received)),
        "on_time_rate": rate(not_late, len(completed)),
        "early_rate": share(completed, lambda d: punctuality(d) == "early"),
        "on_time_rate_766": rate(not_late + len(standing) - overdue, len(completed) + len(standing)),
        "open": count(len(standing)),
        "overdue": count(overdue),
        "overdue_rate": rate(overdue, len(standing)),
        "postal_receipt_rate": share(
            [d for d in received if d.procedure_code in posted_in], lambda d: d.channel == "post"
        ),
        "postal_receipt_rate_all": share(received, lambda d: d.channel == "post"),
        "postal_return_rate": share(
            [d for d in completed if d.procedure_code in posted_out], lambda d: d.returned_by_post
        ),
        "postal_return_rate_all": share(completed, lambda d: d.returned_by_post),
        "online_payment_rate": share(fee_due, lambda d: d.payment in ("national", "province")),
        "digitised_rate": share(told(completed), lambda d: d.digitised),
        "e_result_rate": share(told(completed), lambda d: d.e_result),
        "authenticated_rate": share(told(online), lambda d: d.authenticated),
        "satisfaction_rate": share(rated, lambda d: d.rating in (2, 3)),
        "supplement_rate": share(told(received), lambda d: d.supplements >= 1),
        "withdrawn_rate": share(received, lambda d: d.state == WITHDRAWN),
        "refused_rate": rate(refused, len(seen)),
        "last_day_rate": share(completed, lambda d: completed_on(d) == local_day(d.due_at)),
        **processing_figures(facts, completed),
    }


def processing_figures(facts: Facts, completed: Sequence[Dossier]) -> dict[str, Figure]:
    """Working days from receipt to completion: their mean, and as extra median and 90th percentile (nearest rank)."""
    days = sorted(
        working_days(received_on(d), done, facts.holidays, facts.made_up)
        for d in completed
        if (done := completed_on(d))
    )
    mean = Fraction(sum(days), len(days)) if days else None
    middle = Fraction(median(days)) if days else None
    ninetieth = Fraction(days[-(-9 * len(days) // 10) - 1]) if days else None
    return {
        "processing_days": (sum(days), len(days), mean),
        "processing_days_median": (sum(days), len(days), middle),
        "processing_days_p90": (sum(days), len(days), ninetieth),
    }


def procedure_figures(
    facts: Facts,
    hierarchy: Hierarchy,
    flow: Callable[[str, date | None], bool],
    within: Callable[[str, date], bool],
    end: date,
) -> dict[str, Figure]:
    """The indicators over distinct procedures, as they were on the last day."""
    offering = [unit for unit in hierarchy.in_force(end) if within(unit[0], end)]
    codes = {code for code, _, _ in offering}
    tiers = {TIER_OF_KIND[kind] for _, kind, _ in offering}
    procedures = [
        row
        for row in procedures_in_force(facts.procedures, end)
        if (row.agency_code in codes if row.agency_code is not None else row.tier in tiers)
    ]
    offered = [row for row in procedures if row.level in (3, 4)]
    used = {
        d.procedure_code
        for d in facts.dossiers
        if accepted(d)
        and d.channel == "online"
        and flow(d.unit_code, local_day(d.received_at))
        and level_on(facts.procedures, d.procedure_code, received_on(d)) in (3, 4)
    }
    return {
        "procedures_online_rate": rate(len(offered), len(procedures)),
        "procedures_level4_rate": share(procedures, lambda row: row.level == 4),
        "procedures_level3_rate": share(procedures, lambda row: row.level == 3),
        "procedures_level2_rate": share(procedures, lambda row: row.level == 2),
        "services_used_rate": rate(len(used), len(offered)),
        "national_portal_rate": share(offered, lambda row: row.national_portal),
    }


def document_figures(
    documents: Sequence[Document],
    hierarchy: Hierarchy,
    asked: Identity,
    scope: Scope,
    flow: Callable[[str, date | None], bool],
    within: Callable[[str, date], bool],
    start: date,
    end: date,
) -> dict[str, Figure]:
    """The indicators over documents."""
    public = [d for d in documents if d.direction == "out" and not d.classified]
    issued = [d for d in public if flow(d.unit_code, d.issued_on)]
    electronic = [d for d in issued if d.electronic]
    known = [d for d in electronic if d.signed is not None]
    incoming = [d for d in documents if d.direction == "in" and d.due_on is not None]
    due = [d for d in incoming if flow(d.unit_code, d.due_on)]
    signing = {
        hierarchy.line(d.unit_code, d.issued_on)[0]
        for d in public
        if d.electronic and d.signed and d.issued_on is not None and start <= d.issued_on <= end
    }
    below = [unit for unit, above in hierarchy.listed(end).items() if scope == "subtree" and asked in above]
    return {
        "electronic_document_rate": share(issued, lambda d: d.electronic),
        "signed_document_rate": share(known, lambda d: d.signed is True),
        "signed_and_exchanged_rate": share(issued, lambda d: d.signed is True and d.exchanged),
        "units_signing_rate": share(below, lambda unit: unit in signing),
        "incoming_on_time_rate": share(due, _done_by_due_day),
        "incoming_overdue": count(sum(1 for d in incoming if _waits(d, end) and within(d.unit_code, end))),
    }


def meeting_figures(meetings: Sequence[HeldMeeting], flow: Callable[[str, date | None], bool]) -> dict[str, Figure]:
    """The indicators over meetings: those held by the host's unit, those joined by each point's own unit."""
    held = [m for m in meetings if flow(m.unit_code, local_day(m.ended_at))]
    seconds = sum(int((m.ended_at - m.started_at).total_seconds()) for m in held)
    invited = [p for m in meetings for p in m.points if p.invited and flow(p.unit_code, local_day(m.ended_at))]
    return {
        "meetings_held": count(len(held)),
        "meeting_hours": count(Fraction(seconds, 3600)),
        "participation_rate": share(invited, lambda point: point.connected_seconds >= FIVE_MINUTES),
    }


def _done_by_due_day(document: Document) -> bool:
    return (
        document.completed_on is not None and document.due_on is not None and document.completed_on <= document.due_on
    )


def _waits(document: Document, day: date) -> bool:
    late = document.due_on is not None and document.due_on < day
    return late and (document.completed_on is None or document.completed_on > day)
