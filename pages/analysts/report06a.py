"""What does a unit report in form II.06a for a period, and does it add up?"""

from dataclasses import dataclass

import polars as pl

from exports.form06a import TITLE, Column, Row, printed, row_head, shown_columns, sums
from exports.viewed import Viewed
from metrics import Period, catalogue, form06a
from pages import _format
from pages._contract import Page
from pages._downloads import download_bar
from pages._filters import Choices, form, period_fields, select, show_problems
from pages._html import draw as draw_html
from pages._html import escape, remark
from pages._language import _, language
from pages._live import Live, live
from pages._periods import period_text
from pages._sourced import no_data_yet, warn_of_silence
from pages._taken import nothing
from pages._units import Units

PAGE = Page(
    path="report-06a",
    title="Report II.06a",
    question="What does a unit report in form II.06a for a period, and does it add up?",
    audience="analysts",
    order=3,
    icon=":material/summarize:",
    shares=("unit", "period"),
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The choices: a unit's code with the labels of all, the period with its name, rows by field or procedure."""

    unit: str
    labels: dict[str, str]
    period: Period
    period_name: str
    by: Row


def draw() -> None:
    """Filters from the URL, whether the form adds up, and the form as it is printed."""
    here = live()
    choices = Choices(here.today)
    asked = _asked(here, choices)
    if asked is None:
        show_problems(choices.problems)
        no_data_yet()
        return
    form(
        PAGE.path,
        select("unit", _("Unit"), asked.labels, asked.unit, "ioc-broad"),
        period_fields(asked.period_name, asked.period, here.today),
        select(
            "by",
            _("Rows"),
            {"field": row_head("field", language()), "procedure": row_head("procedure", language())},
            asked.by,
        ),
    )
    show_problems(choices.problems)
    warn_of_silence(here, catalogue()["received"])
    found = form06a(here.counters, asked.unit, asked.period, asked.by)
    draw_html(f'<p class="ioc-sentence">{escape(sums(found, language()))}</p>')
    note = _(
        "Circular 01/2020/TT-VPCP, {period}. Dossiers that wait for a supplement or a payment stand in (12); withdrawn and stopped ones have no column in the form and stand beside it.",  # noqa: E501
        period=period_text(asked.period),
    )
    draw_html(remark(note))
    draw_html(_printed(found, asked))
    download_bar(PAGE.path)


def viewed(here: Live, choices: Choices) -> Viewed:
    """The form as a file; no table before any unit is known."""
    asked = _asked(here, choices)
    if asked is None:
        return nothing(PAGE, here)
    found = form06a(here.counters, asked.unit, asked.period, asked.by)
    return printed(found, asked.labels[asked.unit], asked.period, asked.by, language(), here.data_time)


def _asked(here: Live, choices: Choices) -> Asked | None:
    name, period = choices.period()
    units = Units(here.counters, period.end)
    if not units.by_code:
        return None
    root = units.largest()
    labels = units.labels(root)
    unit = choices.one_of("unit", labels, root, _("unit"))
    by: Row = (
        "procedure" if choices.one_of("by", ("field", "procedure"), "field", _("rows")) == "procedure" else "field"
    )
    return Asked(unit=unit, labels=labels, period=period, period_name=name, by=by)


def _printed(found: pl.DataFrame, asked: Asked) -> str:
    """The form as in print: groups of columns over their heads, then the numbers of the columns, then the rows."""
    columns = shown_columns(found)
    body = "".join(_row(number, row, columns) for number, row in enumerate(found.head(-1).iter_rows(named=True), 1))
    total = _row(0, {**found.row(-1, named=True), "name": _("Total")}, columns)
    caption = f"{TITLE[language() == 'en']} · {asked.labels[asked.unit]} · {period_text(asked.period)}"
    return (
        f'<div class="ioc-wide"><table class="ioc-table figures ioc-form"><caption>{escape(caption)}</caption>'
        f'<thead>{_heads(columns, asked.by)}</thead><tbody class="ioc-total">{total}</tbody>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _heads(columns: list[Column], by: Row) -> str:
    english = language() == "en"
    first = "".join(f'<th scope="col" rowspan="2">{escape(head)}</th>' for head in (_("No."), row_head(by, language())))
    groups = list(dict.fromkeys(column.group for column in columns))
    widths = {group: sum(column.group == group for column in columns) for group in groups}
    spans = "".join(
        f'<th scope="colgroup" colspan="{width}">{escape(group[english])}</th>' for group, width in widths.items()
    )
    heads = "".join(f'<th scope="col">{escape(column.head[english])}</th>' for column in columns)
    numbers = "".join(f"<td>{f'({column.number})' if column.number else ''}</td>" for column in columns)
    return f'<tr>{first}{spans}</tr><tr>{heads}</tr><tr class="ioc-numbers"><td>(1)</td><td>(2)</td>{numbers}</tr>'


def _row(number: int, row: dict[str, object], columns: list[Column]) -> str:
    cells = "".join(f"<td>{escape(_format.number(_count(row[column.key])))}</td>" for column in columns)
    name = f'<th scope="row" title="{escape(str(row["code"]))}">{escape(str(row["name"]))}</th>'
    return f"<tr><td>{number or ''}</td>{name}{cells}</tr>"


def _count(value: object) -> float:
    return float(value) if isinstance(value, int) else 0.0
