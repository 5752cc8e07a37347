"""The wall's screens: what each last said of itself, which are silent, which scenes are pinned.

All instants here are those of the real clock (`clock.real_clock()`), also where the place lives at another date.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from store.audit import Deed, host_user, note
from store.engine import reading, writing
from store.frames import insert_into
from store.health import Freshness
from store.tables import pairings, screen_reports, screen_tokens, screens, wall_pins
from store.versions import bump

SILENT_AFTER = timedelta(minutes=3)
_LONGEST = 200  # signs of a text that a screen sends
_GREATEST = 2**53


class ScreenReport(NamedTuple):
    """What a screen says of itself. `heap` in bytes, None where its browser does not tell; `skew_ms` its clock less
    ours; `worst` the worst freshness of what it shows; `started_at` since when its page runs; `missed` rotations that
    it missed and `errors` that it met since then; `width`, `height` in CSS pixels."""

    screen: int
    seen_at: datetime
    scene: str
    build: str
    heap: int | None
    skew_ms: int
    worst: Freshness
    started_at: datetime
    missed: int
    errors: int
    width: int
    height: int


class ScreenState(NamedTuple):
    """A screen that was paired or has ever reported. `paired_at`, `expires_at` (of its newest token): None for one
    that needs no token; the rest is None or "" before its first report. `silent`: for three minutes or more."""

    number: int
    paired_at: datetime | None
    paired_by: str
    expires_at: datetime | None
    last_seen_at: datetime | None
    scene: str
    build: str
    heap: int | None
    skew_ms: int | None
    worst: Freshness | None
    started_at: datetime | None
    missed: int
    errors: int
    width: int | None
    height: int | None
    silent: bool


class Pin(NamedTuple):
    """From `at_ms` (milliseconds since 1970) on the screen shows only this scene, named by its id."""

    scene: str
    at_ms: int


def screen_states(engine: Engine, now: datetime) -> list[ScreenState]:
    """Every known screen as of the real instant `now`, by number."""
    with reading(engine) as connection:
        reports = {row.screen: row for row in connection.execute(sa.select(screen_reports))}
        paired = {row.number: row for row in connection.execute(sa.select(screens))}
        newest = sa.select(screen_tokens.c.screen, sa.func.max(screen_tokens.c.expires_at))
        expiry = {row[0]: row[1] for row in connection.execute(newest.group_by(screen_tokens.c.screen))}
    return [
        _state(number, paired.get(number), expiry.get(number), reports.get(number), now)
        for number in sorted(paired.keys() | reports.keys())
    ]


def _state(
    number: int, device: sa.Row[Any] | None, expires_at: datetime | None, report: sa.Row[Any] | None, now: datetime
) -> ScreenState:
    paired_at = device.paired_at if device else None
    signs = [sign for sign in (paired_at, report.seen_at if report else None) if sign]
    return ScreenState(
        number=number,
        paired_at=paired_at,
        paired_by=device.paired_by if device else "",
        expires_at=expires_at,
        last_seen_at=report.seen_at if report else None,
        scene=report.scene if report else "",
        build=report.build if report else "",
        heap=report.heap if report else None,
        skew_ms=report.skew_ms if report else None,
        worst=report.worst if report else None,
        started_at=report.started_at if report else None,
        missed=report.missed if report else 0,
        errors=report.errors if report else 0,
        width=report.width if report else None,
        height=report.height if report else None,
        silent=now - max(signs) >= SILENT_AFTER,
    )


def put_reports(engine: Engine, reports: Iterable[ScreenReport]) -> None:
    """Keep these reports, each in place of an older one of its screen; several web servers may do so."""
    rows = [_fitting(report) for report in reports]
    if not rows:
        return
    with writing(engine) as connection:
        insert = insert_into(connection, screen_reports)
        fresh = {name: insert.excluded[name] for name in ScreenReport._fields if name != "screen"}
        newer = insert.excluded.seen_at > screen_reports.c.seen_at
        connection.execute(insert.on_conflict_do_update(index_elements=["screen"], set_=fresh, where=newer), rows)


def _fitting(report: ScreenReport) -> dict[str, object]:
    """As a row: what a browser sent must not be more than a column holds."""
    return {name: _cut(value) for name, value in report._asdict().items()}


def _cut(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\0", "")[:_LONGEST]
    return max(-_GREATEST, min(value, _GREATEST)) if isinstance(value, int) else value


def forget_screen(engine: Engine, number: int, by: str = "") -> None:
    """Take the screen's tokens away at once, and forget what it said: it is unknown until it is paired again.

    The audit log names who did it: `by`, "" for whoever runs this program."""
    with writing(engine) as connection:
        forget_device(connection, number)
        connection.execute(pairings.delete().where(pairings.c.screen == number, pairings.c.approved_by.is_not(None)))
        bump(connection, "wall")
        note(connection, Deed(by or host_user(), "token", screen_word(number), details={"did": "revoked"}))


def screen_word(number: int) -> str:
    """What the audit log calls a screen."""
    return f"screen {number}"


def forget_device(connection: Connection, number: int) -> None:
    """Forget the device that was this screen, its tokens and what it said; in a transaction that bumps "wall"."""
    connection.execute(screen_tokens.delete().where(screen_tokens.c.screen == number))
    connection.execute(screens.delete().where(screens.c.number == number))
    connection.execute(screen_reports.delete().where(screen_reports.c.screen == number))


def pins(engine: Engine) -> Mapping[int, Pin]:
    """The pinned scene of each screen that has one."""
    with reading(engine) as connection:
        return {row.screen: Pin(row.scene, row.at_ms) for row in connection.execute(sa.select(wall_pins))}


def pin(engine: Engine, scenes: Mapping[int, str], at_ms: int) -> None:
    """From `at_ms` on each of these screens shows its scene (an id), until `unpin`."""
    with writing(engine) as connection:
        connection.execute(wall_pins.delete().where(wall_pins.c.screen.in_(list(scenes))))
        rows = [{"screen": screen, "scene": scene, "at_ms": at_ms} for screen, scene in scenes.items()]
        if rows:
            connection.execute(wall_pins.insert(), rows)
        bump(connection, "wall")


def unpin(engine: Engine, numbers: Iterable[int]) -> None:
    """These screens go on with their loop."""
    with writing(engine) as connection:
        connection.execute(wall_pins.delete().where(wall_pins.c.screen.in_(list(numbers))))
        bump(connection, "wall")
