"""A figure taken apart as a table whose rows add up to the whole, and say so; every row and the whole can be opened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from metrics import Indicator
from pages import _format
from pages._badges import SHAPES, Standing, standing_word
from pages._language import _
from pages._links import link
from pages._small import hidden_word, rule
from pages.analysts._asked import HIDDEN, Figure
from pages.analysts._place import Part, Place, adds_up, denominators_add_up

_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What surrounds the rows.

    `link_to`: the address of a place; `records_of`: those of the lists of its numerator and denominator (empty: none);
    `whole_links`: names and addresses under which the whole is opened; `compared`: by a part's code what it is held
    against.
    """

    caption: str
    head: str
    whole_name: str
    whole_place: Place
    whole_links: Sequence[tuple[str, str]]
    link_to: Callable[[Place], str]
    records_of: Callable[[Place], tuple[str, str]]
    state: Callable[[Part], Standing]
    compared: dict[str, float | None]
    compared_head: str


def parts_table(parts: Sequence[Part], whole: Figure, indicator: Indicator, frame: Frame) -> str:
    """The parts as HTML with their sum in the last line; of more than 200 the rest is one row, so that it adds up."""
    rows = complete(parts, whole, indicator)
    shown = _shortened(rows, indicator)
    scale = max([0.0, *(abs(_height(row, indicator)) for row in shown if row.figure.value is not None)]) or 1.0
    body = "".join(_row(row, whole, indicator, scale, frame) for row in shown)
    heads = f'<th scope="col">{escape(frame.head)}</th><td class="ioc-barhead"></td>'
    heads += "".join(f'<th scope="col" class="ioc-number">{escape(name)}</th>' for name in _heads(indicator, frame))
    return (
        f'<p class="ioc-note">{escape(frame.caption)}</p>'
        f'<div class="ioc-wide" data-figure="{indicator.key}">'
        f'<table class="ioc-parts" aria-label="{escape(frame.caption)}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody>{_foot(rows, whole, indicator, frame)}</table></div>"
        f'<p class="ioc-note">{escape(statement(rows, whole, frame.whole_name, indicator))}'
        f"{_opened_whole(frame)}</p>"
    )


def complete(parts: Sequence[Part], whole: Figure, indicator: Indicator) -> list[Part]:
    """The parts, and what the whole has beyond them where they should add up and nothing is hidden."""
    if whole.hidden or any(part.figure.hidden for part in parts):
        return list(parts)
    beyond = whole.numerator - sum(part.figure.numerator for part in parts)
    under = None
    if whole.denominator is not None:
        under = whole.denominator - sum(part.figure.denominator or 0.0 for part in parts)
    lacking = round(beyond, 6) or (denominators_add_up(indicator) and round(under or 0.0, 6))
    if not adds_up(indicator) or not lacking:
        return list(parts)
    value = beyond if under is None else beyond / under if under else None
    return [*parts, Part("", _("units dissolved or moved within the period"), Figure(beyond, under, value))]


def _shortened(rows: list[Part], indicator: Indicator) -> list[Part]:
    """At most 200 rows, the last of them all the rest."""
    if len(rows) <= _SHOWN:
        return rows
    rest = rows[_SHOWN - 1 :]
    name = _("{n} more", n=_format.number(len(rest)))
    return [*rows[: _SHOWN - 1], Part("", name, sum_of(rest, indicator))]


def sum_of(parts: Sequence[Part], indicator: Indicator) -> Figure:
    """The figure of several parts together; hidden as soon as one of them is."""
    if any(part.figure.hidden for part in parts):
        return HIDDEN
    numerator = sum(part.figure.numerator for part in parts)
    if indicator.denominator is None:
        return Figure(numerator, None, numerator)
    denominator = sum(part.figure.denominator or 0.0 for part in parts)
    return Figure(numerator, denominator, numerator / denominator if denominator else None)


def _heads(indicator: Indicator, frame: Frame) -> list[str]:
    counts = [_("Numerator"), _("Denominator")] if indicator.denominator else []
    return [_("Value"), *([frame.compared_head] if frame.compared else []), *counts, _("Share of the sum")]


def _height(part: Part, indicator: Indicator) -> float:
    return (part.figure.value or 0.0) if indicator.denominator else part.figure.numerator


def _row(part: Part, whole: Figure, indicator: Indicator, scale: float, frame: Frame) -> str:
    name = link(part.name, frame.link_to(part.place)) if part.place else f"<i>{escape(part.name)}</i>"
    state = frame.state(part)
    width = max(_height(part, indicator), 0.0) / scale
    bar = f'<div class="ioc-bar ioc-fill-{state}" style="width:{width:.2%}"></div>'
    records = frame.records_of(part.place) if part.place and not part.figure.hidden else ("", "")
    value = f"<b>{escape(figure_text(indicator, part.figure))}</b>"
    if not indicator.denominator:
        value = _opened(value, records[0], part.figure.numerator)
    cells = [state_mark(state) + value]
    if frame.compared:
        cells.append(escape(difference(indicator, part.figure.value, frame.compared.get(part.code))))
    cells += _counts(part.figure, whole, indicator, records)
    numbers = "".join(f'<td class="ioc-number">{cell}</td>' for cell in cells)
    return f'<tr><th scope="row">{name}</th><td class="ioc-track"><div>{bar}</div></td>{numbers}</tr>'


def state_mark(state: Standing) -> str:
    """The shape of a state, its word for those who do not see it; empty where there is none; HTML."""
    if state == "none":
        return ""
    word = escape(standing_word(state))
    inner = f'<span aria-hidden="true">{SHAPES[state]}</span><span class="ioc-hidden">{word}</span>'
    return f'<span class="ioc-{state}" title="{word}">{inner}</span> '


def difference(indicator: Indicator, value: float | None, other: float | None) -> str:
    """How far a value is from another one; a dash where one of them is none."""
    return "–" if value is None or other is None else _format.difference(indicator, value - other)


def _counts(figure: Figure, whole: Figure, indicator: Indicator, records: tuple[str, str]) -> list[str]:
    """Numerator and denominator (they open the records that they count) and the share of the whole, as HTML."""
    share = "–" if figure.hidden or whole.hidden else escape(_share(figure, whole))
    if not indicator.denominator:
        return [share]
    if figure.hidden:
        return ["–", "–", share]
    numerator = _opened(escape(_count(figure.numerator, indicator)), records[0], figure.numerator)
    return [numerator, _opened(escape(_count(figure.denominator, indicator)), records[1], figure.denominator), share]


def _opened(html: str, href: str, count: float | None) -> str:
    return f'<a href="{escape(href)}" target="_self" data-follow="1">{html}</a>' if href and count else html


def _foot(rows: Sequence[Part], whole: Figure, indicator: Indicator, frame: Frame) -> str:
    total, records = _total(rows, whole, indicator), frame.records_of(frame.whole_place)
    value = escape(figure_text(indicator, total))
    cells = [value if indicator.denominator else _opened(value, records[0], total.numerator)]
    cells += [""] if frame.compared else []
    cells += _counts(total, whole, indicator, records)
    numbers = "".join(f'<td class="ioc-number">{cell}</td>' for cell in cells)
    name = escape(_("Sum of the rows"))
    return f'<tfoot><tr><th scope="row">{name}</th><td class="ioc-track"></td>{numbers}</tr></tfoot>'


def _total(rows: Sequence[Part], whole: Figure, indicator: Indicator) -> Figure:
    """The sum of the rows; of hidden ones it is the whole's, which is known beside them."""
    total = sum_of(rows, indicator)
    return whole if total.hidden else total


def figure_text(indicator: Indicator, figure: Figure) -> str:
    """A figure's value as written, or that it is hidden."""
    return hidden_word() if figure.hidden else _format.figure(indicator, figure.value)


def _opened_whole(frame: Frame) -> str:
    """What else the whole can be opened as."""
    links = " · ".join(link(name, href) for name, href in frame.whole_links)
    return f" {escape(_('Open the whole:'))} {links}" if links else ""


def statement(rows: Sequence[Part], whole: Figure, name: str, indicator: Indicator) -> str:
    """Whether the rows add up to the whole, in a sentence."""
    total = sum_of(rows, indicator)
    if total.hidden or whole.hidden:
        return rule()
    if round(total.numerator - whole.numerator, 6):
        words = _(
            "Counted distinct: the rows do not add up to the {n} of {name}, since one thing may stand in several rows."
        )
        return words.format(n=_count(whole.numerator, indicator), name=name)
    if whole.denominator is not None and round((total.denominator or 0.0) - whole.denominator, 6):
        words = _(
            "The numerators add up to the {n} of {name}; the denominators ({d}) do not, since each row counts its own procedures."  # noqa: E501
        )
        return words.format(n=_count(whole.numerator, indicator), name=name, d=_count(whole.denominator, indicator))
    return _("The rows add up to the {n} of {name}.", n=counted(whole, indicator), name=name)


def counted(figure: Figure, indicator: Indicator) -> str:
    """Numerator and denominator as written: 59.083 / 110.926; a count alone."""
    if figure.hidden:
        return hidden_word()
    numerator = _count(figure.numerator, indicator)
    return numerator if figure.denominator is None else f"{numerator} / {_count(figure.denominator, indicator)}"


def _count(value: float | None, indicator: Indicator) -> str:
    return _format.number(value or 0.0, 1 if indicator.form == "hours" else 0)


def _share(figure: Figure, whole: Figure) -> str:
    return _format.percent(figure.numerator / whole.numerator) if whole.numerator else "–"
