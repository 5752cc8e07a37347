"""What a visitor chose: indicator, period and more, in plain text in the URL and checked; the form that changes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import streamlit as st

from metrics import Indicator, Period, catalogue
from pages import _format
from pages._html import draw, escape
from pages._language import _, language
from pages._order import vietnamese_order

_SHOWN_VALUES = 45
_MONTHS_OF_QUARTER = 3
PERIODS = ("year", "month", "4weeks", "quarter")


@dataclass
class Choices:
    """The query string, read value by value; `problems` collects a sentence for each value that is none."""

    today: date
    problems: list[str] = field(default_factory=list)

    def one_of(self, name: str, allowed: Mapping[str, str] | Sequence[str], default: str, what: str) -> str:
        """The value of a parameter; `default` when it is missing, or not allowed (then a problem is noted).

        `what`: the kind of thing, for the message.
        """
        wanted = st.query_params.get(name, "")
        if not wanted or wanted in allowed:
            return wanted or default
        right = [value for value in allowed if value]
        listed = ", ".join(right[:_SHOWN_VALUES]) + (" …" if len(right) > _SHOWN_VALUES else "")
        problem = _("There is no {what} “{wanted}”. Right values: {right}.", what=what, wanted=wanted, right=listed)
        self.problems.append(problem)
        return default

    def indicator(self, default: str = "online_dossier_rate") -> Indicator:
        """The indicator of the parameter `indicator`."""
        return catalogue()[self.one_of("indicator", _by_name(), default, _("indicator"))]

    def period(self) -> tuple[str, Period]:
        """The chosen period with its name: one of PERIODS, or "custom" with the days of `from` and `to`."""
        first, last = st.query_params.get("from"), st.query_params.get("to")
        if first or last:
            period = self._from_to(first, last)
            return ("custom", period) if period else ("year", named_period("year", self.today))
        name = self.one_of("period", PERIODS, "year", _("period"))
        return name, named_period(name, self.today)

    def _from_to(self, first: str | None, last: str | None) -> Period | None:
        start = self._day("from", first) if first else date(self.today.year, 1, 1)
        end = self._day("to", last) if last else self.today
        if start is None or end is None:
            return None
        if end < start:
            words = _(
                "The period ends on {to} before it starts on {from_}.", to=_format.day(end), from_=_format.day(start)
            )
            self.problems.append(words)
            return None
        return Period(start, end)

    def _day(self, name: str, text: str) -> date | None:
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.problems.append(
                _(
                    "“{name}={text}” is no day; write it as year-month-day, such as {example}.",
                    name=name,
                    text=text,
                    example=self.today,
                )
            )
            return None


def named_period(name: str, today: date) -> Period:
    """The period of a name of PERIODS that ends today."""
    starts = {
        "year": date(today.year, 1, 1),
        "month": today.replace(day=1),
        "quarter": date(today.year, (today.month - 1) // _MONTHS_OF_QUARTER * _MONTHS_OF_QUARTER + 1, 1),
    }
    return Period(starts[name], today) if name in starts else Period.ending(today, 28)


def period_names() -> dict[str, str]:
    """Value of the parameter `period` to its name."""
    return {
        "year": _("Year to date"),
        "quarter": _("This quarter"),
        "month": _("This month"),
        "4weeks": _("Last 4 weeks"),
        "custom": _("From – to …"),
    }


def period_text(period: Period) -> str:
    """01/01/2021 – 10/12/2021."""
    return f"{_format.day(period.start)} – {_format.day(period.end)}"


def indicator_name(indicator: Indicator) -> str:
    """The name in the visitor's language."""
    return indicator.name_vi if language() == "vi" else indicator.name


def definition(indicator: Indicator) -> str:
    """What the indicator means, and what defines it, as HTML."""
    sentence = indicator.definition_vi if language() == "vi" else indicator.definition
    source = _("Source: {source}.", source=indicator.source)
    return f'<p class="ioc-note">{escape(sentence)} <span>{escape(source)}</span></p>'


def indicator_field(chosen: str) -> str:
    """The list of all indicators, as HTML; sorted by name."""
    return select("indicator", _("Indicator"), _by_name(), chosen, "ioc-broad")


def period_fields(name: str, period: Period) -> str:
    """The choice of the period, with two days when it is the visitor's own, as HTML."""
    days = (
        f'<label>{escape(label)}<input type="date" name="{key}" value="{value.isoformat()}" required></label>'
        for key, label, value in (("from", _("From"), period.start), ("to", _("To"), period.end))
    )
    shown = "".join(days) + f'<button type="submit">{escape(_("Show"))}</button>'
    own = shown if name == "custom" else f"{hidden('from', str(period.start))}{hidden('to', str(period.end))}"
    return select("period", _("Period"), period_names(), name) + own


def select(name: str, label: str, options: Mapping[str, str], chosen: str, css_class: str = "") -> str:
    """A labelled list, as HTML: value to text."""
    inner = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in options.items()
    )
    return f'<label class="{css_class}">{escape(label)}<select name="{name}">{inner}</select></label>'


def hidden(name: str, value: str | None) -> str:
    """A choice that the form keeps without showing it."""
    return f'<input type="hidden" name="{name}" value="{escape(value)}">' if value else ""


def form(path: str, *fields: str) -> None:
    """Draw the filters of a page; pages/_links.py turns a change into the new address."""
    label, inner = escape(_("Filters")), "".join(fields)
    draw(f'<form class="ioc-filters" data-filters="1" action="{path}" method="get" aria-label="{label}">{inner}</form>')


def show_problems(problems: Sequence[str]) -> None:
    """Say which values of the address were wrong; the page goes on with its defaults."""
    if problems:
        said = "<br>".join(escape(problem) for problem in problems)
        draw(f'<div class="ioc-problem" role="alert">▲ {said} {escape(_("The usual view is shown instead."))}</div>')


def _by_name() -> dict[str, str]:
    named = {key: indicator_name(indicator) for key, indicator in catalogue().items()}
    return dict(sorted(named.items(), key=lambda item: vietnamese_order(item[1])))
