"""Is the place on course: six headline figures of the year against their targets, who lags, and what has changed?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from metrics import Period, figure
from pages import _format
from pages._language import _
from pages._live import Live
from pages._names import short_name
from pages._units import UnitRow, Units
from pages.leaders._picture import HEADLINES, RANKED
from wall.blocks import Place, Scene, Span, Tone
from wall.freshness import mark_of, worst_mark
from wall.scenes._contract import Parameters, SceneKind
from wall.scenes._headline import Headline, amount, better, goal_words, headline, headline_block
from wall.scenes._nothing import age_spans, fitting, nothing_yet
from wall.scenes._place import root_of
from wall.scenes._short import short_indicator
from wall.scenes._standings import Standings, kind_word, look_standings

SCENE = SceneKind(title="Overview")
_ACROSS, _COLUMNS, _ROWS = 3, 4, 6
_RATES_SAID = 2
_TONES: Mapping[str, Tone] = {"near": "warn", "missed": "bad"}


@dataclass(frozen=True, kw_only=True)
class Looked:
    """The figures of the whole, by key, and the units below it by online dossiers. `open`: what `overdue` is a part of;
    `invited`, `present`: points at the year's meetings."""

    root: UnitRow
    headlines: Mapping[str, Headline]
    standings: Standings | None
    open: float
    present: float
    invited: float

    @property
    def judged_below(self) -> bool:
        """Whether units below the whole have a target."""
        return bool(self.standings and self.standings.judged)


def look(here: Live, _parameters: Parameters) -> Looked | None:
    """The six figures of the year to date; None while no unit is known."""
    root = root_of(Units(here.counters, here.today))
    if root is None:
        return None
    year = Period.year_to_date(here.today)
    took_part = figure(here.counters, year, "participation_rate", root.code)
    return Looked(
        root=root,
        headlines={key: headline(here, key, root.code) for key in HEADLINES},
        standings=look_standings(here, RANKED, "huyen"),
        open=figure(here.counters, year, "open", root.code).numerator or 0.0,
        present=took_part.numerator or 0.0,
        invited=took_part.denominator or 0.0,
    )


def compose(looked: Looked | None, here: Live, _parameters: Parameters) -> Scene:
    """Six figures with target, change, trend and what they count."""
    if looked is None:
        return nothing_yet(here, _(SCENE.title))
    notes = {
        "overdue": _("of {n} open dossiers", n=_format.number(looked.open)),
        "meetings_held": _took_part(looked),
    }
    blocks = {
        key: headline_block(found, here, _at(place), n=notes.get(key, ""))
        for place, (key, found) in enumerate(looked.headlines.items())
    }
    span = _("year {year} to date", year=here.today.year)
    compared = _("last 4 weeks against the 24 before")
    return Scene(
        title=" · ".join([short_name(looked.root.name), _(SCENE.title), span, compared]),
        sentence=_sentence(looked, here),
        blocks=blocks,
    )


def _at(place: int) -> Place:
    row, column = divmod(place, _ACROSS)
    return Place(column=1 + column * _COLUMNS, row=1 + row * _ROWS, columns=_COLUMNS, rows=_ROWS)


def _took_part(looked: Looked) -> str:
    if not looked.invited:
        return ""
    rate = _format.percent(looked.present / looked.invited)
    return _("points that took part {value} of {n} invited", value=rate, n=_format.number(looked.invited))


def _sentence(looked: Looked, here: Live) -> list[Span]:
    """The targets, what has become worse, who lags, what has become better: as much as fits."""
    told = [*age_spans(worst_mark(mark_of(here, key) for key in looked.headlines)), *_targets(looked)]
    changes, calm = _changes(looked), []
    if not changes and any(found.signal.enough for found in looked.headlines.values()):
        calm = [Span(_("No notable change in 4 weeks."))]
    worse, other = [one for one in changes if one.tone == "bad"], [one for one in changes if one.tone != "bad"]
    return fitting(told, [*worse, *_laggards(looked), *other, *calm])


def _targets(looked: Looked) -> list[Span]:
    judged = [found for found in looked.headlines.values() if found.state != "none"]
    short = [found for found in judged if found.state != "reached"]
    if not judged:
        return _without_targets(looked)
    if not short:
        names = ", ".join(short_indicator(found.indicator, found.day) for found in judged)
        return [Span(_("Targets reached: {names}.", names=names), "good")]
    tone: Tone = "bad" if any(found.state == "missed" for found in short) else "warn"
    return [Span(_("Target not reached: {names}.", names="; ".join(_missing(found) for found in short)), tone)]


def _without_targets(looked: Looked) -> list[Span]:
    """What there is to say of the whole: its first rates."""
    rates = [one for one in looked.headlines.values() if one.indicator.form == "rate" and one.value is not None]
    names = ", ".join(
        f"{short_indicator(one.indicator, one.day)} {_format.percent(one.value)}" for one in rates[:_RATES_SAID]
    )
    text = _("No target is set for the whole") if looked.judged_below else _("No target to reach is set")
    return [Span(f"{text}: {names}." if names else f"{text}.")]


def _missing(found: Headline) -> str:
    if found.target is None:
        return ""
    name, value = short_indicator(found.indicator, found.day), _format.figure(found.indicator, found.value)
    return _("{name} {value} of {goal}", name=name, value=value, goal=goal_words(found.target))


def _changes(looked: Looked) -> list[Span]:
    """What has changed for the worse before what has for the better; what is neither only alone."""
    found = [one for one in looked.headlines.values() if one.change]
    worse, good = _named(found, better_side=False), _named(found, better_side=True)
    spans = [Span(_("Worse in 4 weeks: {what}.", what=worse), "bad")] if worse else []
    spans += [Span(_("Better in 4 weeks: {what}.", what=good), "good")] if good else []
    neither = _named(found, better_side=None)
    return spans or ([Span(_("Changed in 4 weeks: {what}.", what=neither))] if neither else [])


def _named(found: Sequence[Headline], *, better_side: bool | None) -> str:
    changed = [one for one in found if better(one) is better_side]
    return ", ".join(f"{short_indicator(one.indicator, one.day)} {amount(one)}" for one in changed)


def _laggards(looked: Looked) -> list[Span]:
    """How many below the whole miss the target of online dossiers, and the last of them."""
    standings = looked.standings
    if standings is None or not standings.below:
        return []
    name, last = short_indicator(standings.indicator, standings.whole.day), standings.below[-1]
    text = _(
        "{what}: {n} of {all} {kind} miss the target, last {name} {value}.",
        what=name[:1].upper() + name[1:],
        n=_format.number(len(standings.below)),
        all=_format.number(len(standings.judged)),
        kind=kind_word(standings),
        name=last.name,
        value=_format.percent(last.value),
    )
    return [Span(text)]
