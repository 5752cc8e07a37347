"""Scenes as the screens get them: looked at and composed anew only when something that they show may have changed.

A scene that fails stops neither the others nor the screens: its last good picture stays, marked.
"""

import time
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from pages._language import Language, _, speaking
from pages._live import Live
from store.health import Freshness
from wall.blocks import Mark, Scene, Span
from wall.discovery import scene_modules
from wall.freshness import data_time, mark_of_store, with_worst, worst_mark
from wall.layout import SceneUse
from wall.patch import without_nulls
from wall.scenes._contract import SceneModule

log = structlog.get_logger("wall")

# A picture that could not be renewed is late at once, and stale after this time.
_STALE = timedelta(minutes=3)
_RETRY_SECONDS = 10.0


@dataclass(frozen=True, eq=False)
class Picture:
    """A scene as JSON, members without a value left out; another object whenever the document has changed."""

    document: Mapping[str, Any]


NO_PICTURE = Picture({})


@dataclass
class _Easel:
    """What is kept of one scene: for which state it was looked at and composed, its last good picture, and since when
    (`time.monotonic`) a renewal has failed."""

    looked: Any = None
    looked_for: Hashable = None
    composed_for: Hashable = None
    good: Scene | None = None
    good_at: datetime | None = None
    failed_at: float | None = None
    hung: Scene | None = None
    picture: Picture = NO_PICTURE


class Composer:
    """The pictures of scenes in one language; for one thread at a time."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._easels: dict[str, _Easel] = {}

    def pictures(self, here: Live, uses: Iterable[SceneUse], around: Hashable = None) -> dict[str, Picture]:
        """The newest picture of each scene, by its id. `around`: changes when something does that `here` does not tell
        and scenes that follow the polls show, such as the screens' states."""
        with speaking(self._language):
            return {use.id: _renewed(self._easels.setdefault(use.id, _Easel()), use, here, around) for use in uses}

    def unread(self, uses: Iterable[SceneUse]) -> dict[str, Picture]:
        """What stands there while the store has never been readable."""
        with speaking(self._language):
            why = _("The database cannot be read.")
            return {use.id: Picture(_document(_placeholder(use, why))) for use in uses}


def _renewed(easel: _Easel, use: SceneUse, here: Live, around: Hashable) -> Picture:
    if easel.failed_at is None or time.monotonic() - easel.failed_at >= _RETRY_SECONDS:
        _try_to_compose(easel, use, here, around)
    scene = _shown(easel, use, here)
    if scene is not easel.hung:
        document = _document(scene)
        if document != easel.picture.document:
            easel.picture = Picture(document)
        easel.hung = scene
    return easel.picture


def _try_to_compose(easel: _Easel, use: SceneUse, here: Live, around: Hashable) -> None:
    try:
        _compose(easel, scene_modules()[use.scene], use, here, around)
    except Exception as error:  # one broken scene must not darken nine screens
        if easel.failed_at is None:
            log.exception("scene failed", scene=use.id, error=str(error))
        easel.failed_at, easel.composed_for = time.monotonic(), None
    else:
        if easel.failed_at is not None:
            log.info("scene is well again", scene=use.id)
        easel.failed_at = None


def _compose(easel: _Easel, module: SceneModule, use: SceneUse, here: Live, around: Hashable) -> None:
    # While the store cannot be read there is nothing new to see, and waiting for it would hold up the others.
    look_for = _state_to_look_for(module, here, around)
    if look_for != easel.looked_for and (here.stale_reason is None or easel.looked_for is None):
        easel.looked, easel.looked_for = module.look(here, use.parameters), look_for
        easel.composed_for = None
    compose_for = _state_to_compose_for(here)
    if compose_for != easel.composed_for:
        easel.good = with_worst(module.compose(easel.looked, here, use.parameters))
        easel.composed_for = compose_for
    easel.good_at = here.now


def _state_to_look_for(module: SceneModule, here: Live, around: Hashable) -> Hashable:
    figures = (here.version, here.today)
    if module.SCENE.follows == "figures":
        return figures
    polls = tuple(source._replace(age=None, state="unknown") for source in here.sources)
    return figures, polls, _minute(here.now), around


def _state_to_compose_for(here: Live) -> Hashable:
    ages = tuple((source.state, _minute(source.last_good_at)) for source in here.sources)
    return ages, _minute(here.now), here.stale_reason is None, mark_of_store(here).fresh


def _minute(at: datetime | None) -> datetime | None:
    return at and at.replace(second=0, microsecond=0)


def _shown(easel: _Easel, use: SceneUse, here: Live) -> Scene:
    """The last good picture, marked while it could not be renewed."""
    if easel.good is None or easel.good_at is None:
        return _placeholder(use, _("This picture cannot be drawn now."))
    if easel.failed_at is None:
        return easel.good
    state: Freshness = "late" if here.now - easel.good_at <= _STALE else "stale"
    own = Mark(state, "", _("not renewed since {since}", since=data_time(easel.good_at, here.now)))
    blocks = {name: _older(block, own) for name, block in easel.good.blocks.items()}
    return with_worst(msgspec.structs.replace(easel.good, blocks=blocks))


def _older(block: Any, own: Mark) -> Any:
    worst = worst_mark([block.mark, own])
    return msgspec.structs.replace(block, mark=msgspec.structs.replace(worst, time=block.mark.time))


def _placeholder(use: SceneUse, why: str) -> Scene:
    title = _(scene_modules()[use.scene].SCENE.title)
    return Scene(title=title, sentence=[Span(why, "bad")], blocks={}, worst=Mark("unknown", "", _("never updated")))


def _document(scene: Scene) -> Mapping[str, Any]:
    document: Mapping[str, Any] = without_nulls(msgspec.to_builtins(scene))
    return document
