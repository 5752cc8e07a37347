"""The ranking as rows, its caption, and who is not ranked."""

from typing import Any

from pages import _format
from pages._address import address
from pages._goals import goal_text
from pages._html import escape, h2, table
from pages._language import _
from pages._names import indicator_name
from pages._notes import note_mark
from pages._order import vietnamese_order
from pages._periods import period_text
from pages._ranked import RankedRow, ranked_table
from pages._small import hidden_word
from pages.units._mine import parts_in_words
from pages.units._view import Shown, counted, group_name

_BESIDE = 2


def ranked_rows(shown: Shown) -> str:
    """The ranked units as HTML, the visitor's own first."""
    rows = [_row(shown, row) for row in shown.ranked]
    rows.sort(key=lambda row: not row.mine)
    return ranked_table(rows, _caption(shown), _heads(shown), shown.view.indicator.key)


def nearby(shown: Shown) -> str:
    """The visitor's unit, which is ranked, among its neighbours in the ranking; HTML."""
    rows = [_row(shown, row) for row in neighbours(shown)]
    return ranked_table(rows, _caption(shown), _heads(shown), shown.view.indicator.key)


def neighbours(shown: Shown) -> list[dict[str, Any]]:
    """The visitor's unit, which is ranked, between the two above it and the two below; five where there are as many."""
    ranked = shown.ranked
    place = next(index for index, row in enumerate(ranked) if row["unit"] == shown.view.mine)
    first = max(min(place - _BESIDE, len(ranked) - 2 * _BESIDE - 1), 0)
    return ranked[first : first + 2 * _BESIDE + 1]


def _row(shown: Shown, row: dict[str, Any]) -> RankedRow:
    code, rank, before = row["unit"], row["rank"], row["previous_rank"]
    target = shown.targets.get(code)
    value = row["value"] or 0.0
    return RankedRow(
        rank=rank,
        moved=None if before is None else before - rank,
        why=parts_in_words(row),
        compared=shown.compared,
        name=shown.units.label(code),
        href=_explore(shown, code),
        value=value,
        text=_format.figure(shown.view.indicator, value),
        n=counted(row),
        span=_span(row),
        state=shown.state(code, value),
        low=row["low"],
        high=row["high"],
        goal=target.value if target and shown.view.indicator.form == "rate" else None,
        mine=code == shown.view.mine,
        mark=note_mark(shown.here, shown.view.indicator.key, code, shown.view.period),
    )


def _explore(shown: Shown, code: str) -> str:
    days = {"from_": shown.view.period.start.isoformat(), "to": shown.view.period.end.isoformat()}
    return address("explore", unit=code, indicator=shown.view.indicator.key, **days)


def _span(row: dict[str, Any]) -> str:
    low, high = row["rank_low"], row["rank_high"]
    if low is None or high is None:
        return ""
    return _("rank {rank}", rank=low) if low == high else _("rank {low}–{high}", low=low, high=high)


def _caption(shown: Shown) -> str:
    """Of what, whom and when, and what the marks of the bars mean."""
    view = shown.view
    name = indicator_name(view.indicator, view.period.end)
    parts = [f"{name} · {group_name(view.group)} · {period_text(view.period)}"]
    values = sorted({goal_text(target) for target in shown.peers.values()})
    if values:
        parts.append(_("dashed line: target {target}", target=", ".join(values)))
    elif view.indicator.form == "rate":
        parts.append(_("no target is in force for these units"))
    if view.indicator.form == "rate":
        parts.append(_("whisker: 95 % interval"))
    return " · ".join([*parts, compared_with(shown)])


def compared_with(shown: Shown) -> str:
    """Which period the movement is against, or why there is none."""
    before = period_text(shown.view.period.previous())
    if shown.compared:
        return _("movement: against {period}", period=before)
    return _("no movement: the records do not go back to {period}", period=before)


def _heads(shown: Shown) -> list[str]:
    n = _("Numerator / denominator") if shown.view.indicator.denominator else ""
    sure = _("Possible ranks") if shown.view.indicator.form == "rate" else ""
    return [_("Rank"), _("Moved"), _("Unit"), "", _("Value"), "", n, sure]


def unranked(shown: Shown, minimum: int) -> str:
    """Those not ranked, with the reason; empty when all are."""
    apart = [row for row in shown.found.iter_rows(named=True) if row["rank"] is None]
    if not apart:
        return ""
    why = reasons(shown, minimum)
    rows = [
        [escape(shown.units.label(row["unit"])), escape(why.get(row["reason"], row["reason"])), counted(row)]
        for row in sorted(apart, key=lambda row: vietnamese_order(shown.units.label(row["unit"])))
    ]
    heading = h2(_("Not ranked ({n})", n=_format.number(len(apart))))
    heads = [_("Unit"), _("Reason"), _("Numerator / denominator")]
    return heading + table(heads, rows, figure=shown.view.indicator.key)


def reasons(shown: Shown, minimum: int) -> dict[str, str]:
    """Why a unit may not be ranked, in words."""
    return {
        "too_few": _("too little to count (n < {minimum})", minimum=minimum),
        "hidden": hidden_word(),
        "nothing_to_count": _("not returned") if shown.view.indicator.returned else _format.nothing(),
    }
