"""What the rules look at in one round: the state of the store at one instant, each part read when first asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import polars as pl

from clock import local_day, real_clock
from config import Settings
from metrics import Counters, Indicator, Peers, Period, catalogue, remembered_ranking, targets_in_force
from pages._address import address
from pages._units import Units
from recipients import RecipientSettings
from store.engine import Engine
from store.health import SourceHealth, data_until, source_health
from store.reads import Target, targets
from store.screens import ScreenState, screen_states


@dataclass
class Seen:
    """The store as of `now` (aware), the installation's own clock; screens tell their time by the real one."""

    engine: Engine
    settings: Settings
    counters: Counters
    now: datetime

    @property
    def today(self) -> date:
        """The local day."""
        return local_day(self.now)

    @cached_property
    def units(self) -> Units:
        """The units in force today."""
        return Units(self.counters, self.today)

    @cached_property
    def sources(self) -> Sequence[SourceHealth]:
        """Every configured source."""
        return source_health(self.engine, self.settings.sources, self.now)

    @property
    def data_time(self) -> datetime | None:
        """Until when the figures hold: the oldest last good poll of the sources; None before the first."""
        return data_until(self.sources)

    @cached_property
    def screens(self) -> Sequence[ScreenState]:
        """Every screen that was paired or has reported."""
        return screen_states(self.engine, real_clock().now())

    @cached_property
    def all_targets(self) -> Sequence[Target]:
        """All targets, in force or not."""
        return targets(self.engine)

    @cached_property
    def goals(self) -> dict[str, dict[str, Target]]:
        """Indicator to unit code to the target in force today."""
        kinds = [(unit.code, unit.kind) for unit in self.units.by_code.values()]
        keys = sorted({target.indicator for target in self.all_targets})
        return {key: targets_in_force(self.all_targets, kinds, key, self.today) for key in keys}

    def own_units(self, recipient: RecipientSettings) -> list[str]:
        """The recipient's units that are in force today, in the order of the settings."""
        return [code for code in recipient.units if code in self.units.by_code]

    def own_goals(self, recipient: RecipientSettings) -> Iterator[tuple[str, Indicator, Target]]:
        """Each of the recipient's units with each indicator that it has a target for today, and that target."""
        for unit in self.own_units(recipient):
            for key, goals in self.goals.items():
                if unit in goals and (indicator := catalogue().get(key)):
                    yield unit, indicator, goals[unit]

    def ranking(self, key: str, kind: str, period: Period) -> pl.DataFrame:
        """The ranking of a kind of units, as `metrics.ranking` gives it; computed once for all recipients."""
        minimum, peers = self.settings.ranking.minimum, Peers(self.settings.peers)
        return remembered_ranking(self.counters, key, kind, period, minimum, peers, parts=False)

    def link(self, path: str, **choices: str) -> str:
        """The address of a page with these choices (`from_` stands for "from"); "" without a base_url."""
        base = self.settings.messages.base_url.rstrip("/")
        return f"{base}/{address(path, **choices)}" if base else ""
