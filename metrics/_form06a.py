"""Form II.06a: what a unit received, settled and still holds in a period, by field or by procedure.

Circular 01/2020/TT-VPCP of the Government Office, form II.06a/VPCP/KSTT, columns 2 to 13. Outside the form stand
`ended_otherwise` (withdrawn or stopped: the form has no place for them, so that its (3) = (7) + (11) holds only
together with them) and `moved`, the part of (6) that came or went with units that changed their place meanwhile.
"""

from itertools import pairwise
from typing import Literal

import polars as pl

from metrics._counters import Counters
from metrics._hierarchy import numbers_of
from metrics._period import Period
from metrics._question import Question, Scope

COUNTS = (
    "received_total", "received_online", "received_other", "carried_over",
    "completed", "early", "on_time", "late",
    "open", "open_in_time", "overdue",
    "ended_otherwise", "moved",
)  # fmt: skip
_FLOWS = (
    "received_online", "received_counter", "received_post",
    "completed_early", "completed_on_time", "completed_late", "ended_otherwise",
)  # fmt: skip


def form06a(
    counters: Counters,
    unit: str,
    period: Period,
    by: Literal["field", "procedure"] = "field",
    scope: Scope = "subtree",
) -> pl.DataFrame:
    """A row for each field (or procedure) with anything to report, by code, then the total (code "").

    Columns: code, name, and as numbers of dossiers received_total (3), received_online (4), received_other (5: at the
    counter and by post), carried_over (6: open at the end of the day before the period, and `moved`), completed (7),
    early (8), on_time (9: on the due day, or without one), late (10), open (11), open_in_time (12: open and not
    overdue, those that wait for a supplement or a payment included), overdue (13), ended_otherwise, moved. A record
    counts for the unit above it on its own day. ValueError for an unknown unit.
    """
    cells = _grouped_cells(counters, by)
    ask = Question(counters, period, scope)
    members = ask.members(numbers_of(counters.hierarchy, [unit], ask.end)[0])
    in_period = cells.filter(pl.col("day").is_between(ask.start, ask.end)).join(members, on="unit")
    flows = _counted(in_period.filter(pl.col("day").is_between(pl.col("from"), pl.col("to"))), _FLOWS)
    spans = [(start, _codes(counters, span, start)) for (start,), span in members.group_by("from", maintain_order=True)]
    last = _codes(counters, members.filter(pl.col("to") == ask.end), ask.end)
    moves = [_moved(cells, day, before, after) for (_, before), (day, after) in pairwise(spans)]
    parts = [
        flows,
        _stock(cells, ask.start - 1, spans[0][1]).select("code", at_start="open_change"),
        *(move.select("code", moved="open_change") for move in moves),
        _stock(cells, ask.end, last).select("code", open="open_change", overdue="overdue_change"),
    ]
    counted = pl.concat(parts, how="diagonal").group_by("code").agg(pl.exclude("code").sum())
    rows = _columns(counted).join(_names(counters, by), on="code", how="left").sort("code")
    rows = rows.filter(pl.any_horizontal(pl.col(COUNTS) != 0)).select("code", "name", *COUNTS)
    total = rows.select(pl.lit("").alias("code"), pl.lit("").alias("name"), pl.col(COUNTS).sum())
    return pl.concat([rows, total])


def broken_identities(form: pl.DataFrame) -> list[str]:
    """The rows of a form whose columns do not add up, as "code: what does not hold"; empty when all is well.

    The last sum fails by the records that contradict themselves (they end on a day before they were received) and have
    only one of the two days in the period: they are received and settled, yet were never open.
    """
    held = {
        "(3) = (4) + (5) + (6)": pl.col("received_total")
        == pl.sum_horizontal("received_online", "received_other", "carried_over"),
        "(7) = (8) + (9) + (10)": pl.col("completed") == pl.sum_horizontal("early", "on_time", "late"),
        "(11) = (12) + (13)": pl.col("open") == pl.sum_horizontal("open_in_time", "overdue"),
        "(3) = (7) + (11) + ended otherwise": pl.col("received_total")
        == pl.sum_horizontal("completed", "open", "ended_otherwise"),
        "no count below 0": pl.min_horizontal(set(COUNTS) - {"moved"}) >= 0,
    }
    return [f"{code}: {words}" for words, holds in held.items() for code in form.filter(~holds)["code"]]


def _grouped_cells(counters: Counters, by: str) -> pl.DataFrame:
    """The cells of accepted dossiers with their field's or procedure's code."""
    procedures = counters.procedures
    field_of = procedures.fields()
    fields = {number: field_of[code][0] for number, code in enumerate(procedures.codes)}
    codes = dict(enumerate(procedures.codes)) if by == "procedure" else fields
    return counters.cells.with_columns(code=pl.col("procedure").replace_strict(codes, return_dtype=pl.String))


def _names(counters: Counters, by: str) -> pl.DataFrame:
    procedures = counters.procedures
    names = procedures.names() if by == "procedure" else dict(procedures.fields().values())
    return pl.DataFrame(
        {"code": list(names.keys()), "name": list(names.values())}, schema=dict.fromkeys(("code", "name"), pl.String)
    )


def _counted(cells: pl.DataFrame, measures: tuple[str, ...]) -> pl.DataFrame:
    return cells.group_by("code").agg(pl.col(measures).cast(pl.Int64).sum())


def _codes(counters: Counters, members: pl.DataFrame, day: int) -> list[str]:
    """The unit codes that mean one of the units on a day."""
    hierarchy = counters.hierarchy
    return [hierarchy.codes[unit] for unit in members["unit"] if hierarchy.unit_on(hierarchy.codes[unit], day) == unit]


def _stock(cells: pl.DataFrame, day: int, codes: list[str]) -> pl.DataFrame:
    """What the units hold at the end of a day, whoever they were when it came."""
    held = cells.filter((pl.col("day") <= day) & pl.col("unit_code").is_in(codes))
    return _counted(held, ("open_change", "overdue_change"))


def _moved(cells: pl.DataFrame, day: int, before: list[str], after: list[str]) -> pl.DataFrame:
    """What came with the units that joined on a day, less what went with those that left."""
    came = _stock(cells, day - 1, sorted(set(after) - set(before)))
    went = _stock(cells, day - 1, sorted(set(before) - set(after)))
    return pl.concat([came, went.with_columns(-pl.col("open_change", "overdue_change"))])


def _columns(counted: pl.DataFrame) -> pl.DataFrame:
    wanted = (*_FLOWS, "at_start", "moved", "open", "overdue")
    missing = [pl.lit(0, pl.Int64).alias(name) for name in wanted if name not in counted.columns]
    known = counted.with_columns(*missing)
    other = pl.sum_horizontal("received_counter", "received_post")
    carried = pl.sum_horizontal("at_start", "moved")
    return known.select(
        "code", "received_online", "overdue", "open", "ended_otherwise", "moved",
        received_other=other,
        carried_over=carried,
        received_total=pl.col("received_online") + other + carried,
        completed=pl.sum_horizontal("completed_early", "completed_on_time", "completed_late"),
        early="completed_early",
        on_time="completed_on_time",
        late="completed_late",
        open_in_time=pl.col("open") - pl.col("overdue"),
    )  # fmt: skip
