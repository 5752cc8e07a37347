"""Who reaches the target and who does not: the units of a kind by an indicator, and how much each still lacks?"""

from collections.abc import Mapping
from functools import lru_cache

from metrics import Share, catalogue, gap
from pages import _format
from pages._language import _
from pages._live import Live
from pages.units._mine import counted_word
from store.reads import Target
from wall.blocks import AnyBlock, BarRow, Bars, Line, Listing, Place, Scene, Span, Tone
from wall.freshness import mark_of
from wall.scenes._contract import Parameters, SceneKind
from wall.scenes._headline import goal_words, headline_block
from wall.scenes._nothing import nothing_yet
from wall.scenes._standings import (
    INDICATORS,
    Peer,
    Standings,
    heading,
    look_standings,
    sentence,
    tier_name,
)

SCENE = SceneKind(title="Ranking", parameters={"indicator": INDICATORS, "kind": ("huyen", "so", "xa")})
_BARS_AT = Place(column=1, row=1, columns=8, rows=12)
_WHOLE_AT, _LACKING_AT = Place(column=9, row=1, columns=4, rows=6), Place(column=9, row=7, columns=4, rows=6)
_MOST_BARS, _FIRST, _MOST_LINES = 10, 4, 4
_NAMED, _WIDEST = 2, 50  # names in the sentence, and their signs


def look(here: Live, parameters: Parameters) -> Standings | None:
    """The ranking of the year to date; None while no unit is known."""
    return look_standings(here, parameters["indicator"], parameters["kind"])


def compose(looked: Standings | None, here: Live, _parameters: Parameters) -> Scene:
    """Bars by rank, the whole beside them, and what is lacking."""
    if looked is None:
        return nothing_yet(here, _(SCENE.title))
    title = heading(looked, here, tier_name(looked))
    blocks: dict[str, AnyBlock] = {"whole": headline_block(looked.whole, here, _WHOLE_AT, title=_("The whole"))}
    if looked.peers:
        blocks |= {"ranking": _bars(looked, here), "lacking": _lacking(looked, here)}
    else:
        few, empty = here.settings.ranking.minimum, _("Units are ranked from {n} cases on.")
        mark, words = mark_of(here, looked.indicator.key), empty.format(n=_format.number(few))
        blocks["ranking"] = Listing(at=_BARS_AT, mark=mark, lines={}, order=[], empty=words)
    return Scene(title=title, sentence=sentence(looked, here, _most(looked)), blocks=blocks)


def _bars(looked: Standings, here: Live) -> Bars:
    """All of them, or the first few and more of the last, with how many are left out."""
    shown, left = looked.peers, 0
    if len(shown) > _MOST_BARS:
        left = len(shown) - _MOST_BARS
        shown = [*shown[:_FIRST], *shown[_FIRST + left :]]
    goal = looked.goal
    ends = [end for peer in shown for end in (peer.value, peer.high, peer.target and peer.target.value) if end]
    return Bars(
        at=_BARS_AT,
        mark=mark_of(here, looked.indicator.key),
        figure=looked.indicator.key,
        rows={peer.code: _bar(peer) for peer in shown},
        order=[peer.code for peer in shown],
        scale=max(ends, default=1.0),
        goal=goal.value if goal else None,
        goal_text=_("target {value}", value=goal_words(goal)) if goal else "",
        gap_after=shown[_FIRST - 1].code if left else "",
        gap_text=_("{n} other units", n=_format.number(left)) if left else "",
        note=_note(looked),
    )


def _bar(peer: Peer) -> BarRow:
    gained = peer.former_rank - peer.rank if peer.former_rank else 0
    tones: Mapping[bool, Tone] = {True: "good", False: "bad"}
    return BarRow(
        name=peer.name,
        rank=_format.number(peer.rank),
        value=peer.value,
        text=_format.percent(peer.value),
        standing=peer.state,
        low=peer.low,
        high=peer.high,
        goal=peer.target.value if peer.target else None,
        move=f"{'▲' if gained > 0 else '▼'}{abs(gained)}" if gained else "",
        move_tone=tones[gained > 0] if gained else "",
        note=_("n = {n}", n=_format.number(peer.share.denominator)),
    )


def _note(looked: Standings) -> str:
    told = [_("thin line: 95% interval")]
    if any(peer.former_rank for peer in looked.peers):
        told.append(_("▲▼ places against the period before, beyond chance"))
    if looked.few:
        told.append(_("{n} with too few cases not ranked", n=_format.number(looked.few)))
    return " · ".join(told)


def _lacking(looked: Standings, here: Live) -> Listing:
    """Who needs how many further cases to reach the target; without targets, who differs from the whole."""
    kept = _needs(looked) if looked.judged else _apart(looked)
    return Listing(
        at=_LACKING_AT,
        mark=mark_of(here, looked.indicator.key),
        figure=looked.indicator.key,
        title=_("Lacking to the target") if looked.judged else _("Apart from the whole"),
        lines=kept,
        order=list(kept),
        empty=_("All reach the target.") if looked.judged else _("Nobody beyond chance."),
        note=_("further {cases}, all else equal", cases=counted_word(looked.indicator)) if looked.below else "",
    )


def _needs(looked: Standings) -> dict[str, Line]:
    needs = sorted(_lacks(looked), key=lambda pair: -pair[1])[:_MOST_LINES]
    return {
        peer.code: Line(head=peer.name, value=_format.number(cases), shape=_SHAPES[peer.state], tone=_TONES[peer.state])
        for peer, cases in needs
    }


_SHAPES: Mapping[str, str] = {"near": "▲", "missed": "■"}
_TONES: Mapping[str, Tone] = {"near": "warn", "missed": "bad"}


def _lacks(looked: Standings) -> list[tuple[Peer, int]]:
    """Those below the target, with the further cases that each needs."""
    found = []
    for peer in looked.below:
        if peer.target:
            needed = _needed(looked.indicator.key, peer.share, peer.target)
            found += [(peer, needed)] if needed else []
    return found


@lru_cache(maxsize=4096)
def _needed(key: str, share: Share, target: Target) -> int | None:
    """After a poll most units have what they had before."""
    return gap(catalogue()[key], *share, target).dossiers_needed


def _apart(looked: Standings) -> dict[str, Line]:
    good = -1 if looked.indicator.better == "lower" else 1
    far = sorted((peer for peer in looked.peers if peer.apart), key=lambda peer: (peer.apart * good, -peer.rank))
    return {
        peer.code: Line(
            head=peer.name,
            text=_("better") if peer.apart == good else _("worse"),
            value=_format.percent(peer.value),
            shape="▲" if peer.apart > 0 else "▼",
            tone="good" if peer.apart == good else "bad",
        )
        for peer in far[:_MOST_LINES]
    }


def _most(looked: Standings) -> list[Span]:
    """Who lacks the most: two where there is room, else one."""
    lacks, cases = sorted(_lacks(looked), key=lambda pair: -pair[1])[:_NAMED], counted_word(looked.indicator)
    names = [f"{peer.name} {_format.number(n)}" for peer, n in lacks]
    if not names:
        return []
    both = len(", ".join(names)) <= _WIDEST
    most = ", ".join([f"{names[0]} {cases}", *(names[1:] if both else [])])
    return [Span(_("Lacking most: {most}.", most=most))]
