"""Whether a rate changed by more than chance explains."""

from math import sqrt
from typing import NamedTuple

_Z = 1.96  # 95 %


class Share(NamedTuple):
    """A numerator and its denominator."""

    numerator: float
    denominator: float

    @property
    def value(self) -> float | None:
        """The rate; None where there is nothing to count."""
        return self.numerator / self.denominator if self.denominator else None


def notable(now: Share, before: Share) -> bool:
    """Whether two rates differ at the 95 % level (two independent proportions); False where one counts nothing."""
    if not now.denominator or not before.denominator:
        return False
    together = (now.numerator + before.numerator) / (now.denominator + before.denominator)
    spread = sqrt(max(together * (1 - together), 0.0) * (1 / now.denominator + 1 / before.denominator))
    difference = now.numerator / now.denominator - before.numerator / before.denominator
    return abs(difference) > _Z * spread
