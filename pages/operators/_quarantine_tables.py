"""The tables of the page Quarantine: counts by source and class, the records, what was let go; drawn and taken away."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import polars as pl

from exports.viewed import Table
from pages import _format
from pages._html import escape, table
from pages._language import _
from pages._links import link
from pages._taken import INSTANT, table_of
from pages.operators._quarantine_view import Chosen, Shown
from pages.operators._quarantine_words import class_advice, class_words, kind_word, why_word
from pages.operators._source_words import reason_word
from store.quarantine import Held, HeldGroup
from store.quarantine_limits import Dropped
from store.reason_classes import class_of


class _OfClass(NamedTuple):
    source: str
    reason_class: str
    records: int
    reasons: Sequence[str]
    since: datetime
    last: datetime


def by_class(groups: Iterable[HeldGroup]) -> list[_OfClass]:
    """The counts by source and class, the most first."""
    found: dict[tuple[str, str], list[HeldGroup]] = {}
    for group in groups:
        found.setdefault((group.source, class_of(group.reason)), []).append(group)
    rows = [
        _OfClass(
            source,
            its_class,
            sum(group.records for group in mine),
            list(dict.fromkeys(group.reason for group in mine)),
            min(group.first_seen_at for group in mine),
            max(group.last_seen_at for group in mine),
        )
        for (source, its_class), mine in found.items()
    ]
    return sorted(rows, key=lambda row: (-row.records, row.source, row.reason_class))


def classes_table(found: Shown, asked: Chosen) -> str:
    """The counts, as HTML; a click narrows the list."""
    words = class_words()
    rows = [
        [
            escape(row.source),
            _to_class(row, asked, words[row.reason_class]),
            f"<b>{_format.number(row.records)}</b>",
            escape(_reasons(row.reasons)),
            escape(_format.moment(row.since)),
            escape(class_advice(row.reason_class)),
        ]
        for row in by_class(found.groups)
    ]
    head = [_("Source"), _("Class"), _("Records"), _("Reasons"), _("Held since"), _("What to do")]
    return table(head, rows, "ioc-quarantine-classes") if rows else ""


def _reasons(reasons: Sequence[str]) -> str:
    return ", ".join(map(reason_word, reasons))


def _to_class(row: _OfClass, asked: Chosen, name: str) -> str:
    there = Chosen(source=row.source, reason_class=row.reason_class, reason="", record=None)
    return link(name, there.href(), current=(asked.source, asked.reason_class) == (row.source, row.reason_class))


def records_table(records: Sequence[Held], asked: Chosen) -> str:
    """The records, as HTML; a click opens one."""
    rows = [
        [
            link(_("No. {n}", n=record.id), asked.href(record.id)),
            escape(record.source),
            f"{escape(kind_word(record.kind))} {escape(record.source_id or '–')}",
            escape(record.unit_code or "–"),
            escape(reason_word(record.reason)),
            f'<code lang="en">{escape(record.detail)}</code>',
            escape(_format.moment(record.first_seen_at)),
            escape(_format.moment(record.last_seen_at)),
        ]
        for record in records
    ]
    head = [
        _("Record"),
        _("Source"),
        _("Record key"),
        _("Unit code"),
        _("Reason"),
        _("The message"),
        _("Held since"),
        _("Last met"),
    ]
    return table(head, rows, "ioc-quarantine-records") if rows else ""


def dropped_table(found: Sequence[Dropped]) -> str:
    """What was let go unread, as HTML; "" when nothing was."""
    head = [_("Source"), _("Kind"), _("Reason"), _("Why it went"), _("Records"), _("Last time")]
    rows = [
        [
            escape(one.source),
            escape(kind_word(one.kind)),
            escape(reason_word(one.reason)),
            escape(why_word(one.why)),
            _format.number(one.records),
            escape(_format.moment(one.last_dropped_at)),
        ]
        for one in found
    ]
    return table(head, rows, "ioc-quarantine-dropped") if rows else ""


def taken_tables(found: Shown) -> list[Table]:
    """The three tables as they are taken away; without payloads."""
    words = class_words()
    classes = [
        (one.source, words[one.reason_class], one.records, _reasons(one.reasons), one.since, one.last)
        for one in by_class(found.groups)
    ]
    records = [
        (
            one.id,
            one.source,
            kind_word(one.kind),
            one.source_id,
            one.unit_code,
            words[class_of(one.reason)],
            reason_word(one.reason),
            one.detail,
            one.first_seen_at,
            one.last_seen_at,
        )
        for one in found.records
    ]
    gone = [
        (one.source, kind_word(one.kind), reason_word(one.reason), why_word(one.why), one.records, one.last_dropped_at)
        for one in found.dropped
    ]
    text, number = pl.String, pl.Int64
    return [
        table_of(
            _("By source and class"),
            classes,
            {
                "source": (text, _("Source")),
                "class": (text, _("Class")),
                "records": (number, _("Records")),
                "reasons": (text, _("Reasons")),
                "since": (INSTANT, _("Held since")),
                "last": (INSTANT, _("Last met")),
            },
        ),
        replace(
            table_of(
                _("Records"),
                records,
                {
                    "number": (number, _("Record")),
                    "source": (text, _("Source")),
                    "kind": (text, _("Kind")),
                    "key": (text, _("Record key")),
                    "unit": (text, _("Unit code")),
                    "class": (text, _("Class")),
                    "reason": (text, _("Reason")),
                    "message": (text, _("The message")),
                    "since": (INSTANT, _("Held since")),
                    "last": (INSTANT, _("Last met")),
                },
            ),
            dossiers=True,
        ),
        table_of(
            _("Let go unread"),
            gone,
            {
                "source": (text, _("Source")),
                "kind": (text, _("Kind")),
                "reason": (text, _("Reason")),
                "why": (text, _("Why it went")),
                "records": (number, _("Records")),
                "last": (INSTANT, _("Last time")),
            },
        ),
    ]
