"""The parts of today's work with what handling each would bring, and the procedures that hold the unit back; HTML."""

from collections.abc import Mapping, Sequence

from metrics import Behind, behind_target
from pages import _format
from pages._goals import goal_text, goals
from pages._html import escape, table
from pages._language import _
from pages._links import link
from pages._live import Live
from pages._names import indicator_name
from pages._periods import period_to_today, to_today_names
from pages.units._today_view import OVERDUE, Foretold, Wanted, foretell, part_names
from pages.units._today_words import beside, done_now, effect, honest, late_effect, named_effect, possible
from pages.units._view import group_name
from store.reads import Target
from store.work_reads import Work


def parts_table(asked: Wanted, held: Mapping[str, int], told: Mapping[str, Foretold]) -> str:
    """How many dossiers each part holds, and what handling it would bring; a click lists it."""
    rows = []
    for due, name in part_names().items():
        n = held[due]
        named = link(name, asked.href(due=due if due != "all" else "", procedure=""), current=due == asked.due)
        words = late_effect if due == OVERDUE else effect
        bring = words(asked, told[due]) if due in told else "–"
        rows.append([named, f"<b>{escape(_format.number(n))}</b>", escape(bring)])
    name = indicator_name(asked.indicator, asked.period.end)
    caption = " · ".join((name, to_today_names()[asked.period_name], group_name(asked.group)))
    heads = [_("Part of the work"), _("Dossiers"), _("Handled now")]
    return table(heads, rows, "ioc-parts-of-work", caption, asked.indicator.key)


def under_forecast(here: Live, asked: Wanted, chosen: Work) -> str:
    """The chosen dossiers' effect in full: rank among how many, this month's, what is overdue, and what must be said
    honestly; empty where none is chosen."""
    told = foretell(here, asked, chosen)
    if not told.dossiers:
        return items_of(honest(asked, told))
    said = [named_effect(asked, told)]
    if sure := possible(told.forecasts[asked.indicator.key]):
        said[0] += f" ({sure})"
    if asked.period_name != "month" and told.forecasts[asked.indicator.key].moves:
        month = asked.in_period("month", period_to_today("month", here.today))
        said.append(f"{to_today_names()['month']}: {named_effect(month, foretell(here, month, chosen))}")
    said += [*beside(asked, told), *honest(asked, told)]
    return f'<p class="ioc-note"><b>{escape(done_now(told))}:</b></p>{items_of(said)}'


def items_of(said: Sequence[str]) -> str:
    """Sentences as a list."""
    items = "".join(f"<li>{escape(words)}</li>" for words in said)
    return f'<ul class="ioc-said">{items}</ul>' if said else ""


def target_of(here: Live, asked: Wanted) -> Target | None:
    """The target in force for the unit today."""
    return goals(here, asked.indicator.key, asked.period.end, asked.units).get(asked.unit)


def behind(here: Live, asked: Wanted) -> list[Behind]:
    """The three procedures that hold the unit back most."""
    return behind_target(here.counters, asked.indicator, asked.unit, asked.period, target_of(here, asked))


def procedures_table(here: Live, asked: Wanted) -> str:
    """Those procedures, with what is missing in each; a click lists its open dossiers."""
    found, target = behind(here, asked), target_of(here, asked)
    if not found:
        return ""
    said = _("{n} procedures behind {share} of what is missing", n=len(found), share=_format.percent(_share(found)))
    against = (
        _("to the target {target}", target=goal_text(target))
        if target
        else _("no target is in force: all that fall short")
    )
    rows = [
        [
            link(one.name, asked.href(procedure=one.code)),
            escape(share_words(one)),
            escape(_("{n} missing", n=_format.number(one.missing, 0 if one.missing == int(one.missing) else 1))),
        ]
        for one in found
    ]
    heads = [_("Procedure"), indicator_name(asked.indicator, asked.period.end), _("Missing cases")]
    drawn = table(heads, rows, "ioc-behind", figure=asked.indicator.key)
    return f'<h2 class="ioc-heading">{escape(said)} <small>({escape(against)})</small></h2>{drawn}'


def _share(found: list[Behind]) -> float:
    return sum(one.share for one in found)


def share_words(one: Behind) -> str:
    """A procedure's own figure: 12 / 15; the number alone of a count."""
    n = _format.number(one.numerator)
    return n if one.denominator is None else f"{n} / {_format.number(one.denominator)}"
