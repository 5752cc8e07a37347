"""What have units returned for which period, what is missing, and how does a new file come in?"""

from exports.viewed import Viewed
from metrics import Indicator, Period
from pages import _format
from pages._address import address
from pages._badges import SHAPES
from pages._contract import Page
from pages._downloads import download_bar
from pages._filters import Choices, form, period_fields, select, show_problems
from pages._html import draw as draw_html
from pages._html import escape, h2, remark, table
from pages._language import _
from pages._links import about, link
from pages._live import Live, live
from pages._names import indicator_name
from pages._periods import calendar_name
from pages._refresh import refreshing
from pages._sourced import no_data_yet
from pages._taken import nothing, period_words
from pages._units import Units
from pages.operators._returned import Returned, figures_of, returned_of, returned_tables, source_name
from pages.operators._upload import upload

PAGE = Page(
    path="returns",
    title="Returns",
    question="What have units returned, what is missing, and how does a new file come in?",
    audience="operators",
    order=3,
    icon=":material/upload_file:",
    needs="operate",
)


def draw() -> None:
    """What is returned and what is missing, then the upload."""
    here = live()
    choices = Choices(here.today)
    name, period = choices.period()
    labels, unit = choices.unit(Units(here.counters, period.end))
    if labels:
        form(PAGE.path, select("unit", _("Unit"), labels, unit, "ioc-broad"), period_fields(name, period, here.today))
    show_problems(choices.problems)
    if not unit:
        no_data_yet()
        return
    download_bar(PAGE.path)

    @refreshing("returned")
    def returned() -> None:
        _draw_returned(live(), unit, period)

    returned()
    draw_html(h2(_("Bring in a file")))
    upload("returns", here, column_names(), reason=False)


def viewed(here: Live, choices: Choices) -> Viewed:
    """What the unit returned and what it did not; who returned how much."""
    name, period = choices.period()
    labels, unit = choices.unit(Units(here.counters, period.end))
    if not unit:
        return nothing(PAGE, here)
    shown = returned_of(here, unit, period)
    return Viewed(
        name=PAGE.path,
        title=_(PAGE.title),
        sentence=_sentence(shown, labels[unit]),
        filters=[(_("Unit"), labels[unit])],
        period=period_words(name, period),
        data_time=here.data_time,
        definitions=shown.expected,
        tables=returned_tables(shown, here, labels, _(PAGE.title)),
    )


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
    shown = returned_of(here, unit, period)
    units = Units(here.counters, period.end)
    draw_html(f'<p class="ioc-sentence">{escape(_sentence(shown, units.label(unit)))}</p>')
    rows = [_row(indicator, shown.latest.get(indicator.key), here) for indicator in shown.expected]
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
    draw_html(_by_unit(shown, units))


def _sentence(shown: Returned, label: str) -> str:
    return _(
        "{unit} returned {n} of {total} figures for the period.",
        unit=label,
        n=_format.number(len(shown.latest)),
        total=_format.number(len(shown.expected)),
    )


def _row(indicator: Indicator, row: dict[str, object] | None, here: Live) -> list[str]:
    name = (
        f'{about(indicator.key, indicator_name(indicator, here.today))} <code class="ioc-small">{indicator.key}</code>'
    )
    if row is None:
        return [name, f'<span class="ioc-none">{SHAPES["none"]} {escape(_("missing"))}</span>', "", "", "", "", "", ""]
    numerator, denominator, value = figures_of(row)
    parts = "" if denominator is None else f"{_format.number(numerator)} / {_format.number(denominator)}"
    return [
        name,
        f'<span class="ioc-reached">{SHAPES["reached"]} {escape(_("returned"))}</span>',
        f'<b data-figure="{indicator.key}">{escape(_format.figure(indicator, value))}</b>',
        escape(parts),
        escape(calendar_name(Period(row["period_from"], row["period_to"]))),  # type: ignore[arg-type]
        escape(str(row["note"] or "")),
        escape(_format.moment(row["stored_at"])),  # type: ignore[arg-type]
        escape(source_name(row)),
    ]


def _by_unit(shown: Returned, units: Units) -> str:
    """Who returned anything for the period, and how much of it; HTML."""
    title = h2(_("Units that returned something"))
    if not shown.by_unit:
        words = _("No unit has returned anything for this period. Bring in a file below.")
        return title + remark(words)
    total = _format.number(len(shown.expected))
    rows = [
        [
            link(units.label(code), address(PAGE.path, unit=code, period=shown.period.name())),
            f"{_format.number(count)} / {total}",
        ]
        for code, count in shown.by_unit.items()
    ]
    return title + table([_("Unit"), _("Figures returned")], rows)
