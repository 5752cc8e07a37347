"""What the index of Decision 766/QĐ-TTg means: its criteria, their points, and what of them the centre measures."""

from datetime import date

import polars as pl

from exports.viewed import Table
from metrics import catalogue
from metrics._criteria766 import CRITERIA, Criterion
from pages import _format
from pages._address import address
from pages._html import escape, table
from pages._language import _, language
from pages._links import about, link
from pages._names import indicator_name

KEY = "index766"


def index_name() -> str:
    """What the index is called."""
    return _("Index 766: quality of service to people and businesses")


def index_definition() -> str:
    """The one sentence that defines it."""
    return _(
        "Sum of the points of six groups of criteria; a criterion has its points in proportion to its rate, and full points from a given rate on. A criterion without data is left out of the sum and of the points that it is of."  # noqa: E501
    )


def index_source() -> str:
    """The decision that defines it."""
    return _("Decision 766/QĐ-TTg of 23/06/2022")


def index_card(today: date) -> str:
    """All criteria with their points, and where the figures are; HTML."""
    rows = [
        _row(criterion, group.name_vi if language() == "vi" else group.name, today)
        for group in CRITERIA
        for criterion in group.criteria
    ]
    head = [_("Criterion"), _("Group"), _("Points"), _("Full points from"), _("Indicator"), _("Points taken from")]
    facts = {_("Definition"): escape(index_definition()), _("Source of the definition"): escape(index_source())}
    told = "".join(f"<dt>{escape(term)}</dt><dd>{said}</dd>" for term, said in facts.items())
    return (
        f'<section class="ioc-definition" data-definition="{KEY}"><h2>{escape(index_name())}</h2><dl>{told}</dl>'
        f"{table(head, rows)}<p>{escape(_('See its figures'))}: "
        f"{link(_('Index 766'), address('index766'))}</p></section>"
    )


def index_table(today: date) -> Table:
    """The same criteria as a table to be taken away."""
    rows = [
        _taken(criterion, group.name_vi if _spoken() else group.name, today)
        for group in CRITERIA
        for criterion in group.criteria
    ]
    heads = {
        "criterion": _("Criterion"),
        "differs": _("Note"),
        "group": _("Group"),
        "points": _("Points"),
        "full_from": _("Full points from"),
        "indicator": _("Indicator"),
        "points_from": _("Points taken from"),
    }
    types = dict.fromkeys(heads, pl.String) | {"points": pl.Int64, "full_from": pl.Float64}
    frame = pl.DataFrame(rows, schema=types, orient="row")
    return Table(name=_("Criteria"), frame=frame, heads=heads, rates=frozenset({"full_from"}))


def _taken(criterion: Criterion, group: str, today: date) -> tuple[object, ...]:
    known = catalogue().get(criterion.indicator or "")
    return (
        _name(criterion),
        (criterion.differs_vi if _spoken() else criterion.differs) or None,
        group,
        criterion.points,
        float(criterion.full_from),
        indicator_name(known, today) if known else _("the centre has no source"),
        _origins()[criterion.points_from],
    )


def _spoken() -> bool:
    return language() == "vi"


def _name(criterion: Criterion) -> str:
    return f"{criterion.number} {criterion.name_vi if _spoken() else criterion.name}"


def _origins() -> dict[str, str]:
    return {"reported": _("press reports of the decision"), "transcribed": _("programs reconciled with the portal")}


def _row(criterion: Criterion, group: str, today: date) -> list[str]:
    differs = criterion.differs_vi if _spoken() else criterion.differs
    below = f'<br><span class="ioc-small">{escape(differs)}</span>' if differs else ""
    known = catalogue().get(criterion.indicator or "")
    return [
        f"{escape(_name(criterion))}{below}",
        escape(group),
        _format.number(criterion.points),
        escape(_format.short_percent(float(criterion.full_from))),
        about(known.key, indicator_name(known, today)) if known else escape(_("the centre has no source")),
        escape(_origins()[criterion.points_from]),
    ]
