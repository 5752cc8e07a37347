"""Names on few lines, sentences of few signs."""

from collections.abc import Sequence

from pages import _format
from pages._language import _
from wall.blocks import Span

_LONGEST = 150  # signs of a sentence
_BETWEEN = " · "  # names of departments have commas


def packed(names: Sequence[str], most: int, widest: int) -> list[str]:
    """The names on at most so many lines of so many signs; how many are left out stands at the end of the last."""
    rows: list[list[str]] = []
    for place, name in enumerate(names):
        if rows and len(_BETWEEN.join([*rows[-1], name])) <= widest:
            rows[-1].append(name)
        elif len(rows) < most:
            rows.append([name])
        else:
            return _with_rest(rows, len(names) - place, widest)
    return [_BETWEEN.join(row) for row in rows]


def _with_rest(rows: list[list[str]], left: int, widest: int) -> list[str]:
    def ending() -> str:
        return " " + _("and {n} more", n=_format.number(left))

    while len(rows[-1]) > 1 and len(_BETWEEN.join(rows[-1]) + ending()) > widest:
        rows[-1].pop()
        left += 1
    return [_BETWEEN.join(row) for row in rows[:-1]] + [_BETWEEN.join(rows[-1]) + ending()]


def sentence(spans: Sequence[Span]) -> list[Span]:
    """The spans with spaces between, in their order; those left out with which it would be too long to read."""
    told: list[Span] = []
    for span in spans:
        if not told:
            told = [span]
        elif sum(len(one.text) for one in told) + len(span.text) < _LONGEST:
            told += [Span(" "), span]
    return told
