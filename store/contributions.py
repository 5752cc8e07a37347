"""What one fact adds to the daily measures: the one definition that deltas and rebuild share.

Every function takes a lazy frame of facts (columns as in `store.tables`) and returns a lazy frame with the keys of its
daily table and its measures, summed. All events lie on local days (Asia/Ho_Chi_Minh, days since 1970-01-01); being open
or overdue is a pair of events, so that a running sum up to day D gives the number at the end of D (indicators.md).
"""

import polars as pl

from store.frames import day_number, local_day
from store.rows import AWAITING_PAYMENT, AWAITING_SUPPLEMENT, PROCESSED, REFUSED, REGISTERED, STOPPED, WITHDRAWN
from store.tables import DOCUMENT_MEASURES, DOSSIER_MEASURES, MEETING_MEASURES

_CONNECTED_SECONDS = 300  # shorter visits are no participation (indicators.md, participation_rate)


def _events(facts: pl.LazyFrame, day: str, counted: dict[str, pl.Expr | int], keys: list[str]) -> pl.LazyFrame:
    """What the facts that have the day count on it, per key: a measure is what each adds, or whether it does."""
    known = facts.filter(pl.col(day).is_not_null())
    sums = [
        (pl.len().cast(pl.Int64) * added if isinstance(added, int) else added.sum().cast(pl.Int64)).alias(name)
        for name, added in counted.items()
    ]
    return known.group_by(*keys, pl.col(day).alias("day")).agg(sums)


def _summed(events: list[pl.LazyFrame], keys: list[str], measures: tuple[str, ...]) -> pl.LazyFrame:
    together = pl.concat(events, how="diagonal")
    return together.group_by(*keys, "day").agg(pl.col(*measures).sum())


def _timeline(dossiers: pl.LazyFrame) -> pl.LazyFrame:
    """Accepted dossiers with their days: received, due, completed, ended (completed or ended otherwise), and the day
    from which they are overdue; `still_open` and `overdue`: not ended before that could be seen at the end of a day."""
    state = pl.col("state")
    done = pl.coalesce("completed_at", "returned_at")
    accepted = dossiers.filter(pl.col("received_at").is_not_null() & ~state.is_in([REGISTERED, REFUSED]))
    days = accepted.with_columns(
        completed_at=pl.when(state >= PROCESSED).then(done),
        stopped_at=pl.when(state.is_in([WITHDRAWN, STOPPED])).then(pl.coalesce(done, "updated_at")),
        awaiting=state.is_in([AWAITING_SUPPLEMENT, AWAITING_PAYMENT]),
    ).with_columns(
        received=local_day("received_at"),
        submitted=local_day("submitted_at"),
        due=local_day("due_at"),
        completed=local_day("completed_at"),
        stopped=local_day("stopped_at"),
    )
    late = days.with_columns(
        ended=pl.coalesce("completed", "stopped"),
        late_from=pl.when(~pl.col("awaiting")).then(pl.max_horizontal(pl.col("due") + 1, "received")),
    ).with_columns(late_from=pl.when(pl.col("due").is_not_null()).then("late_from"))
    ended = pl.col("ended")
    return late.with_columns(
        still_open=ended.is_null() | (ended > pl.col("received")),
        overdue=(pl.col("late_from").is_not_null() & (ended.is_null() | (ended > pl.col("late_from")))),
    )


def dossier_days(dossiers: pl.LazyFrame) -> pl.LazyFrame:
    """Measures per (unit_code, procedure_code, day)."""
    keys = ["unit_code", "procedure_code"]
    registered = dossiers.with_columns(submitted=local_day("submitted_at"))
    accepted = _timeline(dossiers)
    channel, due, completed = pl.col("channel"), pl.col("due"), pl.col("completed")
    told, still_open, overdue = ~pl.col("untold"), pl.col("still_open"), pl.col("overdue")
    events = [
        _events(
            registered,
            "submitted",
            {"registered": 1, "registered_refused": pl.col("state") == REFUSED},
            keys,
        ),
        _events(
            accepted,
            "received",
            {
                "received_counter": channel == "counter",
                "received_online": channel == "online",
                "received_post": channel == "post",
                "online_authenticated": (channel == "online") & told & pl.col("authenticated"),
                "supplemented": told & (pl.col("supplements") > 0),
                "withdrawn": pl.col("state") == WITHDRAWN,
                "awaiting_change": pl.col("awaiting"),
                "received_untold": ~told,
                "online_untold": (channel == "online") & ~told,
                "open_change": still_open,
            },
            keys,
        ),
        _events(
            accepted,
            "completed",
            {
                "completed_early": (completed < due).fill_null(value=False),
                "completed_on_time": (completed == due).fill_null(value=True),
                "completed_late": (completed > due).fill_null(value=False),
                "completed_on_due_day": (completed == due).fill_null(value=False),
                "completed_without_due": due.is_null(),
                "returned_by_post": pl.col("returned_by_post"),
                "fee_due": pl.col("fee_due"),
                "fee_paid_online": pl.col("fee_due") & pl.col("payment").is_in(["national", "province"]),
                "digitised": told & pl.col("digitised"),
                "e_result": told & pl.col("e_result"),
                "completed_untold": ~told,
                "rated": pl.col("rating").is_not_null(),
                "satisfied": (pl.col("rating") >= 2).fill_null(value=False),
            },
            keys,
        ),
        _events(accepted, "stopped", {"ended_otherwise": 1}, keys),
        _events(accepted.filter(still_open), "ended", {"open_change": -1}, keys),
        _events(accepted.filter(overdue), "late_from", {"overdue_change": 1}, keys),
        _events(accepted.filter(overdue), "ended", {"overdue_change": -1}, keys),
    ]
    return _summed(events, keys, DOSSIER_MEASURES)


def day_pairs(dossiers: pl.LazyFrame) -> pl.LazyFrame:
    """Dossiers per (pair, unit_code, first_day, second_day); the pairs are explained in `store.tables`."""
    accepted = _timeline(dossiers)

    def pairs(pair: str, first: str, second: str) -> pl.LazyFrame:
        both = accepted.filter(pl.col(first).is_not_null() & pl.col(second).is_not_null())
        days = [pl.col(first).alias("first_day"), pl.col(second).alias("second_day")]
        counted = both.group_by("unit_code", *days).agg(pl.len().cast(pl.Int64).alias("dossiers"))
        return counted.select(pl.lit(pair).alias("pair"), pl.all())

    return pl.concat([pairs("entry", "submitted", "received"), pairs("processing", "received", "completed")])


def document_days(documents: pl.LazyFrame) -> pl.LazyFrame:
    """Measures per (unit_code, day): outgoing ones on the day of issue, incoming ones on their due day."""
    keys = ["unit_code"]
    days = documents.with_columns(
        issued_day=day_number("issued_on"),
        due_day=day_number("due_on"),
        overdue_from=day_number("due_on") + 1,
        done_day=day_number("completed_on"),
    )
    issued = days.filter(pl.col("direction") == "out")
    incoming = days.filter((pl.col("direction") == "in") & pl.col("due_day").is_not_null())
    overdue = incoming.filter(pl.col("done_day").is_null() | (pl.col("done_day") > pl.col("due_day") + 1))
    public, electronic, signed = ~pl.col("classified"), pl.col("electronic"), pl.col("signed")
    is_signed = signed.fill_null(value=False)
    events = [
        _events(
            issued,
            "issued_day",
            {
                "issued": public,
                "issued_classified": pl.col("classified"),
                "issued_electronic": public & electronic,
                "signing_known": public & electronic & signed.is_not_null(),
                "signing_unknown": public & electronic & signed.is_null(),
                "signed": public & electronic & is_signed,
                "signed_exchanged": public & is_signed & pl.col("exchanged"),
            },
            keys,
        ),
        _events(
            incoming,
            "due_day",
            {"incoming_due": 1, "incoming_on_time": (pl.col("done_day") <= pl.col("due_day")).fill_null(value=False)},
            keys,
        ),
        _events(overdue, "overdue_from", {"incoming_overdue_change": 1}, keys),
        _events(overdue, "done_day", {"incoming_overdue_change": -1}, keys),
    ]
    return _summed(events, keys, DOCUMENT_MEASURES)


def meeting_days(meetings: pl.LazyFrame) -> pl.LazyFrame:
    """Measures per (unit_code, day of the end): meetings and seconds for the host, points for the point's own unit.

    `meetings` has one row per meeting and point (point_unit null for a meeting without points).
    """
    keys = ["unit_code"]
    ended = meetings.filter(pl.col("ended_at").is_not_null()).with_columns(ended=local_day("ended_at"))
    held = ended.unique(["source", "source_id"])
    seconds = (pl.col("ended_at") - pl.col("started_at")).dt.total_seconds()
    seen = (pl.col("last_connected_at") - pl.col("first_connected_at")).dt.total_seconds()
    stay = pl.coalesce("connected_seconds", seen)  # a source that knows the time itself is not measured by polls
    invited = ended.filter(pl.col("point_unit").is_not_null() & pl.col("invited")).with_columns(unit_code="point_unit")
    connected = (stay >= _CONNECTED_SECONDS).fill_null(value=False)
    events = [
        _events(held, "ended", {"meetings_held": 1, "meeting_seconds": seconds}, keys),
        _events(invited, "ended", {"points_invited": 1, "points_connected": connected}, keys),
    ]
    return _summed(events, keys, MEETING_MEASURES)
