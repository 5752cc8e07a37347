"""How much is late and since when, who holds it, and what falls due in the next working days?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate, pairwise

from clock import local_day
from metrics import AGES, WITHIN, Period, count_apart, due_edges, holders, working_days_since
from pages import _format
from pages._language import _
from pages._live import Live
from pages._units import Units
from store.reads import dossiers_in_work
from wall.blocks import AnyBlock, Column, Columns, Mark, Place, Scene, Span
from wall.freshness import mark_of
from wall.scenes import _holding
from wall.scenes._contract import Parameters, SceneKind
from wall.scenes._headline import Headline, amount, headline, headline_block
from wall.scenes._nothing import age_spans, nothing_yet
from wall.scenes._place import root_of
from wall.scenes._said import change_spans, change_tone

SCENE = SceneKind(title="On time and overdue")
_HEADLINES = _OVERDUE, _ON_TIME = "overdue", "on_time_rate"
_OVERDUE_AT, _ON_TIME_AT = Place(column=1, row=1, columns=4, rows=6), Place(column=1, row=7, columns=4, rows=6)
_HOLDERS_AT = Place(column=5, row=1, columns=8, rows=7)
_AGES_AT, _AHEAD_AT = Place(column=5, row=8, columns=4, rows=5), Place(column=9, row=8, columns=4, rows=5)
_MOST_HOLDERS = 5
_SOON = 1  # which of WITHIN the sentence tells


@dataclass(frozen=True, kw_only=True)
class Looked:
    """`ages`: the overdue by spans of AGES, the youngest first; `ahead`: due within each of WITHIN working days.

    `headlines` is empty where no unit is known. `open`, `awaiting`: all open dossiers, and those of them that wait for
    the citizen.
    """

    headlines: Mapping[str, Headline] = field(default_factory=dict)
    open: int = 0
    awaiting: int = 0
    ages: Sequence[int] = ()
    ahead: Sequence[int] = ()
    holders: Sequence[_holding.Holder] = ()


def look(here: Live, _parameters: Parameters) -> Looked:
    """The counters' figures, and from the facts by when open dossiers are due: one row for each unit and span."""
    counters, today = here.counters, here.today
    root = root_of(Units(counters, today))
    if root is None:
        return Looked()
    answering = holders(counters, root.code, today)
    edges = due_edges(counters.working_days, today)
    due = dossiers_in_work(here.engine, sorted(answering), edges, today)
    in_span, first = [0] * len(edges), dict[str, datetime]()
    for unit, span, dossiers, oldest in due.iter_rows():
        in_span[span] += dossiers
        if span <= len(AGES):
            holder = answering[unit]
            first[holder] = min(oldest, first.get(holder, oldest))
    now = Period(today, today)
    return Looked(
        headlines={key: headline(here, key, root.code) for key in _HEADLINES},
        open=count_apart(counters, "open", root.code, now),
        awaiting=count_apart(counters, "awaiting", root.code, now),
        ages=in_span[len(AGES) :: -1],
        ahead=list(accumulate(in_span[len(AGES) + 1 :])),
        holders=_holding.held(counters, _OVERDUE, answering, today, _working_days(first, here)),
    )


def _working_days(first: Mapping[str, datetime], here: Live) -> Mapping[str, int]:
    """Who holds overdue dossiers, to the working days since the oldest of them was due."""
    calendar = here.counters.working_days
    return {code: working_days_since(calendar, local_day(due_at), here.today) for code, due_at in first.items()}


def compose(looked: Looked, here: Live, _parameters: Parameters) -> Scene:
    """How much is overdue and how much was on time; who holds the overdue, since when, and what comes next."""
    if not looked.headlines:
        return nothing_yet(here, _(SCENE.title))
    mark = mark_of(here, _OVERDUE)
    # A zero of sources that were never read is nobody's zero.
    known = mark.fresh != "unknown" or looked.open > 0
    blocks: dict[str, AnyBlock] = {
        _OVERDUE: headline_block(looked.headlines[_OVERDUE], here, _OVERDUE_AT, n=_of_open(looked)),
        _ON_TIME: headline_block(looked.headlines[_ON_TIME], here, _ON_TIME_AT),
        **_holding.blocks(
            looked.holders,
            at=_HOLDERS_AT,
            mark=mark,
            key=_OVERDUE,
            title=_("Overdue now, by holder"),
            empty=_("No open dossier is overdue.") if known else _("No dossier has been read yet."),
            most=_MOST_HOLDERS,
        ),
        "ages": _ages(looked, mark, known=known),
        "ahead": _ahead(looked, mark, known=known),
    }
    told = _sentence(looked) if known else [Span(_("No dossier has been read yet."))]
    return Scene(title=_(SCENE.title), sentence=[*age_spans(mark), *told], blocks=blocks)


def _of_open(looked: Looked) -> str:
    return _("of {n} open dossiers", n=_format.number(looked.open)) if looked.open else ""


def _ages(looked: Looked, mark: Mark, *, known: bool) -> Columns:
    spans = [f"{after + 1}–{last}" for after, last in pairwise(AGES)]
    labels = [f"≤ {AGES[0]}", *spans, f"> {AGES[-1]}"]
    columns = {label: _column(label, count, known=known) for label, count in zip(labels, looked.ages, strict=True)}
    return Columns(
        at=_AGES_AT,
        mark=mark,
        title=_("Working days overdue"),
        columns=columns,
        order=labels,
        scale=float(max(looked.ages)) or 1.0,
        note=_("Without {n} that wait for the citizen", n=_format.number(looked.awaiting)) if looked.awaiting else "",
    )


def _ahead(looked: Looked, mark: Mark, *, known: bool) -> Columns:
    names = {days: _("1 day") if days == 1 else _("{n} days", n=_format.number(days)) for days in WITHIN}
    columns = {
        str(days): _column(names[days], count, known=known) for days, count in zip(WITHIN, looked.ahead, strict=True)
    }
    return Columns(
        at=_AHEAD_AT,
        mark=mark,
        title=_("Falling due within"),
        columns=columns,
        order=list(columns),
        scale=float(max(looked.ahead)) or 1.0,
        note=_("Working days, today included"),
    )


def _column(label: str, count: int, *, known: bool) -> Column:
    return Column(label=label, value=float(count) if known else None, text=_format.number(count) if known else "–")


def _sentence(looked: Looked) -> list[Span]:
    told = _how_many(looked.headlines[_OVERDUE])
    if most := _holding.most_words(looked.holders):
        told.append(Span(f" {most}."))
    return [*told, Span(" "), _on_time_moved(looked.headlines[_ON_TIME]) or _soon(looked)]


def _how_many(overdue: Headline) -> list[Span]:
    """How many are overdue now, and whether that is more than before."""
    if not overdue.value:
        return [Span(_("No open dossier is overdue."), "good")]
    count = _("{n} dossiers overdue", n=_format.number(overdue.value))
    return [Span(count), *change_spans(overdue), Span(".")]


def _on_time_moved(on_time: Headline) -> Span | None:
    """None while as much is on time as before."""
    if not on_time.change:
        return None
    return Span(_("Settled on time, 4 weeks: {change}.", change=amount(on_time)), change_tone(on_time))


def _soon(looked: Looked) -> Span:
    days, soon = WITHIN[_SOON], _format.number(looked.ahead[_SOON])
    return Span(_("Due within {days} working days: {n}.", days=days, n=soon))
