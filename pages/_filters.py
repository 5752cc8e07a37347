"""What a visitor chose: indicator, period and more, in plain text in the URL and checked; the form that changes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from metrics import Indicator, Period, catalogue
from pages import _format
from pages._address import given
from pages._html import draw, escape
from pages._language import Language, _, language
from pages._links import about
from pages._names import indicator_definition, indicator_name
from pages._order import vietnamese_order
from pages._periods import (
    COMPARISONS,
    TO_TODAY,
    calendar_name,
    calendar_names,
    comparison_names,
    neighbours,
    period_to_today,
    to_today_names,
)
from pages._units import Units

_SHOWN_VALUES = 45
_LONGEST_SEARCH = 100
_LONGEST_TOLD = 60


@dataclass
class Choices:
    """The query string, read value by value; `problems` collects a sentence for each value that is none.

    `given`: the query string; of the visit, unless somebody else asks, such as a download.
    """

    today: date
    problems: list[str] = field(default_factory=list)
    given: Mapping[str, str] = field(default_factory=given)

    def one_of(self, name: str, allowed: Mapping[str, str] | Sequence[str], default: str, what: str) -> str:
        """The value of a parameter; `default` when it is missing, or not allowed (then a problem is noted).

        `what`: the kind of thing, for the message.
        """
        wanted = self.given.get(name, "")
        if not wanted or wanted in allowed:
            return wanted or default
        right = [value for value in allowed if value]
        listed = ", ".join(right[:_SHOWN_VALUES]) + (" …" if len(right) > _SHOWN_VALUES else "")
        problem = _(
            "There is no {what} “{wanted}”. Right values: {right}.", what=what, wanted=told(wanted), right=listed
        )
        self.problems.append(problem)
        return default

    def text(self, name: str) -> str:
        """The words of a parameter as they are, cut at a length that no search needs."""
        return self.given.get(name, "").strip()[:_LONGEST_SEARCH]

    def indicator(self, default: str = "online_dossier_rate") -> Indicator:
        """The indicator of the parameter `indicator`."""
        return catalogue()[self.one_of("indicator", indicators_by_name(self.today), default, _("indicator"))]

    def period(self) -> tuple[str, Period]:
        """The chosen period with its name: one of TO_TODAY, a name of the calendar as `Period.parse` reads it, or
        "custom" with the days of `from` and `to`."""
        first, last = self.given.get("from"), self.given.get("to")
        if first or last:
            period = self._from_to(first, last)
            return ("custom", period) if period else ("year", period_to_today("year", self.today))
        name = self.given.get("period") or "year"
        if name in TO_TODAY:
            return name, period_to_today(name, self.today)
        try:
            period = Period.parse(name)
        except ValueError:
            self.problems.append(
                _(
                    "There is no {what} “{wanted}”. Right values: {right}.",
                    what=_("period"),
                    wanted=told(name),
                    right=", ".join([*TO_TODAY, *calendar_names(self.today), "2021-01-01..2021-06-30"]),
                )
            )
            return "year", period_to_today("year", self.today)
        return ("custom" if ".." in period.name() else period.name()), period

    def unit(self, units: Units) -> tuple[dict[str, str], str]:
        """Code to label of all units, the root first, and the one of the parameter `unit`; "" where there is none."""
        root = next((unit.code for unit in units.roots()), "")
        labels = units.labels(root)
        return labels, self.one_of("unit", labels, root, _("unit")) if labels else ""

    def comparison(self) -> str:
        """What to compare with: one of COMPARISONS."""
        return self.one_of("compare", COMPARISONS, "previous", _("comparison"))

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
                    text=told(text),
                    example=self.today,
                )
            )
            return None


def told(wrong: str) -> str:
    """A wrong value of an address as a message names it: cut where it is long, without letters that nobody can see."""
    seen = "".join(letter if letter.isprintable() else "�" for letter in wrong[:_LONGEST_TOLD])
    return seen + "…" if len(wrong) > _LONGEST_TOLD else seen


def definition(indicator: Indicator, day: date) -> str:
    """What the indicator means on a local day, and what defines it, as HTML with a link to all that is known of it."""
    source = _("Source: {source}.", source=indicator.source)
    more = about(indicator.key, _("Definition, formula, changes"))
    return (
        f'<p class="ioc-note">{escape(indicator_definition(indicator, day))} <span>{escape(source)}</span> {more}</p>'
    )


def indicator_field(chosen: str, day: date) -> str:
    """The list of all indicators, as HTML; sorted by name, named as on a local day."""
    return select("indicator", _("Indicator"), indicators_by_name(day), chosen, "ioc-broad")


def period_fields(name: str, period: Period, today: date) -> str:
    """The choice of the period with a step back and forth, and two days when it is the visitor's own, as HTML."""
    days = (
        f'<label>{escape(label)}<input type="date" name="{key}" value="{value.isoformat()}" required></label>'
        for key, label, value in (("from", _("From"), period.start), ("to", _("To"), period.end))
    )
    shown = "".join(days) + f'<button type="submit">{escape(_("Show"))}</button>'
    own = shown if name == "custom" else f"{hidden('from', str(period.start))}{hidden('to', str(period.end))}"
    options = {
        **to_today_names(),
        **calendar_names(min(period.end, today) if period.start <= today else period.start),
        **({name: calendar_name(period)} if name not in (*TO_TODAY, "custom") else {}),
        "custom": _("From – to …"),
    }
    before, after = neighbours(name, period)
    chooser = select("period", _("Period"), options, name)
    steps = _step(before, "‹", _("Back to {period}")) + (
        _step(after, "›", _("On to {period}")) if after.start <= today else ""
    )
    return f'<span class="ioc-steps">{chooser}{steps}</span>{own}'


def _step(period: Period, sign: str, words: str) -> str:
    said = escape(words.format(period=calendar_name(period)))
    return (
        f'<button type="submit" name="step" value="{period.name()}" aria-label="{said}" title="{said}">{sign}</button>'
    )


def comparison_field(chosen: str) -> str:
    """What to compare with, as HTML."""
    return select("compare", _("Compared with"), comparison_names(), chosen)


def select(name: str, label: str, options: Mapping[str, str], chosen: str, css_class: str = "") -> str:
    """A labelled list, as HTML: value to text."""
    inner = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in options.items()
    )
    return f'<label class="{css_class}">{escape(label)}<select name="{name}">{inner}</select></label>'


def text_field(name: str, label: str, value: str) -> str:
    """A labelled line to write into, with its button, as HTML."""
    line = f'<input type="search" name="{name}" value="{escape(value)}" autocomplete="off">'
    return f'<label>{escape(label)}{line}</label><button type="submit">{escape(_("Search"))}</button>'


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


def indicators_by_name(day: date) -> Mapping[str, str]:
    """Key to name of every indicator, in Vietnamese order of the names, with the words of a local day."""
    return _indicators_by_name(day, language())


@lru_cache(maxsize=64)
def _indicators_by_name(day: date, _spoken: Language) -> Mapping[str, str]:
    named = {key: indicator_name(indicator, day) for key, indicator in catalogue().items()}
    return MappingProxyType(dict(sorted(named.items(), key=lambda item: vietnamese_order(item[1]))))
