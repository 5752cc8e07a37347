"""Rankings at growing numbers of dossiers, as a section to read: Markdown."""

from bench.questions import GENERATED, LARGEST, Line, Questions, Timing

_HEAD = """\
## Questions at growing numbers of dossiers

Ranking of 3,355 communes by one indicator over the last week, month (30 days) or year, with the change against the
period before; two years of dossiers, two procedures. {generated:,} are generated; more are the same again and again
under other keys. *Ours*: `metrics.ranking` on the counters in memory, with rates, intervals and the ranks of both
periods, each question for another last day, so that none is answered from what was found before. *PostgreSQL*: one
statement over the raw table with an index that covers it, after VACUUM ANALYZE. *DuckDB*: the same over Parquet with
all cores. *Superset* {superset}: its chart API on the PostgreSQL table, no cache, the sums alone without ranks (it
knows one table, so nothing that needs the level of a procedure). {largest:,}: ours from counters so many times as
great, DuckDB over the same Parquet files so many times; not loaded into PostgreSQL. Numerators and denominators of
both periods were the same in all ways for every unit, and so were the ranks where a way ranks.

Milliseconds: of the clock, the least of the runs / of a core (own process and database server), the mean of the runs.

| dossiers | indicator | period | ours | PostgreSQL | DuckDB | Superset | PostgreSQL over ours, of a core |
|---:|---|---|---:|---:|---:|---:|---:|"""

_WAYS = ("ours", "SQL in PostgreSQL", "DuckDB over Parquet", "Superset")


def questions_part(questions: Questions) -> list[str]:
    """The lines of the section."""
    head = _HEAD.format(generated=GENERATED, largest=LARGEST, superset=questions.superset)
    return [head, *map(_row, questions.lines), "", *_growth(questions.lines), ""]


def _row(line: Line) -> str:
    timings = [line.timings.get(way) for way in _WAYS]
    ratio = _ratio(timings[1], timings[0])
    cells = [f"{line.dossiers:,}", f"`{line.indicator}`", line.length, *map(_cell, timings), ratio]
    return "| " + " | ".join(cells) + " |"


def _cell(timing: Timing | None) -> str:
    if timing is None:
        return ""
    core = "" if timing.core is None else f" / {timing.core:,.1f}"
    return f"{timing.least:,.1f}{core}"


def _ratio(theirs: Timing | None, ours: Timing | None) -> str:
    if theirs is None or ours is None or not theirs.core or not ours.core:
        return ""
    return f"{theirs.core / ours.core:,.0f}"


def _growth(lines: list[Line]) -> list[str]:
    """How many times the core's time of the fewest dossiers each way takes for the most that it was asked about."""
    found = ["How the time of a core grows from the fewest to the most dossiers, on a year's question:", ""]
    for indicator in dict.fromkeys(line.indicator for line in lines):
        asked = [line for line in lines if line.indicator == indicator and line.length == "year"]
        for way in _WAYS[:3]:
            timed = [(line.dossiers, timing.core) for line in asked if (timing := line.timings.get(way))]
            (fewest, first), (most, last) = timed[0], timed[-1]
            if first and last:
                found.append(f"- `{indicator}`, {way}: {last / first:.1f} times from {fewest:,} to {most:,}")
    return found
