"""The index of Decision 766/QĐ-TTg as it is taken away, and the words that page and file share."""

import polars as pl

from exports.viewed import Table
from metrics import Index766, Indicator, catalogue
from metrics._index766 import Component, Group
from pages import _format
from pages._language import _, language
from pages._live import Live
from pages._names import indicator_name
from pages._taken import Columns, table_of


def indicators_of(found: Index766) -> list[Indicator]:
    """The indicators that its criteria are measured by."""
    keys = [component.criterion.indicator for group in found.groups for component in group.components]
    return [catalogue()[key] for key in dict.fromkeys(keys) if key]


def index_tables(found: Index766, here: Live) -> list[Table]:
    """A row for each group with the total below, and a row for each criterion."""
    groups: Columns = {
        "group": (pl.String, _("Group")),
        "score": (pl.Float64, _("Score")),
        "of": (pl.Int64, _("Of points with data")),
        "points": (pl.Int64, _("Of all points")),
    }
    scores = [(group_name(group), group.score, group.of, group.points) for group in found.groups]
    whole = sum(group.points for group in found.groups)
    criteria: Columns = {
        "group": (pl.String, _("Group")),
        "criterion": (pl.String, _("Criterion")),
        "indicator": (pl.String, _("Indicator")),
        "rate": (pl.Float64, _("Rate")),
        "numerator": (pl.Float64, _("Numerator")),
        "denominator": (pl.Float64, _("Denominator")),
        "score": (pl.Float64, _("Score")),
        "points": (pl.Int64, _("Of points")),
        "full_from": (pl.Float64, _("Full points from")),
        "missing": (pl.String, _("Missing because")),
        "differs": (pl.String, _("Note")),
    }
    rows = [_row(group, component, here) for group in found.groups for component in group.components]
    return [
        table_of(_("Groups"), [*scores, (_("Total"), found.score, found.of, whole)], groups),
        table_of(_("Criteria"), rows, criteria, ["rate", "full_from"]),
    ]


def _row(group: Group, component: Component, here: Live) -> tuple[object, ...]:
    criterion, known = component.criterion, catalogue().get(component.criterion.indicator or "")
    return (
        group_name(group),
        criterion_name(component),
        indicator_name(known, here.today) if known else None,
        component.value,
        component.numerator,
        component.denominator,
        component.score,
        criterion.points,
        float(criterion.full_from),
        missing_because(component) if component.score is None else None,
        (criterion.differs_vi if language() == "vi" else criterion.differs) or None,
    )


def group_name(group: Group) -> str:
    """A group's name in the visitor's language."""
    return group.name_vi if language() == "vi" else group.name


def criterion_name(component: Component) -> str:
    """A criterion's number and name in the visitor's language."""
    criterion = component.criterion
    return f"{criterion.number} {criterion.name_vi if language() == 'vi' else criterion.name}"


def missing_because(component: Component) -> str:
    """Why a criterion has no score."""
    return _("the centre has no source") if component.missing == "no_source" else _format.nothing()
