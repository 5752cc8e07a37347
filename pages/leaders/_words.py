"""The sentences of Overview, written by rules."""

from datetime import date

from metrics import notable
from pages import _format
from pages._language import _
from pages._names import short_name
from pages._units import kind_names
from pages.leaders._picture import RANKED, Headline, Late, Picture, target_of


def answer(shown: Picture) -> str:
    """Is the province on course with online dossiers, and who is not? One sentence, or two."""
    target = target_of(shown.targets, RANKED, shown.root)
    whole = next(headline for headline in shown.headlines if headline.indicator.key == RANKED)
    if whole.year.value is None:
        return _("No dossier was received this year yet.")
    value = _format.percent(whole.year.value)
    if target is None:
        return _("{value} of this year's dossiers came in online; no target is in force.", value=value)
    goal = _format.short_percent(target.value)
    if whole.year.value >= target.value:
        first = _("Online dossiers reach the target: {value}, target {goal}.", value=value, goal=goal)
    else:
        first = _("Online dossiers miss the target: {value}, target {goal}.", value=value, goal=goal)
    return f"{first} {_laggards(shown, goal)}"


def _laggards(shown: Picture, goal: str) -> str:
    ranked = [row for row in shown.ranked.iter_rows(named=True) if row["rank"] is not None]
    kind = kind_names()[shown.ranked_kind].lower()
    below = [row for row in ranked if row["value"] < _goal(shown, row["unit"])]
    if not below:
        return _("All {all} {kind} reach {goal}.", all=_format.number(len(ranked)), kind=kind, goal=goal)
    lowest = min(below, key=lambda row: row["value"])
    return _(
        "{n} of {all} {kind} are below {goal}; the lowest is {name}, {value}.",
        n=_format.number(len(below)),
        all=_format.number(len(ranked)),
        kind=kind,
        goal=goal,
        name=short_name(lowest["name"]),
        value=_format.percent(lowest["value"]),
    )


def _goal(shown: Picture, unit: str) -> float:
    target = target_of(shown.targets, RANKED, unit, shown.root)
    return target.value if target else 0.0


def change(headline: Headline) -> str:
    """The last four weeks against the four before: points or a number, or that it is no more than chance."""
    now, before = headline.recent, headline.before
    if now.value is None or before.value is None:
        return _("no comparison with the 4 weeks before")
    if headline.indicator.form == "rate":
        if not notable(now.share, before.share):
            return _("last 4 weeks {value}: no notable change", value=_format.percent(now.value))
        moved = _format.points(now.value - before.value)
        return _("last 4 weeks {value}: {moved} on the 4 before", value=_format.percent(now.value), moved=moved)
    moved = _format.signed(now.value - before.value)
    if headline.indicator.key == "overdue":
        return _("{moved} on 4 weeks ago", moved=moved)
    return _("last 4 weeks {value}: {moved} on the 4 before", value=_format.number(now.value), moved=moved)


def counted(headline: Headline, shown: Picture) -> str:
    """What the headline's n is."""
    year, key = headline.year, headline.indicator.key
    if key == "overdue":
        return _("of {n} open dossiers", n=_format.number(shown.context["open"].value))
    if key == "meetings_held":
        part = shown.context["participation_rate"]
        if part.value is None:
            return _(
                "{n} hours; points that took part: none seen yet",
                n=_format.number(shown.context["meeting_hours"].value),
            )
        invited = _format.number(part.denominator)
        return _("points that took part {value} of {n} invited", value=_format.percent(part.value), n=invited)
    words = {
        "signed_document_rate": _("{part} / {n} documents"),
        "satisfaction_rate": _("{part} / {n} ratings"),
    }
    text = words.get(key, _("{part} / {n} dossiers"))
    return text.format(part=_format.number(year.numerator), n=_format.number(year.denominator))


def oldest(late: Late, today: date) -> str:
    """For how long the oldest overdue dossier has been due."""
    if late.oldest_due is None:
        return ""
    return _("oldest {n} days", n=_format.number((today - late.oldest_due).days))
