"""A part of the benchmark measured alone is written into its own section of the results; the others stay."""

from bench.kept import with_sections

OLD = """# What `make bench` measured

- date: Monday

## Ranking of units

fast

## Drill

- date: Monday

slow
"""
NEW = """# What `make bench` measured

- date: Tuesday
- machine: two cores

Every number is a median.

## Drill

quick
"""


def test_section_measured_anew_says_when_and_where_and_the_others_stay() -> None:
    told = with_sections(OLD, NEW)
    assert told == OLD.replace("- date: Monday\n\nslow", "- date: Tuesday\n- machine: two cores\n\nquick")


def test_section_measured_for_the_first_time_comes_last() -> None:
    before = OLD.partition("## Drill")[0]
    assert with_sections(before, NEW) == before + NEW[NEW.index("## Drill") :].replace(
        "quick", "- date: Tuesday\n- machine: two cores\n\nquick"
    )


def test_same_page_written_twice_is_the_same_page() -> None:
    once = with_sections(OLD, NEW)
    assert with_sections(once, NEW) == once
