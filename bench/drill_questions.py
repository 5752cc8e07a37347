"""What a view of Explore asks, in three ways: our own function, Superset's chart API, and whether both say the same."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from pages._filters import Choices
from pages._language import speaking
from pages._live import Live
from pages._periods import comparison
from pages.analysts._asked import Figure
from pages.analysts._dossiers import SHOWN, listed
from pages.analysts._place import procedures_of
from pages.analysts._taken_apart import parts_of
from pages.analysts._view import View
from pages.analysts._view_choice import view_of
from store.rows import PROCESSED, REFUSED, REGISTERED

_EARLY = "completed_at::date < due_at::date"
_IN_TIME = "completed_at::date <= coalesce(due_at::date, 'infinity')"
_COUNTED = {
    "received": ("received_at", None),
    "on_time_rate": ("completed_at", _IN_TIME),
    "early_rate": ("completed_at", _EARLY),
}
_COLUMNS = ["source_id", "procedure_code", "received_at", "due_at", "completed_at", "state"]
INDICATORS = tuple(_COUNTED)

# Code of a unit or procedure to numerator and denominator; or the ids of the dossiers listed.
Answer = dict[str, tuple[int, int]] | list[str]


class Answered(NamedTuple):
    """The figure of a view as drawn (numerator, denominator; 0: a count), and its parts."""

    figure: tuple[int, int]
    parts: Answer


def compared_with(here: Live, chosen: Mapping[str, str]) -> dict[str, str]:
    """The choices that show, as a view of its own, the earlier period that a view is compared with."""
    with speaking("vi"):
        asked = view(here, chosen)
        earlier = comparison(asked.compare, asked.period)
    kept = {name: value for name, value in chosen.items() if name not in ("period", "compare")}
    return kept | {"from": earlier.start.isoformat(), "to": earlier.end.isoformat()}


def view(here: Live, chosen: Mapping[str, str]) -> View:
    """The view of a query string. AssertionError when something in it is wrong."""
    choices = Choices(here.today, given=chosen)
    found = view_of(here, choices)
    assert found
    assert not choices.problems, choices.problems
    return found


def ours(here: Live, chosen: Mapping[str, str]) -> Answered:
    """What our own functions answer, nothing drawn."""
    with speaking("vi"):
        asked = view(here, chosen)
        whole = _counts(asked.figure(asked.place))
        if asked.part == "dossiers":
            return Answered(whole, sorted(listed(asked, 0, SHOWN).rows["source_id"]))
        rows = parts_of(asked).rows
        parts = {row.code: _counts(row.figure) for row in rows if row.code}
        return Answered(whole, {code: counts for code, counts in parts.items() if any(counts)})


def _counts(figure: Figure) -> tuple[int, int]:
    return int(figure.numerator), int(figure.denominator or 0)


def question(asked: View) -> dict[str, Any]:
    """The same of Superset, for its chart API: by unit, by procedure, or a page of the dossiers.

    It knows one table: communes and procedures are what it groups by, districts and fields are given to it as lists.
    """
    day, numerator = _COUNTED[asked.indicator.key]
    days = f"{asked.period.start} : {asked.period.end + timedelta(days=1)}"
    filters: list[dict[str, Any]] = [{"col": day, "op": "TEMPORAL_RANGE", "val": days}]
    settled, accepted = {"op": ">=", "val": PROCESSED}, {"op": "NOT IN", "val": [REGISTERED, REFUSED]}
    filters += [{"col": "state", **(settled if numerator else accepted)}]
    codes = asked.units.subtree(asked.place.unit)
    filters += [{"col": "unit_code", "op": "IN", "val": codes}] if asked.place.unit != asked.usual else []
    inside = procedures_of(asked.asked.counters, asked.place)
    filters += [{"col": "procedure_code", "op": "IN", "val": inside}] if inside is not None else []
    asking = {"filters": filters, "extras": {}}
    if asked.part == "dossiers":
        order = [[day, True], ["source_id", True]]
        return {**asking, "columns": _COLUMNS, "metrics": [], "orderby": order, "row_limit": SHOWN}
    metrics = [_metric("numerator", "count(*)")]
    if numerator:
        metrics = [_metric("numerator", f"count(*) FILTER (WHERE {numerator})"), _metric("denominator", "count(*)")]
    by = "unit_code" if asked.part == "unit" else "procedure_code"
    return {**asking, "columns": [by], "metrics": metrics, "row_limit": 10_000}


def _metric(label: str, expression: str) -> dict[str, str]:
    return {"label": label, "expressionType": "SQL", "sqlExpression": expression}


def theirs(asked: View, rows: list[dict[str, Any]]) -> Answer:
    """What Superset's rows say, added up over the parts that our view shows."""
    if asked.part == "dossiers":
        return sorted(row["source_id"] for row in rows)
    part_of = _part_of(asked)
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        part = part_of[row["unit_code" if asked.part == "unit" else "procedure_code"]]
        before = found.get(part, (0, 0))
        found[part] = before[0] + row["numerator"], before[1] + row.get("denominator", 0)
    return found


def _part_of(asked: View) -> dict[str, str]:
    """Commune to the row of ours that it belongs to; procedure to its field, where the rows are fields."""
    if asked.part == "unit":
        below = asked.units.children(asked.place.unit)
        return {code: unit.code for unit in below for code in asked.units.subtree(unit.code)}
    fields = asked.here.counters.procedures.fields()
    return {code: field if asked.part == "field" else code for code, (field, _name) in fields.items()}
