"""A figure taken apart as a table whose rows add up to the whole, and say so."""

from collections.abc import Callable, Sequence
from html import escape

from metrics import Indicator
from pages import _format
from pages._badges import SHAPES, Standing, standing_word
from pages._language import _
from pages._links import link
from pages.analysts._asked import Figure
from pages.analysts._place import Part, adds_up

_SHOWN = 200


def parts_table(
    parts: Sequence[Part],
    whole: Figure,
    whole_name: str,
    indicator: Indicator,
    *,
    caption: str,
    head: str,
    href: Callable[[Part], str],
    state: Callable[[Part], Standing],
) -> str:
    """The parts as HTML with their sum in the last line; of more than 200 the rest is one row, so that it adds up."""
    rows = _complete(parts, whole, indicator)
    scale = max([0.0, *(abs(_height(row, indicator)) for row in rows if row.figure.value is not None)]) or 1.0
    body = "".join(_row(row, whole, indicator, scale, href(row) if row.code else "", state(row)) for row in rows)
    names = (
        (_("Value"), _("Numerator"), _("Denominator"), _("Share of the sum"))
        if indicator.denominator
        else (_("Value"), _("Share of the sum"))
    )
    heads = f'<th scope="col">{escape(head)}</th><td class="ioc-barhead"></td>'
    heads += "".join(f'<th scope="col" class="ioc-number">{escape(name)}</th>' for name in names)
    return (
        f'<p class="ioc-note">{escape(caption)}</p>'
        f'<div class="ioc-wide" data-figure="{indicator.key}">'
        f'<table class="ioc-parts" aria-label="{escape(caption)}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody>{_foot(rows, whole, indicator)}</table></div>"
        f'<p class="ioc-note">{escape(_statement(rows, whole, whole_name, indicator))}</p>'
    )


def _complete(parts: Sequence[Part], whole: Figure, indicator: Indicator) -> list[Part]:
    """At most 200 rows, then the rest; and what the whole has beyond its parts, where the parts should add up."""
    shown = list(parts)
    if len(shown) > _SHOWN:
        rest = shown[_SHOWN - 1 :]
        name = _("{n} more", n=_format.number(len(rest)))
        shown = [*shown[: _SHOWN - 1], Part("", name, _sum([part.figure for part in rest], indicator))]
    beyond = whole.numerator - sum(part.figure.numerator for part in shown)
    if adds_up(indicator) and round(beyond, 6):
        under = None
        if whole.denominator is not None:
            under = whole.denominator - sum(part.figure.denominator or 0.0 for part in shown)
        value = beyond if under is None else beyond / under if under else None
        shown.append(Part("", _("units dissolved or moved within the period"), Figure(beyond, under, value)))
    return shown


def _sum(figures: Sequence[Figure], indicator: Indicator) -> Figure:
    numerator = sum(figure.numerator for figure in figures)
    if indicator.denominator is None:
        return Figure(numerator, None, numerator)
    denominator = sum(figure.denominator or 0.0 for figure in figures)
    return Figure(numerator, denominator, numerator / denominator if denominator else None)


def _height(part: Part, indicator: Indicator) -> float:
    return (part.figure.value or 0.0) if indicator.denominator else part.figure.numerator


def _row(part: Part, whole: Figure, indicator: Indicator, scale: float, href: str, state: Standing) -> str:
    name = link(part.name, href) if href else f"<i>{escape(part.name)}</i>"
    width = max(_height(part, indicator), 0.0) / scale
    bar = f'<div class="ioc-bar ioc-fill-{state}" style="width:{width:.2%}"></div>'
    shape = ""
    if state != "none":
        word = escape(standing_word(state))
        inner = f'<span aria-hidden="true">{SHAPES[state]}</span><span class="ioc-hidden">{word}</span>'
        shape = f'<span class="ioc-{state}" title="{word}">{inner}</span> '
    cells = [f"{shape}<b>{escape(_format.figure(indicator, part.figure.value))}</b>"]
    cells += [escape(cell) for cell in _counts(part.figure, whole, indicator)]
    numbers = "".join(f'<td class="ioc-number">{cell}</td>' for cell in cells)
    return f'<tr><th scope="row">{name}</th><td class="ioc-track"><div>{bar}</div></td>{numbers}</tr>'


def _counts(figure: Figure, whole: Figure, indicator: Indicator) -> list[str]:
    parts = (
        [_count(figure.numerator, indicator), _count(figure.denominator, indicator)] if indicator.denominator else []
    )
    return [*parts, _share(figure, whole)]


def _foot(rows: Sequence[Part], whole: Figure, indicator: Indicator) -> str:
    total = _sum([row.figure for row in rows], indicator)
    cells = [_format.figure(indicator, total.value), *_counts(total, whole, indicator)]
    numbers = "".join(f'<td class="ioc-number">{escape(cell)}</td>' for cell in cells)
    name = escape(_("Sum of the rows"))
    return f'<tfoot><tr><th scope="row">{name}</th><td class="ioc-track"></td>{numbers}</tr></tfoot>'


def _statement(rows: Sequence[Part], whole: Figure, name: str, indicator: Indicator) -> str:
    total = _sum([row.figure for row in rows], indicator)
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
    numerator = _count(figure.numerator, indicator)
    return numerator if figure.denominator is None else f"{numerator} / {_count(figure.denominator, indicator)}"


def _count(value: float | None, indicator: Indicator) -> str:
    return _format.number(value or 0.0, 1 if indicator.form == "hours" else 0)


def _share(figure: Figure, whole: Figure) -> str:
    return _format.percent(figure.numerator / whole.numerator) if whole.numerator else "–"
