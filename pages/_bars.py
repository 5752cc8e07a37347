"""Horizontal bars of units, sorted as given, with the target line and the interval; a table to a screen reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from pages import _format
from pages._badges import SHAPES, Standing, standing_word
from pages._language import _


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One row. `value`, `low`, `high` are numbers on the bars' scale; `text` is the value as written.

    `moved`: ranks gained (positive) or lost against the previous period, None when it had none. `n` is shown small.
    `href`: where a click on the name leads, relative to the server, or empty.
    """

    label: str
    value: float | None
    text: str
    n: str = ""
    state: Standing = "none"
    rank: str = ""
    low: float | None = None
    high: float | None = None
    moved: int | None = None
    href: str = ""


def bars(
    rows: Sequence[Bar], *, figure: str, top: float | None = None, target: float | None = None, target_text: str = ""
) -> str:
    """The rows as HTML. `figure`: the key of the indicator that they show. `top`: the value at the right end (default:
    the greatest value, bound or target)."""
    reach = [0.0, *(row.value or 0.0 for row in rows), *(row.high or 0.0 for row in rows), target or 0.0]
    scale = top or max(reach) or 1.0
    head = ""
    if target is not None:
        head = (
            f'<div class="ioc-goal-name"><span style="left:{_part(target, scale)}">{escape(target_text)}</span></div>'
        )
    body = "".join(_row(row, scale, target) for row in rows)
    names = (_("Rank"), _("Unit"), target_text or _("Share"), _("Value"))
    heads = "".join(f'<th scope="col"><span class="ioc-hidden">{escape(name)}</span></th>' for name in names[:2])
    heads += f'<th scope="col">{head or _hidden(names[2])}</th><th scope="col">{_hidden(names[3])}</th>'
    return (
        f'<table class="ioc-bars" data-figure="{figure}"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'
    )


def _row(row: Bar, scale: float, target: float | None) -> str:
    name = escape(row.label)
    if row.href:
        name = f'<a href="{escape(row.href)}" target="_self">{name}</a>'
    bar = f'<div class="ioc-bar ioc-fill-{row.state}" style="width:{_part(row.value or 0.0, scale)}"></div>'
    interval = ""
    if row.low is not None and row.high is not None:
        left, width = _part(row.low, scale), _part(row.high - row.low, scale)
        interval = f'<div class="ioc-interval" style="left:{left};width:{width}"></div>'
    goal = f'<div class="ioc-goal" style="left:{_part(target, scale)}"></div>' if target is not None else ""
    shape = ""
    if row.state != "none":
        shape = f'<span class="ioc-{row.state}" title="{escape(standing_word(row.state))}">{SHAPES[row.state]}</span>'
        shape += _hidden(standing_word(row.state))
    small = f'<span class="ioc-small">{escape(row.n)}</span>' if row.n else ""
    return (
        f'<tr><td class="ioc-rank">{escape(row.rank)}</td><th scope="row">{name}</th>'
        f'<td class="ioc-track"><div>{bar}{interval}{goal}</div></td>'
        f'<td class="ioc-amount">{shape} <b>{escape(row.text)}</b> {movement(row.moved)} {small}</td></tr>'
    )


def movement(moved: int | None) -> str:
    """Ranks gained or lost as shape, number and hidden words; empty when there is nothing to say. HTML."""
    if not moved:
        return ""
    words = _("up {n}", n=_format.number(moved)) if moved > 0 else _("down {n}", n=_format.number(-moved))
    shape = "▲" if moved > 0 else "▼"
    return f'<span class="ioc-moved" title="{escape(words)}">{shape}{abs(moved)}{_hidden(words)}</span>'


def _part(value: float, scale: float) -> str:
    return f"{max(0.0, min(value / scale, 1.0)) * 100:.2f}%"


def _hidden(text: str) -> str:
    return f'<span class="ioc-hidden">{escape(text)}</span>'
