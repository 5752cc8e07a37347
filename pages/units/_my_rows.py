"""The unit's indicators as a compact list: a row each, a click opens it."""

from collections.abc import Sequence

from pages import _format
from pages._address import address
from pages._badges import standing_shape, standing_word
from pages._goals import goal_text
from pages._html import escape
from pages._language import _
from pages._links import link
from pages._live import Live
from pages._names import indicator_name
from pages._notes import note_mark
from pages._ranked import movement
from pages.units._mine import parts_in_words
from pages.units._my_view import Asked, Line


def href(asked: Asked, indicator: str, path: str = "my-unit") -> str:
    """The address of an indicator of this unit over the same period."""
    if asked.period_name == "custom":
        chosen = {"from_": asked.period.start.isoformat(), "to": asked.period.end.isoformat()}
    else:
        chosen = {"period": "" if asked.period_name == "year" else asked.period_name}
    return address(path, unit=asked.unit, indicator=indicator, **chosen)


def list_of_lines(here: Live, found: Sequence[Line], asked: Asked, opened: str) -> str:
    """The lines as HTML. `opened`: the key of the indicator that is shown already."""
    heads = [_("Indicator"), _("Rank"), _("Moved"), _("Value"), _("Target"), _("State")]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(_row(here, one, asked, opened) for one in found)
    caption = f"<caption>{escape(_('Targets first, the worst on top; touch one to open it.'))}</caption>"
    return (
        f'<div class="ioc-wide"><table class="ioc-table ioc-own ioc-lines">{caption}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(here: Live, one: Line, asked: Asked, opened: str) -> str:
    key, row = one.indicator.key, one.row
    current = key == opened
    name = link(indicator_name(one.indicator, asked.period.end), href(asked, key), current=current)
    name += note_mark(here, key, asked.unit, asked.period)
    state = _("no target set") if one.target is None else standing_word(one.state)
    cells = [
        escape(place_text(one)),
        _moved(one),
        f"<b>{escape(_format.figure(one.indicator, row['value']))}</b>",
        escape(_("target {target}", target=goal_text(one.target))) if one.target else "",
        standing_shape(one.state, state) if one.target else escape(state),
    ]
    mark = ' class="ioc-mine"' if current else ""
    return (
        f'<tr{mark} data-figure="{key}"><th scope="row">{name}</th>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
    )


def place_text(one: Line) -> str:
    """Hạng 7/10; not ranked."""
    if one.row["rank"] is None:
        return _("not ranked")
    return _("rank {rank}", rank=f"{one.row['rank']}/{len(one.now.ranked)}")


def _moved(one: Line) -> str:
    """The places gained or lost; over another time than the period with that time and its rank."""
    if one.moving is None:
        return "–"
    row = one.moving.mine
    if row["rank"] is None:
        return "–"
    before = row["previous_rank"]
    drawn = movement(None if before is None else before - row["rank"], parts_in_words(row))
    if one.moving.view.period == one.now.view.period:
        return drawn
    said = _("4 weeks: rank {rank}", rank=f"{row['rank']}/{len(one.moving.ranked)}")
    return f"{drawn} {escape(said)}"
