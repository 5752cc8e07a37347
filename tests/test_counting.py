"""Sums per key and day against plain loops, for days close together and far apart, few events in a cell and many."""

from collections import Counter, defaultdict
from random import Random
from typing import Any

import polars as pl
import pytest

from store.counting import Events, daily_sums, pair_counts

KEYS = ["unit_code", "procedure_code"]
EVENTS = (
    Events("begun", {"begun": 1, "open": 1, "odd": pl.col("number") % 2 == 1, "sum": pl.col("number")}),
    Events(
        "ended", {"open": -1, **{f"flag{n}": pl.col("flag") for n in range(9)}, "told": pl.col("flag").is_not_null()}
    ),
)
MEASURES = ("sum", "begun", "open", "odd", "told", *(f"flag{n}" for n in range(9)), "never")
FIRST_OF_ALL, LAST_OF_ALL = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31


def made(random: Random, count: int, units: int, days: list[int]) -> pl.DataFrame:
    """Facts whose days are of these or null."""
    columns = {
        "unit_code": [f"H{random.randrange(units)}" for _ in range(count)],
        "procedure_code": [f"{random.randrange(3)}.x" for _ in range(count)],
        "begun": [random.choice([*days, None]) for _ in range(count)],
        "ended": [random.choice([*days, None, None]) for _ in range(count)],
        "number": [random.choice([None, -5, 0, 1, 10**12]) for _ in range(count)],
        "flag": [random.choice([True, True, False, None]) for _ in range(count)],
    }
    kinds = {"begun": pl.Int64, "ended": pl.Int64, "number": pl.Int64, "flag": pl.Boolean}
    return pl.DataFrame(columns, schema_overrides=kinds)


def slow_sums(facts: pl.DataFrame) -> list[tuple[Any, ...]]:
    sums: dict[tuple[str, str, int], Counter[str]] = defaultdict(Counter)
    for fact in facts.iter_rows(named=True):
        if fact["begun"] is not None:
            here = sums[fact["unit_code"], fact["procedure_code"], fact["begun"]]
            number = fact["number"] or 0
            here.update({"begun": 1, "open": 1, "odd": number % 2, "sum": number})
        if fact["ended"] is not None:
            here = sums[fact["unit_code"], fact["procedure_code"], fact["ended"]]
            here.update({"open": -1, "told": fact["flag"] is not None})
            here.update({f"flag{n}": fact["flag"] is True for n in range(9)})
    return [(*key, *(counts[measure] for measure in MEASURES)) for key, counts in sorted(sums.items())]


@pytest.mark.parametrize("days", [[18_000], list(range(18_000, 18_030)), [FIRST_OF_ALL, 18_000, LAST_OF_ALL]])
@pytest.mark.parametrize(("count", "units"), [(1, 1), (40, 30), (400, 2)])
def test_sums_are_those_of_plain_loops(days: list[int], count: int, units: int) -> None:
    for seed in range(5):
        facts = made(Random(seed), count, units, days)
        summed = daily_sums(facts, KEYS, EVENTS, MEASURES)
        assert summed.columns == [*KEYS, "day", *MEASURES]
        assert summed.rows() == slow_sums(facts), seed


@pytest.mark.parametrize("days", [[18_000], list(range(18_000, 18_030)), [FIRST_OF_ALL, 18_000, LAST_OF_ALL]])
def test_facts_that_are_taken_off_count_against_the_others(days: list[int]) -> None:
    for seed in range(5):
        facts, taken = made(Random(seed), 300, 4, days), 40 * seed
        expected: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(MEASURES))
        for sign, some in ((-1, facts.head(taken)), (1, facts.slice(taken))):
            for row in slow_sums(some):
                before = expected[row[:3]]
                expected[row[:3]] = [one + sign * other for one, other in zip(before, row[3:], strict=True)]
        summed = daily_sums(facts, KEYS, EVENTS, MEASURES, taken)
        assert summed.rows() == [(*key, *counts) for key, counts in sorted(expected.items())], seed


def test_codes_numbered_beforehand_count_alike() -> None:
    facts = made(Random(1), 200, 12, [18_000, 18_001])
    numbered = facts.with_columns(pl.col("unit_code").cast(pl.Enum(["H", *sorted({*facts["unit_code"], "H99"})])))
    assert daily_sums(numbered, KEYS, EVENTS, MEASURES).rows() == slow_sums(facts)


def test_no_sum_reaches_into_the_next_however_many_events_one_cell_has() -> None:
    count = 2**17 - 1  # so many events need every bit of a sum
    facts = pl.DataFrame({"unit_code": "H1", "day_on": [18_000] * count + [18_001], "all": True, "none": False})
    flags = {f"{name}{n}": pl.col(name) for n in range(20) for name in ("all", "none")}
    summed = daily_sums(facts, ["unit_code"], [Events("day_on", flags)], list(flags))
    counts = {name: [count, 1] if name.startswith("all") else [0, 0] for name in flags}
    assert summed.to_dict(as_series=False) == {"unit_code": ["H1", "H1"], "day": [18_000, 18_001], **counts}
    taken = daily_sums(facts, ["unit_code"], [Events("day_on", flags)], list(flags), taken=count)
    less = {name: [-count, 1] if name.startswith("all") else [0, 0] for name in flags}
    assert taken.to_dict(as_series=False) == {"unit_code": ["H1", "H1"], "day": [18_000, 18_001], **less}


def test_no_facts_and_no_events_are_no_rows() -> None:
    facts = made(Random(1), 20, 2, [18_000])
    for none in (facts.clear(), facts.with_columns(begun=None, ended=None).cast(facts.schema)):
        summed = daily_sums(none, KEYS, EVENTS, MEASURES)
        assert summed.height == 0
        assert summed.schema == daily_sums(facts, KEYS, EVENTS, MEASURES).schema
        assert pair_counts(none, "unit_code", "begun", "ended").height == 0


@pytest.mark.parametrize("days", [list(range(18_000, 18_010)), [FIRST_OF_ALL, 18_000, LAST_OF_ALL]])
def test_pairs_are_those_of_plain_loops(days: list[int]) -> None:
    for seed in range(5):
        facts = made(Random(seed), 300, 3, days)
        pairs = Counter(row for row in facts.select("unit_code", "begun", "ended").iter_rows() if None not in row)
        counted = pair_counts(facts, "unit_code", "begun", "ended")
        assert counted.columns == ["unit_code", "first_day", "second_day", "dossiers"]
        assert counted.rows() == [(*key, count) for key, count in sorted(pairs.items())], seed
        rows = facts.select("unit_code", "begun", "ended").rows()
        less = Counter(row for row in rows[:100] if None not in row)
        taken = pair_counts(facts, "unit_code", "begun", "ended", taken=100)
        assert taken.rows() == [(*key, count - 2 * less[key]) for key, count in sorted(pairs.items())], seed
