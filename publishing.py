"""Closing a period: its figures are frozen with a checksum, and what changes later is a revision with its reason."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
import polars as pl
from sqlalchemy import Engine

from clock import local_day
from errors import InputError
from metrics import Counters, Period, Scope, definitions_version, figures
from store.publications import Publication, figures_of, publications, put_publication
from store.reads import Snapshot, read_snapshot

_SCOPES: tuple[Scope, Scope] = ("subtree", "own")
_KEYS = ["scope", "unit", "indicator"]
_NUMBERS = ["numerator", "denominator", "value"]
_KEPT = pl.DataFrame(
    schema={
        "period": pl.String,
        "revision": pl.Int32,
        **dict.fromkeys(_KEYS, pl.String),
        **dict.fromkeys([*_NUMBERS, *(f"old_{name}" for name in _NUMBERS)], pl.Float64),
    }
)


class Closed(NamedTuple):
    """A revision as it was published; `changes` lists the figures that differ from the revision before (of the first
    none): scope, unit, indicator, and numerator, denominator, value with those before as old_…"""

    publication: Publication
    figures: int
    changes: pl.DataFrame


class Verified(NamedTuple):
    """Whether a stored revision is still what was published."""

    publication: Publication
    sound: bool


def close_period(engine: Engine, name: str, at: datetime, by: str = "", reason: str = "", who: str = "") -> Closed:
    """Freeze every indicator of every unit in force on the period's last day, in both scopes, as known at `at`.

    `name` as `Period.parse` reads it. A period closed before gets a revision. Raises InputError for a name that is
    none, a period that has not ended at `at`, one whose figures are still as published, and for a revision without
    author or reason. The audit log names `who` as in `put_publication`.
    """
    period = _ended(name, at)
    fresh = _figures_of(read_snapshot(engine), period)
    before = publications(engine, (period.start, period.end))
    changes = _changes(figures_of(engine, before[-1]) if before else fresh, fresh)
    if before:
        _check_revision(before[-1], changes, by, reason)
    draft = Publication(
        period_from=period.start,
        period_to=period.end,
        revision=len(before) + 1,
        name=period.name(),
        published_at=at.astimezone(UTC),
        published_by=by,
        reason=reason,
        definitions=definitions_version(),
        checksum="",
    )
    publication = draft._replace(checksum=_checksum(draft, fresh))
    put_publication(engine, publication, fresh, who)
    return Closed(publication, fresh.height, changes)


def revision_at(engine: Engine, period: Period, at: datetime) -> Publication | None:
    """The revision of a period that was in force at an instant; None when it was not yet published."""
    return in_force(publications(engine, (period.start, period.end)), at)


def in_force(revisions: Sequence[Publication], at: datetime) -> Publication | None:
    """The last of a period's revisions that was published by an instant; None when none was."""
    known = [found for found in revisions if found.published_at <= at]
    return known[-1] if known else None


def published(engine: Engine, period: Period, at: datetime) -> pl.DataFrame | None:
    """The figures in force at an instant: scope, unit, indicator, numerator, denominator, value; None when the period
    was not yet published."""
    publication = revision_at(engine, period, at)
    return None if publication is None else figures_of(engine, publication)


def published_figures(
    engine: Engine, period: Period, at: datetime, scope: Scope, unit: str | None
) -> pl.DataFrame | None:
    """As `published`, of one scope and (unless None) one unit: unit, indicator, numerator, denominator, value.

    InputError when the publication has no such unit.
    """
    frozen = published(engine, period, at)
    if frozen is None:
        return None
    chosen = frozen.filter(pl.col("scope") == scope).drop("scope")
    if unit is None:
        return chosen
    of_unit = chosen.filter(pl.col("unit") == unit)
    if of_unit.is_empty():
        count = chosen["unit"].n_unique()
        raise InputError(f"{period.name()} was published for {count} units; {unit} is none of them")
    return of_unit


def verify(engine: Engine, period: Period | None = None) -> list[Verified]:
    """Each revision of a period (None: of all), with whether its checksum, computed again, is the one it was published
    with."""
    found = publications(engine, (period.start, period.end) if period else None)
    return [Verified(one, _checksum(one, figures_of(engine, one)) == one.checksum) for one in found]


def outdated(engine: Engine, snapshot: Snapshot) -> pl.DataFrame:
    """The figures of closed periods that a snapshot of the store tells otherwise than their newest revision.

    Columns: period, revision, scope, unit, indicator, then numerator, denominator, value as the snapshot has them, and
    as they were published, named old_… What was published changes by `close_period` only.
    """
    newest = {(one.period_from, one.period_to): one for one in publications(engine)}
    found = [_KEPT.clear()]
    for (start, end), one in newest.items():
        changes = _changes(figures_of(engine, one), _figures_of(snapshot, Period(start, end)))
        found.append(changes.select(pl.lit(one.name).alias("period"), pl.lit(one.revision).alias("revision"), pl.all()))
    return pl.concat(found, how="diagonal_relaxed")


def _ended(name: str, at: datetime) -> Period:
    try:
        period = Period.parse(name)
    except ValueError as error:
        raise InputError(str(error)) from error
    if local_day(at) <= period.end:
        first = period.end + timedelta(days=1)
        raise InputError(f"{period.name()} ends on {period.end}: it can be closed from {first} on, not yet")
    return period


def _figures_of(snapshot: Snapshot, period: Period) -> pl.DataFrame:
    counters = Counters(snapshot)
    parts = [figures(counters, period, scope=scope).with_columns(scope=pl.lit(scope)) for scope in _SCOPES]
    return pl.concat(parts).select(*_KEYS, *_NUMBERS).sort(_KEYS)


def _changes(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Figures that differ, or that only one of the two has."""
    before = old.rename({name: f"old_{name}" for name in _NUMBERS})
    both = new.join(before, on=_KEYS, how="full", coalesce=True)
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"old_{name}")) for name in _NUMBERS)
    return both.filter(~same).sort(_KEYS)


def _check_revision(before: Publication, changes: pl.DataFrame, by: str, reason: str) -> None:
    closed = f"{before.name} is closed (revision {before.revision})"
    if changes.is_empty():
        raise InputError(f"{closed} and its figures are unchanged: there is nothing to publish")
    missing = [what for what, given in (("author", by), ("reason", reason)) if not given.strip()]
    if missing:
        raise InputError(f"{closed} and {changes.height} figures changed: a revision needs {' and '.join(missing)}")


def _checksum(publication: Publication, frozen: pl.DataFrame) -> str:
    """SHA-256 over what was published as text: a line of JSON about the revision, then one per figure, sorted."""
    head = publication._replace(checksum="")
    digest = hashlib.sha256(msgspec.json.encode(head._asdict()) + b"\n")
    for row in frozen.sort(_KEYS).iter_rows():
        digest.update(msgspec.json.encode(row) + b"\n")
    return digest.hexdigest()
