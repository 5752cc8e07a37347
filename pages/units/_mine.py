"""The visitor's own unit: why it moved, what is missing to its target, and what the rest of the year must bring."""

from typing import Any

from pages import _format
from pages._html import escape
from pages._language import _
from pages._live import Live
from pages.units._view import Shown


def parts_in_words(row: dict[str, Any]) -> str:
    """A movement and its parts: tăng 3 bậc: tự thân +4, đơn vị khác −1; empty for a unit not ranked before."""
    if row["own_change"] is None:
        return ""
    moved = row["previous_rank"] - row["rank"]
    whole = _("up {n}", n=moved) if moved > 0 else _("down {n}", n=-moved) if moved else _("unchanged")
    names = {
        "own_change": _("own change"),
        "others_change": _("others' change"),
        "entered": _("newly ranked"),
        "left": _("no longer ranked"),
    }
    parts = [f"{name} {_format.signed(row[part])}" for part, name in names.items() if row[part]]
    return f"{whole}: {', '.join(parts)}" if parts else whole


def my_unit(shown: Shown, here: Live) -> str:
    """What the visitor's unit should know, as a list in HTML."""
    row = shown.found.filter(shown.found["unit"] == shown.view.mine).row(0, named=True)
    said = [_movement(shown, row)]
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in said if sentence)
    return f'<ul class="ioc-said">{items}</ul>' if items else ""


def _movement(shown: Shown, row: dict[str, Any]) -> str:
    if not shown.compared or row["rank"] is None:
        return ""
    told = parts_in_words(row) or _("newly ranked")
    return _("Movement against the period before: {told}.", told=told)
