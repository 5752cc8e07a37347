"""The targets as the store held them at its version: asked once for all scenes."""

from collections.abc import Mapping, Sequence

from metrics import targets_in_force
from pages._live import Live
from pages._units import Units
from store.reads import Target, targets


def known_targets(here: Live) -> Sequence[Target]:
    """All targets, in force or not. StoreError."""
    question = ("targets", here.version)
    return here.counters.remembered(question, here.today, lambda: tuple(targets(here.engine)))


def goals_today(here: Live, key: str) -> Mapping[str, Target]:
    """Unit code to the target of an indicator that is in force today: its own, else that of its kind. StoreError."""
    question = ("goals", key, here.today, here.version)
    return here.counters.remembered(question, here.today, lambda: _goals(here, key))


def _goals(here: Live, key: str) -> Mapping[str, Target]:
    units = Units(here.counters, here.today).by_code.values()
    return targets_in_force(known_targets(here), [(unit.code, unit.kind) for unit in units], key, here.today)
