"""A register of video-conference points as a CSV or XLSX file (wire.md, section 8).

`unit_code, point_code, name, room, status, valid_from, valid_to`: a row for each state that a point was in, dates
yyyy-mm-dd and inclusive, `valid_to` empty for the present one. The file is the whole inventory: what it no longer
names is gone. Having a point is another thing than connecting to a meeting.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors import _cells as cells
from connectors._cells import BadCellError
from connectors._contract import Connector, Page
from connectors._fields import Record
from connectors._file import as_record, as_row, bad_field, file_auth, kept_row, read_rows
from connectors._http import SourceClient
from connectors._kept import WORDS
from connectors._records import read_records
from sheets.tabular import TableRow
from store.rows import Batch, BridgePoint, Rejected

COLUMNS = ("unit_code", "point_code", "status", "valid_from")
OPTIONAL = ("name", "room", "valid_to")

STATUSES: Mapping[str, Any] = {status: status for status in ("active", "broken", "retired")}
KEPT_FIELDS = kept_row([*COLUMNS, *OPTIONAL], {"name": WORDS, "room": WORDS})


def pull(http: SourceClient, _since: datetime | None) -> Iterator[Page]:
    """The whole register as one page."""
    rows = read_rows(http, COLUMNS, OPTIONAL)
    yield Page(kind="bridge_points", records=[as_record(row) for row in rows], source_count=len(rows))


def to_rows(page: Page, _seen_at: datetime) -> Batch:
    """Bridge points; of two rows that say different things of one point and first day the second is rejected."""
    points, rejected = read_records(page.kind, page.records, "point_code", KEPT_FIELDS, _point, "unit_code")
    first: dict[str, BridgePoint] = {}
    agreed = [point for point in points if first.setdefault(point.source_id, point) == point]
    rejected += [_contradiction(point) for point in points if first[point.source_id] != point]
    return Batch(bridge_points=agreed, rejected=rejected)


def _point(record: Record) -> BridgePoint:
    row = as_row(record, [*COLUMNS, *OPTIONAL])
    try:
        return _read_point(row)
    except BadCellError as error:
        raise bad_field(row, error) from error


def _read_point(row: TableRow) -> BridgePoint:
    first = cells.day(row, "valid_from")
    return BridgePoint(
        unit_code=cells.unit_code(row, "unit_code"),
        point_code=cells.code(row, "point_code"),
        name=cells.words(row, "name"),
        room=cells.words(row, "room"),
        status=cells.choice(row, "status", STATUSES),
        valid_from=first,
        valid_to=cells.last_day(row, "valid_to", first, "valid_from"),
    )


def _contradiction(point: BridgePoint) -> Rejected:
    detail = f"point {point.point_code} has two different rows from {point.valid_from}; the first counts"
    return Rejected(
        kind="bridge_points",
        source_id=point.source_id,
        reason="contradiction",
        detail=detail,
        unit_code=point.unit_code,
    )


CONNECTOR = Connector(
    dialect="bridge_points",
    kinds=("bridge_points",),
    medium="file",
    auth=file_auth,
    pull=pull,
    to_rows=to_rows,
)
