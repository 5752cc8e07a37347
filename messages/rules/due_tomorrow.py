"""Which dossiers turn late tomorrow, if nobody finishes them today?

What is due today is late from tomorrow on; on a day off that is what is due until the end of the next working day. It
is told once a day, and again on the same day when it has at least doubled, by five or more.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from clock import start_of_day
from messages._contract import Finding, Rule
from messages._seen import Seen
from metrics import AGES, due_edges
from pages import _format
from pages._language import _
from recipients import RecipientSettings
from store.work_reads import Work, due_by_procedure

_NAMED = 5
_MORE = 5


def find(seen: Seen, recipient: RecipientSettings) -> Iterator[Finding]:
    """A finding for each of the recipient's units, everything under it included, with dossiers due."""
    for unit in seen.own_units(recipient):
        edges = due_edges(seen.counters.working_days, seen.today)[len(AGES) :]
        work = Work(seen.units.subtree(unit), due_from=edges[0], due_before=edges[1])
        due = due_by_procedure(seen.engine, work, seen.now)
        if due:
            yield _finding(seen, unit, due)


def _finding(seen: Seen, unit: str, due: Sequence[tuple[str, int]]) -> Finding:
    total = sum(count for _code, count in due)
    told = _(
        "{unit}: {n} dossiers turn late tomorrow unless they are finished today: {procedures}.",
        unit=seen.units.label(unit),
        n=_format.number(total),
        procedures=_procedures(seen, due),
    )
    return Finding(
        subject=f"{unit} {seen.today.isoformat()}",
        what=seen.units.label(unit),
        text=told,
        measure=float(total),
        unit=unit,
        link=seen.link("today", unit=unit),
        until=start_of_day(seen.today + timedelta(days=1)),
    )


def _procedures(seen: Seen, due: Sequence[tuple[str, int]]) -> str:
    names = seen.counters.procedures.names()
    named = [f"{names.get(code, code)} ({_format.number(count)})" for code, count in due[:_NAMED]]
    rest = sum(count for _code, count in due[_NAMED:])
    return "; ".join([*named, *([_("others ({n})", n=_format.number(rest))] if rest else [])])


def _worse(told: float, now: float) -> bool:
    return now >= 2 * told and now - told >= _MORE


RULE = Rule(
    title="Turning late tomorrow",
    subject="Dossiers that turn late tomorrow",
    resolved="Finished in time: nothing more turns late tomorrow",
    find=find,
    roles=frozenset({"leader", "staff"}),
    worse=_worse,
)
