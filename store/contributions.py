"""What one fact adds to the daily measures: the one definition that deltas and rebuild share.

A `_timeline` gives facts (columns as in `store.tables`) the days of what happens to them; the other functions take such
a frame and return the keys of a daily table and its measures, summed, in the order of the keys; the first `taken` facts
of the frame are taken off, not added. All events lie on local
days (Asia/Ho_Chi_Minh, days since 1970-01-01); being open or overdue is a pair of events, so that a running sum up to
day D gives the number at the end of D (indicators.md).
"""

from functools import cache

import polars as pl

from store.counting import Events, daily_sums, pair_counts
from store.frames import day_number, local_day
from store.rows import AWAITING_PAYMENT, AWAITING_SUPPLEMENT, PROCESSED, REFUSED, REGISTERED, STOPPED, WITHDRAWN
from store.tables import DOCUMENT_MEASURES, DOSSIER_MEASURES, MEETING_MEASURES

_CONNECTED_SECONDS = 300  # shorter visits are no participation (indicators.md, participation_rate)


def dossier_timeline(dossiers: pl.LazyFrame) -> pl.LazyFrame:
    """Dossiers with their days: submitted; of the accepted ones also received, due, ended (completed or stopped), from
    and until when they are overdue, and until when open, both as far as it could be seen at the end of a day."""
    state = pl.col("state")
    done = pl.coalesce("completed_at", "returned_at")
    accepted = pl.col("received_at").is_not_null() & ~state.is_in([REGISTERED, REFUSED])
    stopped = state.is_in([WITHDRAWN, STOPPED])
    days = dossiers.with_columns(
        ended_at=pl.when(state >= PROCESSED).then(done).when(stopped).then(pl.coalesce(done, "updated_at")),
        awaiting=state.is_in([AWAITING_SUPPLEMENT, AWAITING_PAYMENT]),
    ).with_columns(
        submitted=local_day("submitted_at"),
        received=pl.when(accepted).then(local_day("received_at")),
        due=local_day("due_at"),
        ended=pl.when(accepted).then(local_day("ended_at")),
    )
    ended, received, due = pl.col("ended"), pl.col("received"), pl.col("due")
    may_be_late = received.is_not_null() & due.is_not_null() & ~pl.col("awaiting")
    late = days.with_columns(
        completed=pl.when(state >= PROCESSED).then(ended),
        stopped=pl.when(stopped).then(ended),
        late_from=pl.when(may_be_late).then(pl.max_horizontal(due + 1, received)),
        still_open=received.is_not_null() & (ended.is_null() | (ended > received)),
    )
    late_from, overdue = pl.col("late_from"), pl.col("late_from").is_not_null()
    overdue &= ended.is_null() | (ended > late_from)
    return late.with_columns(
        open_until=pl.when("still_open").then(ended),
        overdue_from=pl.when(overdue).then(late_from),
        overdue_until=pl.when(overdue).then(ended),
    )


@cache
def _dossier_events() -> tuple[Events, ...]:
    state, channel, due, completed = pl.col("state"), pl.col("channel"), pl.col("due"), pl.col("completed")
    told, online, rating = ~pl.col("untold"), channel == "online", pl.col("rating")
    return (
        Events("submitted", {"registered": 1, "registered_refused": state == REFUSED}),
        Events(
            "received",
            {
                "received_counter": channel == "counter",
                "received_online": online,
                "received_post": channel == "post",
                "online_authenticated": online & told & pl.col("authenticated"),
                "supplemented": told & (pl.col("supplements") > 0),
                "withdrawn": state == WITHDRAWN,
                "awaiting_change": pl.col("awaiting"),
                "received_untold": ~told,
                "online_untold": online & ~told,
                "open_change": pl.col("still_open"),
            },
        ),
        Events(
            "completed",
            {
                "completed_early": completed < due,
                "completed_on_time": (completed == due).fill_null(value=True),
                "completed_late": completed > due,
                "completed_on_due_day": completed == due,
                "completed_without_due": due.is_null(),
                "returned_by_post": pl.col("returned_by_post"),
                "fee_due": pl.col("fee_due"),
                "fee_paid_online": pl.col("fee_due") & pl.col("payment").is_in(["national", "province"]),
                "digitised": told & pl.col("digitised"),
                "e_result": told & pl.col("e_result"),
                "completed_untold": ~told,
                "rated": rating.is_not_null(),
                "satisfied": rating >= 2,
            },
        ),
        Events("stopped", {"ended_otherwise": 1}),
        Events("open_until", {"open_change": -1}),
        Events("overdue_from", {"overdue_change": 1}),
        Events("overdue_until", {"overdue_change": -1}),
    )


def dossier_days(timeline: pl.DataFrame, taken: int = 0) -> pl.DataFrame:
    """Measures per (unit_code, procedure_code, day)."""
    return daily_sums(timeline, ["unit_code", "procedure_code"], _dossier_events(), DOSSIER_MEASURES, taken)


def day_pairs(timeline: pl.DataFrame, taken: int = 0) -> pl.DataFrame:
    """Accepted dossiers per (pair, unit_code, first_day, second_day); the pairs are explained in `store.tables`."""
    pairs = {"entry": ("submitted", "received"), "processing": ("received", "completed")}
    counted = [
        pair_counts(timeline, "unit_code", *days, taken).select(pl.lit(pair).alias("pair"), pl.all())
        for pair, days in pairs.items()
    ]
    return pl.concat(counted)


def document_timeline(documents: pl.LazyFrame) -> pl.LazyFrame:
    """Documents with their days: issued of the outgoing ones; due, and from and until when overdue, of the others."""
    due, done = pl.col("due_day"), pl.col("done_day")
    days = documents.with_columns(
        issued_day=pl.when(pl.col("direction") == "out").then(day_number("issued_on")),
        due_day=pl.when(pl.col("direction") == "in").then(day_number("due_on")),
        done_day=day_number("completed_on"),
    )
    overdue = due.is_not_null() & (done.is_null() | (done > due + 1))
    return days.with_columns(
        overdue_from=pl.when(overdue).then(due + 1),
        overdue_until=pl.when(overdue).then(done),
    )


@cache
def _document_events() -> tuple[Events, ...]:
    public, electronic, signed = ~pl.col("classified"), pl.col("electronic"), pl.col("signed")
    return (
        Events(
            "issued_day",
            {
                "issued": public,
                "issued_classified": pl.col("classified"),
                "issued_electronic": public & electronic,
                "signing_known": public & electronic & signed.is_not_null(),
                "signing_unknown": public & electronic & signed.is_null(),
                "signed": public & electronic & signed,
                "signed_exchanged": public & signed & pl.col("exchanged"),
            },
        ),
        Events("due_day", {"incoming_due": 1, "incoming_on_time": pl.col("done_day") <= pl.col("due_day")}),
        Events("overdue_from", {"incoming_overdue_change": 1}),
        Events("overdue_until", {"incoming_overdue_change": -1}),
    )


def document_days(timeline: pl.DataFrame, taken: int = 0) -> pl.DataFrame:
    """Measures per (unit_code, day): outgoing ones on the day of issue, incoming ones on their due day."""
    return daily_sums(timeline, ["unit_code"], _document_events(), DOCUMENT_MEASURES, taken)


_MEETING_EVENTS = (
    Events("held_on", {"meetings_held": 1, "meeting_seconds": pl.col("seconds")}),
    Events("invited_on", {"points_invited": 1, "points_connected": pl.col("connected")}),
)


def meeting_timeline(meetings: pl.LazyFrame) -> pl.LazyFrame:
    """Meetings that have ended, one row each for the host's unit (`held`: its day), and the points invited to them, one
    row each for the point's own unit (`invited_on`: the same day).

    `meetings` has one row per meeting and point (point_unit null for a meeting without points).
    """
    ended = meetings.filter(pl.col("ended_at").is_not_null()).with_columns(ended=local_day("ended_at"))
    seen = (pl.col("last_connected_at") - pl.col("first_connected_at")).dt.total_seconds()
    stay = pl.coalesce("connected_seconds", seen)  # a source that knows the time itself is not measured by polls
    held = ended.unique(["source", "source_id"]).select(
        "unit_code",
        held_on="ended",
        seconds=(pl.col("ended_at") - pl.col("started_at")).dt.total_seconds(),
    )
    invited = ended.filter(pl.col("point_unit").is_not_null() & pl.col("invited")).select(
        unit_code="point_unit", invited_on="ended", connected=stay >= _CONNECTED_SECONDS
    )
    return pl.concat([held, invited], how="diagonal")


def meeting_days(timeline: pl.DataFrame, taken: int = 0) -> pl.DataFrame:
    """Measures per (unit_code, day of the end): meetings and seconds for the host, points for the point's own unit."""
    return daily_sums(timeline, ["unit_code"], _MEETING_EVENTS, MEETING_MEASURES, taken)
