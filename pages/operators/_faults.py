"""What is wrong with a file, in the visitor's language: the checks of `tabular` and `imports` speak English."""

import re
from functools import cache

from errors import InputError
from pages._html import escape, table
from pages._language import _
from sheets.tabular import BadRow, BadRowsError

# The sentences of sheets/, connectors/_cells.py, connectors/_return_rows.py and imports/.
# A sentence of another form is shown as it is.
FORMS = (
    "is empty",
    "is empty: give numerator and denominator, or value",
    "{text} is a number there; codes have leading zeros: format the column as text",
    "{text} is no code: codes have no blanks and at most {n} signs",
    "is no text of at most {n} signs",
    "{text} is not one of {right}",
    "{text} is before {column} {day}",
    "{text} may be a month that became a day: format the column as text",
    "{text} is no period such as 2021, 2021-Q2, 2021-06 or 2021-06-15",
    "{text} is no period from {first} to {last}",
    "{text} is no date yyyy-mm-dd from {first} to {last}",
    "{text} is a rate, but this figure is a count",
    "{text} is ambiguous for a rate: write it with %, or as a number up to 1",
    "{text} is ambiguous: write it without thousands separators",
    "{text} is no number from 0 up",
    "{text} is no indicator",
    "{text} is no unit of any catalogue",
    "{text} is no unit of any catalogue; one of {right}",
    "{text} is no figure that units return",
    "{text} is no figure that units return; one of {right}",
    "{text} is no rate",
    "{text} is more than the whole",
    "a count has none",
    "a count is given once: as numerator or as value",
    "give either numerator and denominator, or value",
    "a target is for a unit (unit_code) or for every unit of a kind (kind)",
    "row {n} sets the same target (indicator, unit or kind, valid_from)",
    "row {n} states the same unit, indicator and period",
    "is missing; the columns are {right}, and if you like {more}",
    "is unknown; the columns are {right}, and if you like {more}",
    "no row names the columns; the columns are {right}, and if you like {more}",
    "is there twice",
    "has a cell beside the named columns (in CSV: quote a cell with a comma)",
    "cell {place} holds an error (such as #N/A)",
    "cannot be read as CSV ({why})",
    "{file}: larger than {n} MB",
    "{file}: more than {n} rows",
    "{file}: is neither XLSX nor UTF-8 text; in Excel save it as .xlsx or as 'CSV UTF-8'",
    "{file}: is neither XLSX nor CSV",
    "{file}: is an old or a protected Excel file; save it as .xlsx without a password",
    "{file}: ends in the middle of a cell (a quotation mark without its partner?)",
    "{file}: is no Excel workbook that can be read, or a protected one; save it as .xlsx",
    "{file}: is no Excel workbook that can be read: its XML is broken or not allowed",
    "{file}: is no Excel workbook that can be read: one row or text has no end",
    "{file}: has a sheet of more than {n} rows",
    "{file}: has a sheet of more than {n} columns",
    "{file}: has a sheet of more than {n} cells",
    "has more than {n} cells",
    "{file}: holds more than {n} MB unpacked",
    "{file}: has a cell of more than {n} signs",
    "{file}: has no sheet with cells",
)


def fault(sentence: str) -> str:
    """A fault's sentence in the visitor's language."""
    for form, pattern in _patterns():
        if found := pattern.fullmatch(sentence):
            return _(form, **found.groupdict())
    return sentence


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each form with a pattern of the sentences that it makes; the longest first, since it is the most exact."""
    longest = sorted(FORMS, key=len, reverse=True)
    return tuple(
        (form, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(form)), re.DOTALL)) for form in longest
    )


def faults(error: InputError) -> str:
    """Every bad row of a refused file, or why it could not be read at all; HTML."""
    if not isinstance(error, BadRowsError):
        unread = f"{_('Nothing was stored.')} {fault(str(error))}"
        return f'<div class="ioc-problem" role="alert">■ {escape(unread)}</div>'
    said = _("Nothing was stored: {n} faults. Mend them in the file and choose it again.", n=len(error.bad))
    rows = [[_row(bad), f"<code>{escape(bad.column)}</code>", escape(fault(bad.reason))] for bad in error.bad]
    heads = [_("Row of the sheet"), _("Column"), _("What is wrong")]
    return f'<div class="ioc-problem" role="alert">■ {escape(said)}</div>' + table(heads, rows, "ioc-faults")


def _row(bad: BadRow) -> str:
    return escape(str(bad.number) if bad.number else _("whole file"))
