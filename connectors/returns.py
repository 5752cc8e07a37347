"""Statistical returns as a CSV or XLSX file (wire.md, section 9): what no system reports.

`unit_code, period, indicator, numerator, denominator, value, note`; `connectors/_return_rows.py` says what may stand
in them. A file with one bad row is refused as a whole, with every bad row named.
"""

from collections.abc import Iterator
from datetime import datetime

from connectors._cells import BadCellError
from connectors._contract import Connector, Page
from connectors._fields import Record
from connectors._file import as_record, as_row, bad_field, file_auth, kept_row, read_rows
from connectors._http import SourceClient
from connectors._records import read_records
from connectors._return_rows import COLUMNS, OPTIONAL, read_return, read_returns
from errors import SourceChanged
from store.rows import Batch, Return

# A note is anybody's free text: of a rejected row it is not kept.
KEPT_FIELDS = kept_row([name for name in (*COLUMNS, *OPTIONAL) if name != "note"], {})


def pull(http: SourceClient, _since: datetime | None) -> Iterator[Page]:
    """All returns as one page, when every row of the file is good."""
    rows = read_rows(http, COLUMNS, OPTIONAL)
    _, bad = read_returns(rows, quoted=False)
    if bad:
        raise SourceChanged(http.source, f"nothing of the file was stored: {'; '.join(map(str, bad))}")
    yield Page(kind="returns", records=[as_record(row) for row in rows], source_count=len(rows))


def to_rows(page: Page, _seen_at: datetime) -> Batch:
    """Returns; whether their units exist is for the store to say."""
    returns, rejected = read_records(page.kind, page.records, "unit_code", KEPT_FIELDS, _return)
    return Batch(returns=returns, rejected=rejected)


def _return(record: Record) -> Return:
    row = as_row(record, [*COLUMNS, *OPTIONAL])
    try:
        return read_return(row)
    except BadCellError as error:
        raise bad_field(row, error) from error


CONNECTOR = Connector(
    dialect="returns",
    kinds=("returns",),
    medium="file",
    auth=file_auth,
    pull=pull,
    to_rows=to_rows,
)
