"""The fonts of the pages for typst: the web fonts hold Latin and Vietnamese letters apart, and packed."""

import tempfile
from functools import cache
from pathlib import Path

import typst
from fontTools.merge import Merger
from fontTools.ttLib import TTFont

from exports._signs import add_signs

FAMILY = "Be Vietnam Pro"
_SHIPPED = Path(__file__).parent.parent / "pages" / "static"
_WEIGHTS = (400, 600, 700)
_SCRIPTS = ("latin", "vietnamese")


@cache
def fonts() -> typst.Fonts:
    """The shipped fonts in whole with the signs that pages use; typst's own for any other, none of the machine.

    Made once in a process, within a few seconds; typst reads them when it needs them, so their folder stays.
    """
    folder = Path(_made().name)
    for weight in _WEIGHTS:
        _merge(weight, folder)
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[folder])


@cache
def _made() -> "tempfile.TemporaryDirectory[str]":
    """Removed when the process ends."""
    return tempfile.TemporaryDirectory(prefix="ioc-fonts-")


def _merge(weight: int, folder: Path) -> None:
    """Put the whole font of a weight into the folder, and nothing else."""
    parts = []
    for script in _SCRIPTS:
        font = TTFont(_SHIPPED / f"be-vietnam-pro-{script}-{weight}-normal.woff2")
        font.flavor = None
        parts.append(folder / f"{script}.part")
        font.save(parts[-1])
    whole = Merger().merge([str(part) for part in parts])
    add_signs(whole)
    whole.save(folder / f"{weight}.ttf")
    for part in parts:
        part.unlink()
