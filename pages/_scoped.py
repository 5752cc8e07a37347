"""What a visitor is told of dossiers that are counted but not theirs to see."""

from pages import _format
from pages._language import _
from pages._live import Live


def not_yours(here: Live, apart: int) -> str:
    """Why so many dossiers that a figure counts are not listed."""
    n = _format.number(apart)
    if not here.visitor.may("dossiers"):
        return _("{n} dossiers are counted; single dossiers are not for your role.", n=n)
    return _("{n} dossiers counted in the figures are not listed: they are not of your units.", n=n)
