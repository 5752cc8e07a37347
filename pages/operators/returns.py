"""What have units returned for which period, what is missing, and how does a new file come in?"""

import polars as pl

from metrics import Indicator, Period, catalogue
from pages import _format
from pages._badges import SHAPES
from pages._contract import Page
from pages._filters import Choices, form, period_fields, select, show_problems
from pages._html import draw as draw_html
from pages._html import draw_drill_style, escape, table
from pages._language import _
from pages._links import about, address, follow_links, link
from pages._live import Live, live
from pages._names import indicator_name
from pages._order import vietnamese_order
from pages._periods import calendar_name
from pages._refresh import refreshing
from pages._sourced import no_data_yet
from pages._units import Units
from pages.operators._upload import upload

PAGE = Page(
    path="returns",
    title="Returns",
    question="What have units returned, what is missing, and how does a new file come in?",
    audience="operators",
    order=3,
    icon=":material/upload_file:",
)


def draw() -> None:
    """What is returned and what is missing, then the upload."""
    draw_drill_style()
    follow_links()
    here = live()
    choices = Choices(here.today)
    name, period = choices.period()
    units = Units(here.counters, period.end)
    root = next((unit.code for unit in units.roots()), "")
    labels = {code: units.label(code) for code in units.by_code}
    unit = choices.one_of("unit", labels, root, _("unit")) if labels else ""
    if labels:
        shown = dict(sorted(labels.items(), key=lambda item: (item[0] != root, vietnamese_order(item[1]))))
        form(PAGE.path, select("unit", _("Unit"), shown, unit, "ioc-broad"), period_fields(name, period, here.today))
    show_problems(choices.problems)
    if not unit:
        no_data_yet()
        return

    @refreshing("returned")
    def returned() -> None:
        _draw_returned(live(), unit, period)

    returned()
    draw_html(f'<h2 class="ioc-heading">{escape(_("Bring in a file"))}</h2>')
    upload("returns", here, column_names(), reason=False)


def column_names() -> dict[str, str]:
    """The columns of a file of returns, with what each means."""
    return {
        "unit_code": _("code of the unit"),
        "period": _("period: 2021, 2021-Q2, 2021-06 or 2021-06-15"),
        "indicator": _("key of the indicator, see the list above"),
        "numerator": _("numerator, of a rate together with the denominator"),
        "denominator": _("denominator"),
        "value": _("value instead of numerator and denominator: 51 % or 0.51"),
        "note": _("note"),
    }


def _draw_returned(here: Live, unit: str, period: Period) -> None:
    expected = [indicator for indicator in catalogue().values() if indicator.returned]
    found = overlapping(here, period)
    own = found.filter(pl.col("unit_code") == unit)
    latest = {row["indicator"]: row for row in own.sort("period_from").iter_rows(named=True)}
    units = Units(here.counters, period.end)
    said = _(
        "{unit} returned {n} of {total} figures for the period.",
        unit=units.label(unit),
        n=_format.number(len(latest)),
        total=_format.number(len(expected)),
    )
    draw_html(f'<p class="ioc-sentence">{escape(said)}</p>')
    expected.sort(key=lambda indicator: vietnamese_order(indicator_name(indicator, here.today)))
    rows = [_row(indicator, latest.get(indicator.key), here) for indicator in expected]
    head = [
        _("Indicator"),
        _("State"),
        _("Value"),
        _("Numerator / denominator"),
        _("Period"),
        _("Note"),
        _("Stored"),
        _("Source"),
    ]
    draw_html(table(head, rows, "ioc-returns"))
    draw_html(_by_unit(found, units, len(expected), period))


def overlapping(here: Live, period: Period) -> pl.DataFrame:
    """The returns of which a day falls into the period; columns as in the store's table."""
    frame = here.counters.snapshot.returns
    return frame.filter((pl.col("period_from") <= period.end) & (pl.col("period_to") >= period.start))


def _row(indicator: Indicator, row: dict[str, object] | None, here: Live) -> list[str]:
    name = (
        f'{about(indicator.key, indicator_name(indicator, here.today))} <code class="ioc-small">{indicator.key}</code>'
    )
    if row is None:
        return [name, f'<span class="ioc-none">{SHAPES["none"]} {escape(_("missing"))}</span>', "", "", "", "", "", ""]
    numerator, denominator, value = (_number(row[part]) for part in ("numerator", "denominator", "value"))
    if value is None and numerator is not None:
        value = numerator if denominator is None else numerator / denominator if denominator else None
    parts = "" if denominator is None else f"{_format.number(numerator)} / {_format.number(denominator)}"
    return [
        name,
        f'<span class="ioc-reached">{SHAPES["reached"]} {escape(_("returned"))}</span>',
        f'<b data-figure="{indicator.key}">{escape(_format.figure(indicator, value))}</b>',
        escape(parts),
        escape(calendar_name(Period(row["period_from"], row["period_to"]))),  # type: ignore[arg-type]
        escape(str(row["note"] or "")),
        escape(_format.moment(row["stored_at"])),  # type: ignore[arg-type]
        escape(_("file") if row["source"] == "import" else str(row["source"])),
    ]


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _by_unit(found: pl.DataFrame, units: Units, total: int, period: Period) -> str:
    """Who returned anything for the period, and how much of it; HTML."""
    counts = found.group_by("unit_code").agg(pl.col("indicator").n_unique()).iter_rows()
    returned = {code: count for code, count in counts if code in units.by_code}
    title = f'<h2 class="ioc-heading">{escape(_("Units that returned something"))}</h2>'
    if not returned:
        words = _("No unit has returned anything for this period. Bring in a file below.")
        return f'{title}<p class="ioc-note">{escape(words)}</p>'
    rows = [
        [
            link(units.label(code), address(PAGE.path, unit=code, period=period.name())),
            f"{_format.number(count)} / {_format.number(total)}",
        ]
        for code, count in sorted(returned.items(), key=lambda item: vietnamese_order(units.label(item[0])))
    ]
    return title + table([_("Unit"), _("Figures returned")], rows)
