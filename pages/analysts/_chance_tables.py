"""The figures of both drawings of *Chance or change* as tables."""

from collections.abc import Mapping

from metrics import Limits, Step
from pages import _format
from pages._address import address
from pages._html import escape, remark, table
from pages._language import _
from pages._links import link
from pages._names import indicator_name
from pages._periods import period_text
from pages.analysts._chance_view import Found, Row, order_names, sort_names
from pages.analysts._chance_words import good, judged, odd_words, step_name
from pages.units._view import group_name

_COLOURS = {True: "ioc-reached", False: "ioc-missed", None: ""}


def group_table(found: Found) -> str:
    """The units of the funnel as HTML, with the links that sort them, and who is left out."""
    caption = f"{_name(found)} · {group_name(found.view.group)} · {period_text(found.view.period)}"
    heads = [
        _("Unit"),
        _("Value"),
        _("Said plainly"),
        _("Numerator / denominator"),
        _("95 % limits"),
        _("99.8 % limits"),
        _("Over time"),
    ]
    rows = [_unit(row, found) for row in found.rows]
    inner = table(heads, rows, "ioc-chance", caption, found.view.indicator.key)
    left = ""
    if found.left_out:
        words = _("Nothing to count, so not in the plot: {names}.", names=", ".join(found.left_out))
        left = remark(words)
    return _sorted_by(found, "sort", sort_names(), found.wanted.sort) + inner + left


def _unit(row: Row, found: Found) -> list[str]:
    key, code, part = found.view.indicator.key, row.spot.unit, row.spot.part
    days = {"from_": found.view.period.start.isoformat(), "to": found.view.period.end.isoformat()}
    name = link(row.name, address("explore", unit=code, indicator=key, **days))
    shape, words = judged(row.spot)
    mine = code == found.view.mine
    return [
        f"<b>{name}</b>" if mine else name,
        f"<b>{escape(_format.percent(row.value))}</b>",
        _verdict(shape, words, row.spot.named, found),
        escape(f"{_format.number(part.numerator)} / {_format.number(part.denominator)}"),
        escape(_limits(row.at_95)),
        escape(_limits(row.at_998)),
        link(_("its course"), found.wanted.href(unit=code), current=mine),
    ]


def _limits(limits: Limits) -> str:
    return f"{_format.percent(limits.low)} – {_format.percent(limits.high)}"


def course_table(found: Found) -> str:
    """The weeks or months as HTML, with the links that sort them."""
    if found.course is None or not found.course.steps:
        return ""
    caption = f"{_name(found)} · {found.name}"
    if single := found.course.single:
        low, high = (_format.figure(found.view.indicator, value) for value in single)
        caption += " · " + _("limits of single values {low} – {high}", low=low, high=high)
    head = _("Month") if found.wanted.by == "month" else _("Week")
    n = _("Numerator / denominator") if found.view.indicator.denominator else _("Numerator")
    rows = [_step(step, found) for step in ordered(found)]
    inner = table([head, _("Value"), _("Said plainly"), n], rows, "ioc-chance", caption, found.view.indicator.key)
    return _sorted_by(found, "order", order_names(), found.wanted.order) + inner


def ordered(found: Found) -> list[Step]:
    """The steps as the table has them; by value the greatest first, those without any last."""
    steps = list(found.course.steps) if found.course else []
    if found.wanted.order == "value":
        return sorted(steps, key=lambda step: (step.value is None, -(step.value or 0.0)))
    return steps if found.wanted.order == "old" else steps[::-1]


def _step(step: Step, found: Found) -> list[str]:
    shape, words = odd_words(step, limited=bool(found.course and found.course.single))
    return [
        escape(step_name(step, found)),
        f"<b>{escape(_format.figure(found.view.indicator, step.value))}</b>" if step.value is not None else "–",
        _verdict(shape, words, step.odd, found),
        escape(_counted(step)),
    ]


def _counted(step: Step) -> str:
    if step.numerator is None:
        return ""
    if step.denominator is None:
        return _format.number(step.numerator)
    return f"{_format.number(step.numerator)} / {_format.number(step.denominator)}"


def _verdict(shape: str, words: str, side: int, found: Found) -> str:
    colour = _COLOURS[good(side, found.view.indicator)]
    return f'<span class="{colour}"><span aria-hidden="true">{shape}</span> {escape(words)}</span>'


def _sorted_by(found: Found, name: str, names: Mapping[str, str], chosen: str) -> str:
    links = "".join(
        link(words, found.wanted.href(**{name: key}), current=key == chosen) for key, words in names.items()
    )
    label = {"sort": _("Order of the units"), "order": _("Order of the steps in time")}[name]
    said = f"<span>{escape(_('Sorted by'))}</span>"
    return f'<nav class="ioc-tabs ioc-minor" aria-label="{escape(label)}">{said}{links}</nav>'


def _name(found: Found) -> str:
    return indicator_name(found.view.indicator, found.view.period.end)
