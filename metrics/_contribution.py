"""What each part brought of a change, so that the parts add up to it."""

from collections.abc import Mapping

from metrics._change import Share


def contributions(now: Mapping[str, Share], before: Mapping[str, Share]) -> dict[str, float]:
    """Of the change of the rate of all parts together, what each part brought; the sum is the change.

    A part brings what it holds more (or less) hits than the whole's rate, midway between both times, lets expect of
    its size: so that a part counts by its own rate and by how much of the whole it has become. Empty where either time
    counts nothing.
    """
    whole, past = _together(now), _together(before)
    if whole.value is None or past.value is None:
        return {}
    midway = (whole.value + past.value) / 2
    nothing = Share(0.0, 0.0)
    return {
        part: _surplus(now.get(part, nothing), whole, midway) - _surplus(before.get(part, nothing), past, midway)
        for part in now.keys() | before.keys()
    }


def _together(parts: Mapping[str, Share]) -> Share:
    return Share(sum(part.numerator for part in parts.values()), sum(part.denominator for part in parts.values()))


def _surplus(part: Share, whole: Share, rate: float) -> float:
    """What a part holds above the rate, as points of the whole."""
    return (part.numerator - rate * part.denominator) / whole.denominator
