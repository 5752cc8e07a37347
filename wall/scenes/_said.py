"""How a change of a headline figure is told within a sentence."""

from pages._language import _
from wall.blocks import Span, Tone
from wall.scenes._headline import Headline, better


def change_spans(found: Headline) -> list[Span]:
    """Behind what it is said of: ", tăng so với trước", ", không đổi đáng kể"; nothing while too little is known."""
    if not found.signal.enough:
        return []
    if not found.change:
        return [Span(", " + _("no notable change"))]
    return [Span(", "), Span(_("up on before") if found.change > 0 else _("down on before"), change_tone(found))]


def change_tone(found: Headline) -> Tone:
    """Whether that is good or bad; neither without a change, or where neither side is."""
    side = better(found)
    return "" if side is None else "good" if side else "bad"
