"""The ranking as one table: rank, movement, name, bar with interval and target, value, n and the possible ranks."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from pages._badges import SHAPES, Standing, standing_word
from pages._language import _
from pages._links import link


@dataclass(frozen=True, kw_only=True)
class RankedRow:
    """One unit. `value`, `low`, `high`, `goal` are numbers on the bars' scale; `text` is the value as written.

    `moved`: ranks gained (positive) or lost, None when the unit was not ranked before; nothing of it is shown without
    `compared`. `n` and `span` (possible
    ranks) are phrases; `why` takes the movement apart in words; `mine` marks the visitor's unit;
    `mark` stands behind the name, as HTML.
    """

    rank: int
    moved: int | None
    name: str
    href: str
    value: float
    text: str
    n: str = ""
    span: str = ""
    state: Standing = "none"
    low: float | None = None
    high: float | None = None
    goal: float | None = None
    why: str = ""
    compared: bool = True
    mine: bool = False
    mark: str = ""


def ranked_table(rows: Sequence[RankedRow], caption: str, heads: Sequence[str], figure: str) -> str:
    """The rows as HTML, as they come. `figure`: the key of the indicator that they show.

    `heads`: of rank, movement, unit, bar, value, n and possible ranks.
    """
    scale = max(
        [0.0, *(row.value for row in rows), *(row.high or 0.0 for row in rows), *(row.goal or 0.0 for row in rows)]
    )
    head = "".join(f'<th scope="col">{escape(name)}</th>' if name else "<td></td>" for name in heads)
    body = "".join(_row(row, scale or 1.0) for row in rows)
    return (
        f'<table class="ioc-bars ioc-ranked" data-figure="{figure}"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _row(row: RankedRow, scale: float) -> str:
    mark = ' class="ioc-mine"' if row.mine else ""
    state = ""
    if row.state != "none":
        state = f'<span class="ioc-{row.state}">{SHAPES[row.state]} {escape(standing_word(row.state))}</span>'
    moved = movement(row.moved, row.why) if row.compared else "–"
    return (
        f'<tr{mark}><td class="ioc-rank"><b>{row.rank}</b></td><td class="ioc-move">{moved}</td>'
        f'<th scope="row">{link(row.name, row.href)}{row.mark}</th><td class="ioc-track">{_bar(row, scale)}</td>'
        f'<td class="ioc-number"><b>{escape(row.text)}</b></td><td class="ioc-state">{state}</td>'
        f'<td class="ioc-number ioc-small">{escape(row.n)}</td>'
        f'<td class="ioc-span ioc-small">{escape(row.span)}</td></tr>'
    )


def _bar(row: RankedRow, scale: float) -> str:
    inner = f'<div class="ioc-bar ioc-fill-{row.state}" style="width:{_part(row.value, scale)}"></div>'
    if row.low is not None and row.high is not None:
        left, width = _part(row.low, scale), _part(row.high - row.low, scale)
        inner += f'<div class="ioc-whisker" style="left:{left};width:{width}"></div>'
    if row.goal is not None:
        inner += f'<div class="ioc-goal" style="left:{_part(row.goal, scale)}"></div>'
    return f"<div>{inner}</div>"


def movement(moved: int | None, why: str = "") -> str:
    """Ranks gained or lost: ▲2, ▼1, =, or "new" when not ranked before, with words for a screen reader; HTML.

    `why`: the movement taken apart, where that is known; it stands in the tip.
    """
    if moved is None:
        return f'<span class="ioc-moved">{escape(_("new"))}</span>'
    if moved == 0:
        words = why or _("unchanged")
        return f'<span class="ioc-moved" title="{escape(words)}"><span aria-hidden="true">=</span>{_said(words)}</span>'
    words = why or (_("up {n}", n=moved) if moved > 0 else _("down {n}", n=-moved))
    shape = "▲" if moved > 0 else "▼"
    seen = f'<span aria-hidden="true">{shape}{abs(moved)}</span>'
    return f'<span class="ioc-moved" title="{escape(words)}">{seen}{_said(words)}</span>'


def _said(words: str) -> str:
    return f'<span class="ioc-hidden">{escape(words)}</span>'


def _part(value: float, scale: float) -> str:
    return f"{max(0.0, min(value / scale, 1.0)) * 100:.2f}%"
