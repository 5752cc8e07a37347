"""What the audit log is told of a file before it leaves: what could not be noted does not leave."""

from exports.viewed import Viewed
from pages._live import Live
from store.audit import Deed, record


def note_export(here: Live, viewed: Viewed, form: str, reason: str = "") -> None:
    """Note who takes away which view, by its choices in words and its rows, and why. Raises StoreError."""
    details = {
        "subject": here.visitor.subject,
        "choices": [f"{label}: {value}" for label, value in viewed.filters],
        "period": viewed.period,
        "rows": sum(table.frame.height for table in viewed.tables),
    }
    record(here.engine, Deed(here.visitor.name, "export", f"{viewed.name}.{form}", reason, details))
