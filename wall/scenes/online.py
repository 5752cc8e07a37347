"""How far have people gone online: by level of the service and channel, by post, in payment?"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from metrics import Period, Share, uptake
from pages import _format
from pages._badges import Standing, standing_word
from pages._language import _, language
from pages._levels import level_words
from pages._live import Live
from pages._units import Units
from wall.blocks import AnyBlock, BarRow, Bars, Mark, Part, Parts, Place, Scene, Span, Tone
from wall.freshness import mark_of
from wall.scenes._contract import Parameters, SceneKind
from wall.scenes._headline import Headline, goal_words, headline, headline_block
from wall.scenes._nothing import age_spans, nothing_yet
from wall.scenes._place import root_of
from wall.scenes._said import change_spans

SCENE = SceneKind(title="Online uptake")
_ONLINE, _PAYMENT, _POSTAL = "online_dossier_rate", "online_payment_rate", "postal_return_rate_all"
_PLACES = {
    key: Place(column=column, row=1, columns=4, rows=6) for key, column in ((_ONLINE, 1), (_PAYMENT, 5), (_POSTAL, 9))
}
_LEVELS_AT, _CHANNELS_AT = Place(column=1, row=7, columns=6, rows=6), Place(column=7, row=7, columns=6, rows=6)
_LEVELS = (4, 3)
_TONES: Mapping[Standing, Tone] = {"reached": "good", "near": "warn", "missed": "bad", "none": ""}
_CHANNELS = ("online", "counter", "post")


@dataclass(frozen=True, kw_only=True)
class Looked:
    """Of the year to date. `levels`: of each level that can be filed online, what came online of all received;
    `channels`: how many came by each way. `headlines` is empty where no unit is known."""

    headlines: Mapping[str, Headline] = field(default_factory=dict)
    levels: Mapping[int, Share] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)


def look(here: Live, _parameters: Parameters) -> Looked:
    """The headline figures, and what came by which way."""
    root = root_of(Units(here.counters, here.today))
    if root is None:
        return Looked()
    came = uptake(here.counters, root.code, Period.year_to_date(here.today))
    by_level = {row["level"]: Share(row["received_online"], row["received"]) for row in came.iter_rows(named=True)}
    return Looked(
        headlines={key: headline(here, key, root.code) for key in _PLACES},
        levels={level: by_level[level] for level in _LEVELS if level in by_level},
        channels={way: int(came[f"received_{way}"].sum()) for way in _CHANNELS},
    )


def compose(looked: Looked, here: Live, _parameters: Parameters) -> Scene:
    """What came online of all, by level and by channel; fees paid online; results returned by post."""
    if not looked.headlines:
        return nothing_yet(here, _(SCENE.title))
    mark, titles = mark_of(here, _ONLINE), {_POSTAL: _("Results returned by post")}
    blocks: dict[str, AnyBlock] = {
        key: headline_block(looked.headlines[key], here, at, title=titles.get(key, "")) for key, at in _PLACES.items()
    }
    blocks |= {"levels": _levels(looked, here, mark), "channels": _channels(looked, mark)}
    return Scene(title=_(SCENE.title), sentence=[*age_spans(mark), *_sentence(looked, here, mark)], blocks=blocks)


def _level_name(level: int, here: Live) -> str:
    """As it is called on the day: Mức độ 4 until 14/08/2022, Toàn trình since."""
    return level_words({4: _("Level 4"), 3: _("Level 3")}[level], here.today, language())


def _levels(looked: Looked, here: Live, mark: Mark) -> Bars:
    rows = {
        str(level): BarRow(
            name=_level_name(level, here),
            value=share.value,
            text=_format.percent(share.value),
        )
        for level, share in looked.levels.items()
    }
    return Bars(
        at=_LEVELS_AT,
        mark=mark,
        title=_("Filed online, by level of the service"),
        rows=rows,
        order=list(rows),
        scale=1.0,
        note=" · ".join(
            f"{_level_name(level, here)}: {_('{n} dossiers', n=_format.number(share.denominator))}"
            for level, share in looked.levels.items()
        ),
    )


def _channels(looked: Looked, mark: Mark) -> Parts:
    total = sum(looked.channels.values())
    names = {"online": _("Online"), "counter": _("At the counter"), "post": _("By post")}
    parts = {
        way: Part(label=names[way], share=count / total, text=_format.percent(count / total), shade=shade)
        for shade, (way, count) in enumerate(looked.channels.items())
        if total
    }
    return Parts(
        at=_CHANNELS_AT,
        mark=mark,
        figure="received",
        title=_("How dossiers were filed"),
        parts=parts,
        order=list(parts),
        note=_("{n} dossiers received this year", n=_format.number(total)),
    )


def _sentence(looked: Looked, here: Live, mark: Mark) -> list[Span]:
    online, payment = looked.headlines[_ONLINE], looked.headlines[_PAYMENT]
    if online.value is None:
        # Nothing of sources that were never read is nobody's nothing.
        read = mark.fresh != "unknown"
        return [Span(_("No dossier was received this year yet.") if read else _("No dossier has been read yet."))]
    told = _how_far(online)
    if levels := _levels_said(looked, here):
        told.append(Span(f" {levels}."))
    if payment.value is not None:
        told.append(Span(" " + _("Paid online: {value}.", value=_format.percent(payment.value))))
    return told


def _how_far(online: Headline) -> list[Span]:
    """How much came online, whether that reaches the target, and whether it is more than before."""
    told = [Span(_("{value} of dossiers filed online", value=_format.percent(online.value)))]
    if online.target is not None:
        goal = _("{standing} the target {goal}", standing=standing_word(online.state), goal=goal_words(online.target))
        told += [Span(", "), Span(goal, _TONES[online.state])]
    return [*told, *change_spans(online), Span(".")]


def _levels_said(looked: Looked, here: Live) -> str:
    said = [
        f"{_level_name(level, here)}: {_format.percent(share.value)}"
        for level, share in looked.levels.items()
        if share.value is not None
    ]
    return ", ".join([*said[:1], *(name[:1].lower() + name[1:] for name in said[1:])])
