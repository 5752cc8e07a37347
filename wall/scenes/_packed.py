"""Names on few lines, or on less than one."""

from collections.abc import Sequence

from pages import _format
from pages._language import _

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


def cut(name: str, most: int) -> str:
    """As many whole words of a name as fit."""
    if len(name) <= most:
        return name
    return name[: most - 1].rsplit(" ", 1)[0].rstrip(" ,-") + "…"
