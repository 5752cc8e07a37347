"""Form II.06a: what a unit received, settled and still holds in a period, by field or by procedure.

Circular 01/2020/TT-VPCP of the Government Office, form II.06a/VPCP/KSTT, columns 2 to 13. Outside the form stand
`ended_otherwise` (withdrawn or stopped: the form has no place for them, so that its (3) = (7) + (11) holds only
together with them) and `moved`, the part of (6) that came or went with units that changed their place meanwhile.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import polars as pl

from metrics._breakdown import groups_of
from metrics._codes import Codes, codes_of
from metrics._counters import Counters
from metrics._period import Period, day_number
from metrics._question import Scope

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
_STOCKS = ("open_change", "overdue_change")


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
    spans = codes_of(counters, unit, period, scope)
    first, last = spans[0], spans[-1]
    moves = [_moved(counters, day_number(after.period.start), before, after) for before, after in pairwise(spans)]
    parts = [
        *(_flows(counters, span) for span in spans),
        _stock(counters, day_number(period.start) - 1, first.codes).select("procedure", at_start="open_change"),
        *(move.select("procedure", moved="open_change") for move in moves),
        _stock(counters, day_number(period.end), last.codes).select(
            "procedure", open="open_change", overdue="overdue_change"
        ),
    ]
    groups = groups_of(counters, by)
    by_procedure = pl.concat(parts, how="diagonal").group_by("procedure").agg(pl.exclude("procedure").sum())
    group = pl.col("procedure").replace_strict(groups.of_procedure, return_dtype=pl.Int64)
    counted = by_procedure.group_by(group=group).agg(pl.exclude("procedure").sum())
    names = pl.DataFrame({"group": range(len(groups.codes)), "code": groups.codes, "name": groups.names})
    rows = _columns(counted).join(names, on="group").sort("code")
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


def _counted(
    counters: Counters, first: int | None, last: int, codes: Sequence[str], measures: tuple[str, ...]
) -> pl.DataFrame:
    procedures = counters.procedures
    chosen = {"unit_code": counters.hierarchy.chosen_codes(codes)}
    counted = counters.cells.counted(first, last, measures, {"procedure": procedures.numbers}, chosen)
    # Without those of no catalogue, which have no field and no row.
    named = counted[:, : len(procedures.codes)]
    return pl.DataFrame({"procedure": np.arange(named.shape[1]), **dict(zip(measures, named, strict=True))})


def _flows(counters: Counters, span: Codes) -> pl.DataFrame:
    """What happened to the units in a part of the period in which they were the same ones."""
    return _counted(counters, day_number(span.period.start), day_number(span.period.end), span.codes, _FLOWS)


def _stock(counters: Counters, day: int, codes: Sequence[str]) -> pl.DataFrame:
    """What the units hold at the end of a day, whoever they were when it came."""
    return _counted(counters, None, day, codes, _STOCKS)


def _moved(counters: Counters, day: int, before: Codes, after: Codes) -> pl.DataFrame:
    """What came with the units that joined on a day, less what went with those that left."""
    came = _stock(counters, day - 1, sorted(set(after.codes) - set(before.codes)))
    went = _stock(counters, day - 1, sorted(set(before.codes) - set(after.codes)))
    return pl.concat([came, went.with_columns(-pl.col("open_change", "overdue_change"))])


def _columns(counted: pl.DataFrame) -> pl.DataFrame:
    wanted = (*_FLOWS, "at_start", "moved", "open", "overdue")
    missing = [pl.lit(0, pl.Int64).alias(name) for name in wanted if name not in counted.columns]
    known = counted.with_columns(*missing)
    other = pl.sum_horizontal("received_counter", "received_post")
    carried = pl.sum_horizontal("at_start", "moved")
    return known.select(
        "group", "received_online", "overdue", "open", "ended_otherwise", "moved",
        received_other=other,
        carried_over=carried,
        received_total=pl.col("received_online") + other + carried,
        completed=pl.sum_horizontal("completed_early", "completed_on_time", "completed_late"),
        early="completed_early",
        on_time="completed_on_time",
        late="completed_late",
        open_in_time=pl.col("open") - pl.col("overdue"),
    )  # fmt: skip
