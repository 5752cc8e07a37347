"""The targets in force today: found once for all scenes."""

from collections.abc import Mapping
from datetime import date

from pages._goals import goals, targets_version
from pages._live import Live
from pages._units import Units
from store.reads import Target


def goals_today(here: Live, key: str) -> Mapping[str, Target]:
    """Unit code to the target of an indicator that is in force today: its own, else that of its kind. StoreError."""
    question = ("goals", key, here.today, targets_version(here))
    return here.counters.remembered(
        question, date.min, lambda: goals(here, key, here.today, Units(here.counters, here.today))
    )
