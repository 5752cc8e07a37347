"""The figures of the articles as they are taken away, and the words that page and file share."""

from collections.abc import Sequence

import polars as pl

from exports.viewed import Table
from metrics import Article, Compared, catalogue
from pages import _format
from pages._goals import SIGNS
from pages._language import _, language
from pages._names import indicator_name
from pages._taken import table_of


def articles_table(found: Sequence[tuple[Article, Compared]], name: str) -> Table:
    """A row for each published figure."""
    columns = {
        "place": (pl.String, _("Locality")),
        "figure": (pl.String, _("Figure")),
        "indicator": (pl.String, _("Indicator")),
        "published": (pl.String, _("Published")),
        "value": (pl.Float64, _("Computed")),
        "numerator": (pl.Float64, _("Numerator")),
        "denominator": (pl.Float64, _("Denominator")),
        "agrees": (pl.String, _("State")),
        "words": (pl.String, _("In words")),
        "system": (pl.String, _("Comes from")),
        "period_from": (pl.Date, _("From")),
        "period_to": (pl.Date, _("To")),
    }
    rated = [article.percent for article, _ours in found]
    return table_of(name, [_row(article, ours) for article, ours in found], columns, ["value"], rated)


def _row(article: Article, ours: Compared) -> tuple[object, ...]:
    spoken = language() == "vi"
    indicator = catalogue().get(article.indicator)
    return (
        article.place,
        article.indicator_vi if spoken else article.indicator_en,
        indicator_name(indicator, article.period_to) if indicator else None,
        published(article),
        ours.value,
        ours.numerator if ours.denominator else None,
        ours.denominator or None,
        _("target") if article.how == "target" and ours.ok else agreement()[ours.ok],
        (ours.words_vi if spoken else ours.words) or None,
        source_words(ours.system),
        article.period_from,
        article.period_to,
    )


def agreement() -> dict[bool | None, str]:
    """Whether the computed figure is the published one, in words."""
    return {True: _("agrees"), False: _("differs"), None: _("cannot be computed")}


def published(article: Article) -> str:
    """As printed: the parts where they were given, the value with its comparator."""
    sign = "" if article.comparator == "=" else f"{SIGNS.get(article.comparator, article.comparator)} "
    value = float(article.value)
    digits = 0 if value == int(value) else len(article.value.rpartition(".")[2])
    percent = (_format.NBSP if language() == "vi" else "") + "%" if article.percent else ""
    parts = ""
    if article.numerator and article.denominator:
        parts = f"{_format.number(float(article.numerator))} / {_format.number(float(article.denominator))} = "
    return f"{parts}{sign}{_format.number(value, digits)}{percent}"


def source_words(system: str) -> str:
    """The dialects that a figure comes from, in words."""
    words = {
        "dvcqg": _("one-stop system"),
        "opencps": _("one-stop system (OpenCPS)"),
        "qlvb": _("document management"),
        "edxml": _("document axis"),
        "bigbluebutton": _("video conference"),
        "pexip": _("video conference"),
        "janus": _("video conference"),
        "bridge_points": _("register of bridge points"),
        "returns": _("statistical return"),
        "targets": _("targets on record"),
    }
    parts = [part for part in system.replace("+", " ").replace(",", " ").split() if part]
    return ", ".join(dict.fromkeys(words.get(part, part) for part in parts))
