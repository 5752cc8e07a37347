"""What the command line exports: a view of the store with its title, period and data time.

The figures are those of the same functions that the command line and the pages show. Targets and returns have the
columns in which they are imported.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl
from sqlalchemy import Engine

from clock import Clock
from config import Settings
from exports.viewed import Table, Viewed
from metrics import Counters, Indicator, Peers, Period, Scope, catalogue, figures, ranking
from store import reads
from store.health import data_until, source_health

_POINT_INDICATORS = ("conference_coverage_rate", "district_coverage_rate", "bridge_points")
_SHEET = "Số liệu"
_SHARES = ("value", "low", "high")  # of a ranking: low and high have the form of its value


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What to export: `period` and `unit` (a code) narrow every view; `indicator` and `group` name a ranking."""

    period: Period | None = None
    unit: str | None = None
    scope: Scope = "subtree"
    indicator: str | None = None
    group: str | None = None


def export(engine: Engine, settings: Settings, clock: Clock, view: str, asked: Asked) -> Viewed:
    """One view of what the store holds now, its columns named as in the store. Raises ValueError for an unknown view,
    unit or indicator, or for what a view lacks (figures need a period)."""
    if view not in VIEWS:
        raise ValueError(f"unknown view {view!r}; one of: {', '.join(VIEWS)}")
    title, make = VIEWS[view]
    frame = make(engine, settings, asked)
    sources = source_health(engine, settings.sources, clock.now())
    silent = ", ".join(source.name for source in sources if not source.last_good_at)
    return Viewed(
        name=view,
        title=title,
        sentence="",
        filters=(),
        period=asked.period.name() if asked.period else "tất cả",
        data_time=data_until(sources),
        definitions=_explained(frame, view, asked),
        tables=[_table(frame, asked)],
        notes=[f"chưa đọc được: {silent}"] if silent else [],
    )


def _table(frame: pl.DataFrame, asked: Asked) -> Table:
    keys = frame["indicator"] if "indicator" in frame.columns else [asked.indicator] * frame.height
    rates = frozenset(name for name in _SHARES if name in frame.columns)
    return Table(name=_SHEET, frame=frame, heads={}, rates=rates, rated=[_is_rate(key) for key in keys])


def _is_rate(key: str | None) -> bool:
    indicator = catalogue().get(key or "")
    return indicator is not None and indicator.form == "rate"


def _figures(engine: Engine, _settings: Settings, asked: Asked) -> pl.DataFrame:
    """Columns as in `ioc.py indicators`."""
    keys = None if asked.indicator is None else [asked.indicator]
    units = None if asked.unit is None else [asked.unit]
    return figures(reads.read_in_pieces(engine, Counters), _needed(asked), keys, asked.scope, units)


def _ranking(engine: Engine, settings: Settings, asked: Asked) -> pl.DataFrame:
    """Columns as in `ioc.py ranking`."""
    if asked.indicator is None or asked.group is None:
        raise ValueError("a ranking needs an indicator and a kind (or peer group) of units")
    counters, minimum = reads.read_in_pieces(engine, Counters), settings.ranking.minimum
    found = ranking(counters, asked.indicator, asked.group, _needed(asked), minimum, peers=Peers(settings.peers))
    return found if asked.unit is None else found.filter(pl.col("unit") == asked.unit)


def _needed(asked: Asked) -> Period:
    if asked.period is None:
        raise ValueError("figures need a period: its first and its last day")
    return asked.period


_TARGET_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "indicator": pl.String, "unit_code": pl.String, "kind": pl.String, "comparator": pl.String, "value": pl.Float64,
    "valid_from": pl.Date, "valid_to": pl.Date, "decision": pl.String, "decided_on": pl.Date, "issuer": pl.String,
    "entered_by": pl.String, "entered_at": pl.Datetime("us", "UTC"),
}  # fmt: skip


def _targets(engine: Engine, _settings: Settings, asked: Asked) -> pl.DataFrame:
    rows = [target._asdict() for target in reads.targets(engine)]
    frame = pl.DataFrame(rows, schema=_TARGET_COLUMNS)
    return _narrowed(frame, asked, "valid_from", "valid_to").sort("indicator", "unit_code", "kind", "valid_from")


def _returns(engine: Engine, _settings: Settings, asked: Asked) -> pl.DataFrame:
    found = _narrowed(reads.read_snapshot(engine).returns, asked, "period_from", "period_to")
    periods = [Period(first, last).name() for first, last in found["period_from", "period_to"].iter_rows()]
    named = found.with_columns(pl.Series("period", periods, dtype=pl.String))
    columns = ("unit_code", "period", "indicator", "numerator", "denominator", "value", "note", "source", "stored_at")
    return named.sort("indicator", "unit_code", "period_from", "source").select(columns)


def _bridge_points(engine: Engine, _settings: Settings, asked: Asked) -> pl.DataFrame:
    found = _narrowed(reads.bridge_points(engine), asked, "valid_from", "valid_to")
    columns = ("unit_code", "point_code", "name", "room", "status", "valid_from", "valid_to", "source")
    return found.sort("unit_code", "point_code", "valid_from").select(columns)


def _narrowed(frame: pl.DataFrame, asked: Asked, first: str, last: str) -> pl.DataFrame:
    """The rows of the unit and indicator asked for whose time overlaps the period."""
    if asked.unit is not None:
        frame = frame.filter(pl.col("unit_code") == asked.unit)
    if asked.indicator is not None and "indicator" in frame.columns:
        frame = frame.filter(pl.col("indicator") == asked.indicator)
    if asked.period is not None:
        ends_later = pl.col(last).is_null() | (pl.col(last) >= asked.period.start)
        frame = frame.filter((pl.col(first) <= asked.period.end) & ends_later)
    return frame


VIEWS: Mapping[str, tuple[str, Callable[[Engine, Settings, Asked], pl.DataFrame]]] = {
    "indicators": ("Các chỉ tiêu", _figures),
    "ranking": ("Xếp hạng", _ranking),
    "targets": ("Mục tiêu", _targets),
    "returns": ("Báo cáo thống kê", _returns),
    "bridge_points": ("Điểm cầu hội nghị trực tuyến", _bridge_points),
}


def _explained(frame: pl.DataFrame, view: str, asked: Asked) -> list[Indicator]:
    """The indicators that a view is about."""
    if view == "bridge_points":
        keys = list(_POINT_INDICATORS)
    elif view == "ranking":
        keys = [asked.indicator or ""]
    else:
        keys = sorted(set(frame["indicator"]))
    known = catalogue()
    return [known[key] for key in keys if key in known]
