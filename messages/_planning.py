"""What must be told, of what holds now and what was told before. Pure: nothing is read, stored or sent here.

A condition is told when it is first found. While it holds it is told again only when the rule's reminder is due or it
has got worse by the rule's measure; when it is found no more, its end is told to whom it had been told. One that comes
back soon is still the same one: it waits for the reminder that the last message about it set.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from messages._contract import Finding, Rule
from store.message_rows import Condition


class Plan(NamedTuple):
    """The conditions as they are to be noted, the findings to tell, and the conditions whose end is to be told."""

    noted: Sequence[Condition]
    told: Sequence[Finding]
    resolved: Sequence[Condition]


class Asked(NamedTuple):
    """A rule asked for a recipient, by their names, and the units that it was asked about."""

    recipient: str
    rule: str
    units: frozenset[str]


def plan(asked: Asked, rule: Rule, findings: Iterable[Finding], known: Sequence[Condition], now: datetime) -> Plan:
    """What follows from the findings of one rule for one recipient; `known`: all that is noted of the two."""
    before = {condition.subject: condition for condition in known}
    noted: list[Condition] = []
    told: list[Finding] = []
    for finding in findings:
        condition, tell = _found(asked, rule, finding, before.pop(finding.subject, None), now)
        noted.append(condition)
        told += [finding] if tell else []
    gone = [condition for condition in before.values() if condition.ended_at is None]
    noted += [condition._replace(ended_at=now) for condition in gone]
    return Plan(noted, told, [condition for condition in gone if _is_news(condition, asked, now)])


def _found(
    asked: Asked, rule: Rule, finding: Finding, known: Condition | None, now: datetime
) -> tuple[Condition, bool]:
    """The condition of a finding, and whether it is to be told."""
    tell = known is None or known.told_at is None or _is_due(rule, known, finding, now)
    goes_on = known is not None and known.ended_at is None
    condition = Condition(
        recipient=asked.recipient,
        rule=asked.rule,
        subject=finding.subject,
        unit_code=finding.unit,
        what=finding.what,
        text=finding.text,
        measure=finding.measure,
        opened_at=known.opened_at if known and goes_on else now,
        told_at=now if tell or known is None else known.told_at,
        told_measure=finding.measure if tell or known is None else known.told_measure,
        until=finding.until,
    )
    return condition, tell


def _is_due(rule: Rule, known: Condition, finding: Finding, now: datetime) -> bool:
    if known.told_at is None or known.told_measure is None:
        return True
    return now - known.told_at >= rule.remind or rule.worse(known.told_measure, finding.measure)


def _is_news(condition: Condition, asked: Asked, now: datetime) -> bool:
    """Whether the end of a condition is to be told: not of one that was not, nor of a unit no longer asked about."""
    was_told = condition.told_at is not None and condition.told_at >= condition.opened_at
    over_anyway = condition.until is not None and condition.until <= now
    return was_told and not over_anyway and (not condition.unit_code or condition.unit_code in asked.units)
