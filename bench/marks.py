"""Which freshness each block on the wall must show, told from when its sources were last polled well."""

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from config import Settings
from pages._language import speaking
from pages._live import Holder, Live
from store.health import Freshness, freshness
from wall.discovery import scene_modules
from wall.layout import Layout, SceneUse
from wall.scenes._contract import SceneModule

ORDER: tuple[Freshness, ...] = ("fresh", "late", "stale", "unknown")
# A hub looks around twice a second, a busy machine more slowly.
TOLERANCE = timedelta(seconds=2)

Blocks = Mapping[tuple[str, str], frozenset[str]]


class Found(NamedTuple):
    """What a look at a screen found: blocks looked at, better than they may be, worse than they may be, unheard of."""

    looked_at: int = 0
    unmarked: int = 0
    overmarked: int = 0
    strange: int = 0

    def plus(self, other: "Found") -> "Found":
        """Both together."""
        return Found(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def blocks_of(layout: Layout, settings: Settings) -> Blocks:
    """The sources that each block (scene id, block id) depends on: found by letting one at a time fall silent."""
    here = Holder(settings).live()
    uses = {use.id: use for screen in layout.screens.values() for use in screen.uses}
    depends: dict[tuple[str, str], frozenset[str]] = {}
    with speaking(layout.language):
        for use in uses.values():
            depends |= _depends(use, here)
    return depends


def _depends(use: SceneUse, here: Live) -> Blocks:
    module = scene_modules()[use.scene]
    looked = module.look(here, use.parameters)
    names = [source.name for source in here.sources]
    silent = {name: _not_fresh(module, looked, _with_silent(here, name), use) for name in names}
    every = _shown(module, looked, _with_silent(here, ""), use)
    return {(use.id, block): frozenset(name for name in names if block in silent[name]) for block in every}


def _not_fresh(module: SceneModule, looked: object, here: Live, use: SceneUse) -> set[str]:
    return {block for block, state in _shown(module, looked, here, use).items() if state != "fresh"}


def _shown(module: SceneModule, looked: object, here: Live, use: SceneUse) -> dict[str, Freshness]:
    scene = module.compose(looked, here, use.parameters)
    return {name: block.mark.fresh for name, block in scene.blocks.items()}


def _with_silent(here: Live, silent: str) -> Live:
    """All sources fresh, but one that has been silent for long."""
    sources = []
    for source in here.sources:
        age = source.expected_age * 10 if source.name == silent else timedelta()
        sources.append(source._replace(last_good_at=here.now - age).at(here.now))
    return dataclasses.replace(here, sources=sources)


class Expectation:
    """What blocks may show, at any moment, from when each source was last polled well."""

    def __init__(self, blocks: Blocks, settings: Settings) -> None:
        self._blocks = blocks
        self._expected_age = {source.name: source.expected_age for source in settings.sources}

    def judge(self, drawn: Mapping[str, Mapping[str, str]], last_good: Mapping[str, datetime], now: datetime) -> Found:
        """Hold what a screen has drawn against what it may show at `now`, and could have shown just before."""
        found = Found()
        for scene, blocks in drawn.items():
            for block, shown in blocks.items():
                found = found.plus(self._judged(scene, block, shown, last_good, now))
        return found

    def _judged(self, scene: str, block: str, shown: str, last_good: Mapping[str, datetime], now: datetime) -> Found:
        sources = self._blocks.get((scene, block))
        if sources is None:
            return Found(strange=1)
        earliest = self._worst(sources, last_good, now - TOLERANCE)
        latest = self._worst(sources, last_good, now)
        place = ORDER.index(shown)
        return Found(1, int(place < earliest), int(place > latest))

    def _worst(self, sources: Iterable[str], last_good: Mapping[str, datetime], now: datetime) -> int:
        ages = {name: max(now - last_good[name], timedelta()) for name in sources}
        return max((ORDER.index(freshness(age, self._expected_age[name])) for name, age in ages.items()), default=0)
