"""The unit's place by one indicator: in one sentence, four headline figures, and what brought its movement."""

from metrics import Pace, pace
from pages import _format
from pages._badges import standing_word
from pages._goals import goal_text
from pages._language import _
from pages._live import Live
from pages._names import indicator_name
from pages._periods import period_text
from pages._tiles import Tile
from pages.units._mine import counted_word, parts_in_words
from pages.units._my_view import Change, Line, change
from pages.units._view import counted, group_name


def sentence(one: Line, here: Live) -> str:
    """The rank, the value against its target, and whether the place moved by more than chance."""
    row, indicator = one.row, one.indicator
    name = indicator_name(indicator, one.now.view.period.end)
    if row["value"] is None:
        return _("{indicator}: nothing to count in this period.", indicator=name)
    value = _format.figure(indicator, row["value"])
    if row["rank"] is None:
        said = _("{indicator} {value}: too little to count to be ranked.", indicator=name, value=value)
    else:
        words = _("Rank {rank} of {total} by {indicator}: {value}{against}.")
        said = words.format(
            rank=row["rank"], total=len(one.now.ranked), indicator=name, value=value, against=_against(one)
        )
    return " ".join([said, *_moved_shortly(one, change(here, one))])


def _against(one: Line) -> str:
    if one.target is None or one.state == "none":
        return ""
    return f", {standing_word(one.state)} ({_('target {target}', target=goal_text(one.target))})"


def _moved_shortly(one: Line, changed: Change | None) -> list[str]:
    if one.moving is None:
        return []
    row = one.moving.mine
    if row["rank"] is None or row["previous_rank"] is None:
        return []
    places = row["previous_rank"] - row["rank"]
    moved = _("up {n}", n=places) if places > 0 else _("down {n}", n=-places) if places else _("place unchanged")
    said = f"{since(one)}: {_standing(one)}{moved}"
    if changed is not None and changed.beyond == 0:
        said += ", " + _("the unit's own change is within chance")
    return [f"{said}."]


def _standing(one: Line) -> str:
    """The rank that a movement led to, where it is not the one of the whole period."""
    if one.moving is None or one.moving.view.period == one.now.view.period:
        return ""
    row = one.moving.mine
    return "" if row["rank"] is None else _("rank {rank}", rank=f"{row['rank']}/{len(one.moving.ranked)}") + ", "


def since(one: Line) -> str:
    """Over which time the movement is told: 4 tuần qua, or so với kỳ trước."""
    if one.moving is not None and one.moving.view.period != one.now.view.period:
        return _("Last 4 weeks")
    return _("Against the period before")


def moved_over(one: Line) -> str:
    """The days whose movement is told, and those that they are held against; empty where there is no movement."""
    if one.moving is None:
        return ""
    period = one.moving.view.period
    words = _("Movement: {period} against {before}")
    return words.format(period=period_text(period), before=period_text(period.previous()))


def movement_said(one: Line, here: Live) -> list[str]:
    """The movement with its parts, and the change of the unit's own figure."""
    if one.moving is None:
        return [_("The records do not go back far enough to tell a movement.")]
    row = one.moving.mine
    told = parts_in_words(row) if row["rank"] is not None else _("not ranked")
    said = [f"{since(one)}: {_standing(one)}{told or _('newly ranked')}."]
    changed = change(here, one)
    if changed is None:
        return said
    before, now = (_format.figure(one.indicator, value) for value in (changed.before, changed.now))
    by = _format.difference(one.indicator, changed.now - changed.before)
    words = _("The unit's own figure: {before} → {now} ({by}){judged}.")
    return [*said, words.format(before=before, now=now, by=by, judged=_judged(changed))]


def _judged(changed: Change) -> str:
    if changed.beyond is None:
        return ""
    return ": " + (_("beyond what chance explains") if changed.beyond else _("a change within what chance explains"))


def headlines(one: Line, here: Live) -> list[Tile]:
    """Rank, value, gap, and what the rest of the year needs; the last two only with a target."""
    found = [_rank(one), _value(one)]
    if one.target is not None:
        found += [_gap(one), *_rest(one, here)]
    return found


def _rank(one: Line) -> Tile:
    row, key = one.row, one.indicator.key
    group = _lower(group_name(one.now.view.group))
    if row["rank"] is None:
        return Tile(figure=key, name=_("Rank"), value="–", n=_("not ranked"))
    low, high = row["rank_low"], row["rank_high"]
    span = ""
    if low is not None:
        words = _("rank {rank}", rank=low) if low == high else _("rank {low}–{high}", low=low, high=high)
        span = _("possible: {span}", span=words)
    return Tile(
        figure=key, name=_("Rank"), value=str(row["rank"]), unit=f"/ {len(one.now.ranked)}", change=span, n=group
    )


def _value(one: Line) -> Tile:
    row, indicator = one.row, one.indicator
    sure = ""
    if row["low"] is not None:
        sure = _("95 %: {low} – {high}", low=_format.percent(row["low"]), high=_format.percent(row["high"]))
    return Tile(
        figure=indicator.key,
        name=indicator_name(indicator, one.now.view.period.end),
        value=_format.figure(indicator, row["value"]),
        state=one.state,
        target=_("target {target}", target=goal_text(one.target)) if one.target else _("no target set"),
        change=sure,
        n=counted(row),
    )


def _gap(one: Line) -> Tile:
    found = one.gap
    if found is None or found.points is None:
        return Tile(figure=one.indicator.key, name=_("To the target"), value="–", n=_format.nothing())
    over = _format.difference(one.indicator, found.points)
    if found.met:
        return Tile(figure=one.indicator.key, name=_("To the target"), value=over, state="reached")
    needed = ""
    if found.dossiers_needed is not None:
        words = _("{n} {cases} more would do")
        needed = words.format(n=_format.number(found.dossiers_needed), cases=counted_word(one.indicator))
    return Tile(figure=one.indicator.key, name=_("To the target"), value=over, state=one.state, n=needed)


def _rest(one: Line, here: Live) -> list[Tile]:
    """The rate that the rest of the year needs; nothing where the year is over or days do not add up to it."""
    found = _pace(one, here)
    if found is None or found.needed_rate is None or one.target is None:
        return []
    sign = "≤" if one.target.comparator.startswith("<") else "≥"
    value = f"{sign} {_format.percent(found.needed_rate)}" if found.reachable else _("out of reach")
    words = _("{days} working days, about {n} {cases}")
    return [
        Tile(
            figure=one.indicator.key,
            name=_("The rest of the year needs"),
            value=value,
            state="none" if found.reachable else "missed",
            n=words.format(
                days=_format.number(found.working_days_left),
                n=_format.number(found.expected_denominator),
                cases=counted_word(one.indicator),
            ),
        )
    ]


def _pace(one: Line, here: Live) -> Pace | None:
    view = one.now.view
    if one.target is None:
        return None
    return pace(here.counters, one.indicator.key, view.mine, min(view.period.end, here.today), one.target)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
