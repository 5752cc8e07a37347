"""The figure of Explore beside its parent, its peers and its own past."""

from metrics import KINDS, Period, counts_of, hidden_parts
from pages import _format
from pages._badges import standing_word
from pages._goals import goal_text
from pages._html import remark
from pages._language import _
from pages._names import indicator_name
from pages._periods import period_text
from pages._small import hidden_word
from pages._tiles import Tile
from pages._trend import Point, trend_chart
from pages.analysts._asked import HIDDEN, Figure
from pages.analysts._compare import change_text, compared_text
from pages.analysts._parts import counted, figure_text
from pages.analysts._place import Place, figure_at, month_name, months_until
from pages.analysts._view import View
from pages.units._view import ranked
from store.reads import Target


def sentence(view: View, whole: Figure) -> str:
    """The figure in one sentence."""
    if whole.empty:
        return _("{place}: nothing happened in this period.", place=view.name())
    said = f"{view.name()}: {figure_text(view.indicator, whole)}"
    state, target = view.state(view.place, whole.value), view.target(view.place)
    if target and state != "none":
        said += f", {standing_word(state)} ({_target_text(target)})"
    return said + "."


def periods(view: View) -> str:
    """The period and what it is compared with, as HTML."""
    return remark(compared_text(view))


def _target_text(target: Target) -> str:
    return _("target {target}", target=goal_text(target))


def headlines(view: View, whole: Figure) -> list[Tile]:
    """The figure, its parent's, its share of that, and its rank: four at most."""
    target = view.target(view.place)
    publication, read_at = view.asked.publication, view.here.read_at
    own = Tile(
        figure=view.indicator.key,
        name=indicator_name(view.indicator, view.period.end),
        value=figure_text(view.indicator, whole),
        state=view.state(view.place, whole.value),
        target=_target_text(target) if target else "",
        change=change_text(view, whole.value),
        n=counted(whole, view.indicator) if whole.denominator is not None or whole.hidden else period_text(view.period),
        data_time=_("data as of {time}", time=_format.moment(publication.published_at if publication else read_at)),
    )
    return [own, *_beside_parent(view, whole), *_among_peers(view)]


def _beside_parent(view: View, whole: Figure) -> list[Tile]:
    place = view.place
    above = Place(place.unit) if place.field or place.procedure else None
    if above is None:
        parent = view.units.by_code[place.unit].parent_code
        above = Place(parent) if parent and parent in view.units.by_code else None
    if above is None:
        return []
    figure = view.figure(above)
    share = _format.percent(whole.numerator / figure.numerator) if figure.numerator else _format.nothing()
    if whole.hidden or figure.hidden:
        share = hidden_word()
    name = view.units.label(above.unit)
    there = Tile(
        figure=view.indicator.key,
        name=name,
        value=figure_text(view.indicator, figure),
        n=counted(figure, view.indicator),
        state=view.state(above, figure.value),
    )
    return [
        there,
        Tile(figure=view.indicator.key, name=_("Share of {unit}", unit=name), value=share, n=_("of the numerator")),
    ]


def _among_peers(view: View) -> list[Tile]:
    unit = view.units.by_code[view.place.unit]
    if view.place.field or view.place.procedure or unit.kind not in KINDS[1:] or not view.asked.plain:
        return []
    if view.hidden(view.place):
        return []
    found = ranked(view.here, view.indicator.key, unit.kind, view.period)
    row = found.filter(found["unit"] == unit.code).row(0, named=True)
    name = _("Rank among its peers")
    if row["rank"] is None:
        return [Tile(figure=view.indicator.key, name=name, value="–", n=_("not ranked"))]
    low, high = row["rank_low"], row["rank_high"]
    span = _("rank {low}–{high}", low=low, high=high) if low and low != high else ""
    return [
        Tile(
            figure=view.indicator.key,
            name=name,
            value=str(row["rank"]),
            unit=f"/ {found['rank'].count()}",
            n=_("possible: {span}", span=span) if span else "",
        )
    ]


def trend(view: View) -> str:
    """Twelve months to the period's end, as HTML."""
    target = view.target(view.place) if view.indicator.form == "rate" else None
    goal = goal_text(target) if target else ""
    return trend_chart(trend_points(view), target.value if target else None, goal, trend_text(view), view.indicator.key)


def trend_points(view: View) -> list[Point]:
    """The value of each of the twelve months."""
    points = []
    for month, figure in months_of(view):
        text = figure_text(view.indicator, figure)
        points.append(Point(month=month_name(month), value=figure.value, text=text, n=counted(figure, view.indicator)))
    return points


def months_of(view: View) -> list[tuple[Period, Figure]]:
    """The twelve months with their figures; those within the period are parts of it as units are of a province."""
    months = months_until(view.period.end)
    figures = [view.figure(view.place, month) for month in months]
    if not view.asked.hides:
        return list(zip(months, figures, strict=True))
    inside = [place for place, month in enumerate(months) if month.start >= view.period.start]
    raw = (figure_at(view.asked, view.place, months[place]) for place in inside)
    chosen = hidden_parts(
        [counts_of(view.indicator.form, figure.numerator, figure.denominator) for figure in raw],
        whole_hidden=view.hidden(view.place),
        already=[figures[place].hidden for place in inside],
    )
    for place, one in zip(inside, chosen, strict=True):
        figures[place] = HIDDEN if one else figures[place]
    return list(zip(months, figures, strict=True))


def trend_text(view: View) -> str:
    """What the line shows, in a sentence."""
    return _(
        "{indicator}, {place}, twelve months to {day}",
        indicator=indicator_name(view.indicator, view.period.end),
        place=view.name(),
        day=_format.day(view.period.end),
    )
