"""Are documents signed and exchanged, by which tier, and which are overdue?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from metrics import Period, Share, Tier, by_tier, count_apart, funnel, holders
from pages import _format
from pages._language import _
from pages._live import Live
from pages._units import Units
from wall.blocks import AnyBlock, BarRow, Bars, Mark, Place, Scene, Span
from wall.freshness import mark_of
from wall.scenes import _holding
from wall.scenes._contract import Parameters, SceneKind
from wall.scenes._headline import Headline, counted, headline, headline_block
from wall.scenes._nothing import age_spans, nothing_yet
from wall.scenes._place import root_of
from wall.scenes._said import change_spans

SCENE = SceneKind(title="Documents")
_SIGNED, _EXCHANGED, _OVERDUE = "signed_document_rate", "signed_and_exchanged_rate", "incoming_overdue"
_KEYS = (_SIGNED, _EXCHANGED, _OVERDUE)
_PLACES = {key: Place(column=column, row=1, columns=4, rows=6) for key, column in zip(_KEYS, (1, 5, 9), strict=True)}
_TIERS_AT, _HOLDERS_AT = Place(column=1, row=7, columns=6, rows=6), Place(column=7, row=7, columns=6, rows=6)
_MOST_HOLDERS = 4


@dataclass(frozen=True, kw_only=True)
class Looked:
    """`tiers`: signed and sent over the axis, of all that the units of a tier issued in the year to date.

    `headlines` is empty where no unit is known. `unknown`: electronic documents of which nobody said whether they were
    signed.
    """

    headlines: Mapping[str, Headline] = field(default_factory=dict)
    tiers: Mapping[Tier, Share] = field(default_factory=dict)
    unknown: int = 0
    holders: Sequence[_holding.Holder] = ()


def look(here: Live, _parameters: Parameters) -> Looked:
    """The headline figures, the tiers of the year to date, and who holds overdue documents today."""
    counters, today = here.counters, here.today
    root = root_of(Units(counters, today))
    if root is None:
        return Looked()
    year = Period.year_to_date(today)
    return Looked(
        headlines={key: headline(here, key, root.code) for key in _KEYS},
        tiers=by_tier(counters, _EXCHANGED, root.code, year),
        unknown=count_apart(counters, "signing_unknown", root.code, year),
        holders=_holding.held(counters, _OVERDUE, holders(counters, root.code, today), today),
    )


def compose(looked: Looked, here: Live, _parameters: Parameters) -> Scene:
    """What was signed, what was exchanged and by whom, and who holds what is overdue."""
    if not looked.headlines:
        return nothing_yet(here, _(SCENE.title))
    mark = mark_of(here, _SIGNED)
    # A zero of sources that were never read is nobody's zero.
    known = mark.fresh != "unknown" or any(found.denominator or found.value for found in looked.headlines.values())
    holding = _holding.blocks(
        looked.holders,
        at=_HOLDERS_AT,
        mark=mark,
        key=_OVERDUE,
        title=_("Overdue documents, by holder"),
        empty=_("No incoming document is overdue.") if known else _("No document has been read yet."),
        most=_MOST_HOLDERS,
    )
    titles, notes = {_EXCHANGED: _("Signed and exchanged")}, {_SIGNED: _signed_of(looked)}
    blocks: dict[str, AnyBlock] = {
        **{
            key: headline_block(looked.headlines[key], here, at, title=titles.get(key, ""), n=notes.get(key, ""))
            for key, at in _PLACES.items()
        },
        "tiers": _tiers(looked, mark),
        **holding,
    }
    told = _sentence(looked) if known else [Span(_("No document has been read yet."))]
    return Scene(title=_(SCENE.title), sentence=[*age_spans(mark), *told], blocks=blocks)


def _tiers(looked: Looked, mark: Mark) -> Bars:
    names = _tier_names()
    return Bars(
        at=_TIERS_AT,
        mark=mark,
        figure=_EXCHANGED,
        title=_("Signed and exchanged, by tier"),
        rows={
            tier: BarRow(name=names[tier], value=share.value, text=_format.percent(share.value))
            for tier, share in looked.tiers.items()
        },
        order=list(looked.tiers),
        scale=1.0,
        note=_issued(looked, names),
    )


def _tier_names() -> Mapping[Tier, str]:
    return {"tinh": _("Province's tier"), "huyen": _("Districts' tier"), "xa": _("Communes' tier")}


def _issued(looked: Looked, names: Mapping[Tier, str]) -> str:
    """How many documents each tier issued."""
    counts = (f"{names[tier].lower()} {_format.number(share.denominator)}" for tier, share in looked.tiers.items())
    return _("Documents issued: {counts}", counts=", ".join(counts))


def _signed_of(looked: Looked) -> str:
    """What the rate of signed documents counts, and of how many nobody said whether they were signed."""
    unknown = [_("unknown: {n}", n=_format.number(looked.unknown))] if looked.unknown else []
    return " · ".join([counted(looked.headlines[_SIGNED]), *unknown])


def _sentence(looked: Looked) -> list[Span]:
    told = _signed(looked.headlines[_SIGNED])
    if lowest := _lowest_tier(looked.tiers):
        rate = _format.percent(looked.tiers[lowest].value)
        told.append(Span(" " + _("Least exchanged: {tier}, {value}.", tier=_tier_names()[lowest].lower(), value=rate)))
    return [*told, Span(" "), *_overdue(looked.headlines[_OVERDUE])]


def _signed(signed: Headline) -> list[Span]:
    if signed.value is None:
        return [Span(_("No document was issued this year yet."))]
    value = _("{value} of electronic documents signed", value=_format.percent(signed.value))
    return [Span(value), *change_spans(signed), Span(".")]


def _lowest_tier(tiers: Mapping[Tier, Share]) -> Tier | None:
    """The tier that exchanges the least, where that is more than chance."""
    whole = Share(sum(share.numerator for share in tiers.values()), sum(share.denominator for share in tiers.values()))
    below = [tier for tier, share in tiers.items() if funnel(share, whole, len(tiers)) < 0]
    return min(below, key=lambda tier: tiers[tier].value or 0.0, default=None)


def _overdue(overdue: Headline) -> list[Span]:
    if not overdue.value:
        return [Span(_("No incoming document is overdue."), "good")]
    count = _("{n} incoming documents overdue", n=_format.number(overdue.value))
    return [Span(count), *change_spans(overdue), Span(".")]
