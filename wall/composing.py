"""Scenes as the screens get them: looked at and composed anew only when something that they show may have changed.

A scene that fails stops neither the others nor the screens: its last good picture stays, marked.
"""

import time
import traceback
from collections.abc import Container, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import structlog

from clock import whole_minute
from metrics import catalogue
from pages._feeds import counted_kind, feeding
from pages._language import Language, _, speaking
from pages._live import Live
from store.health import Freshness, SourceHealth
from wall.blocks import Mark, Scene, Span
from wall.freshness import data_time, mark_of_sources, store_state, with_worst, worst_mark
from wall.layout import SceneUse
from wall.patch import without_nulls
from wall.scenes._contract import SceneKind, SceneModule

log = structlog.get_logger("wall")

# A picture that could not be renewed is late at once, and stale after this time.
_STALE = timedelta(minutes=3)
_RETRY_SECONDS = 10.0


@dataclass(frozen=True, eq=False)
class Picture:
    """A scene as JSON, members without a value left out; another object whenever the document has changed."""

    document: Mapping[str, Any]


NO_PICTURE = Picture({})


class Composer:
    """The pictures of scenes in one language; for one thread at a time.

    `restless`: whether a scene that was last asked for fails, and must be tried again though nothing changes.
    """

    def __init__(self, language: Language, scenes: Mapping[str, SceneModule]) -> None:
        self._language = language
        self._scenes = scenes
        self._easels: dict[str, _Easel] = {}
        self._unread: dict[str, Picture] = {}
        self.restless = False

    def pictures(
        self, here: Live, uses: Iterable[SceneUse], around: Hashable = None, only: Container[str] | None = None
    ) -> dict[str, Picture]:
        """The newest picture of each scene, by its id. `around`: changes when something does that `here` does not tell
        and scenes that follow the polls show, such as the screens' states. `only`: renew these, and leave the others
        as they were if they were ever drawn."""
        found, now = {}, moment(here, around)
        self.restless = False
        with speaking(self._language):
            for use in uses:
                easel = self._easel(use)
                leave = only is not None and use.id not in only and easel.picture is not NO_PICTURE
                found[use.id] = easel.picture if leave else easel.renewed(here, now)
                self.restless |= easel.fails
        return found

    def unread(self, uses: Iterable[SceneUse]) -> dict[str, Picture]:
        """What stands there while the store has never been readable."""
        with speaking(self._language):
            why = _("The database cannot be read.")
            for use in uses:
                if use.id not in self._unread:
                    self._unread[use.id] = Picture(_document(_placeholder(self._scenes[use.scene], why)))
        return dict(self._unread)

    def _easel(self, use: SceneUse) -> "_Easel":
        if use.id not in self._easels:
            self._easels[use.id] = _Easel(use, self._scenes[use.scene])
        return self._easels[use.id]


class _Easel:
    """One scene: for which state it was looked at and composed, its last good picture, and whether it fails."""

    def __init__(self, use: SceneUse, module: SceneModule) -> None:
        self._use = use
        self._module = module
        self._looked: Any = None
        self._looked_for: Hashable = None
        self._composed_for: Hashable = None
        self._good: Scene | None = None
        self._good_at: datetime | None = None
        self._failed_at: float | None = None
        self._hung: Scene | None = None
        self.picture = NO_PICTURE

    @property
    def fails(self) -> bool:
        """Whether it could not be composed when that was last tried."""
        return self._failed_at is not None

    def renewed(self, here: Live, now: "Moment") -> Picture:
        """The picture as of now; the same object as before when nothing in it has changed."""
        if self._failed_at is None or time.monotonic() - self._failed_at >= _RETRY_SECONDS:
            self._try_to_compose(here, now)
        scene = self._shown(here)
        if scene is not self._hung:
            document = _document(scene, self._hung, self.picture.document)
            if document != self.picture.document:
                self.picture = Picture(document)
            self._hung = scene
        return self.picture

    def _try_to_compose(self, here: Live, now: "Moment") -> None:
        try:
            self._compose(here, now)
        except Exception as error:  # noqa: BLE001  # one broken scene must not darken nine screens
            if self._failed_at is None:
                log.error("scene failed", scene=self._use.id, error=repr(error), at=_place_of(error))
            self._failed_at, self._composed_for = time.monotonic(), None
        else:
            if self._failed_at is not None:
                log.info("scene is well again", scene=self._use.id)
            self._failed_at = None

    def _compose(self, here: Live, now: "Moment") -> None:
        # While the store cannot be read there is nothing new to see, and waiting for it would hold up the others.
        look_for = _state_to_look_for(self._module.SCENE, now)
        if look_for != self._looked_for and (here.stale_reason is None or self._looked_for is None):
            self._looked, self._looked_for = self._module.look(here, self._use.parameters), look_for
            self._composed_for = None
        compose_for = (now.ages, now.minute, now.store, _follows_all(self._module.SCENE) and (now.polls, now.around))
        if compose_for != self._composed_for:
            self._good = _edged(self._module.compose(self._looked, here, self._use.parameters), here)
            self._composed_for = compose_for
        self._good_at = here.now

    def _shown(self, here: Live) -> Scene:
        """The last good picture, marked while it could not be renewed."""
        if self._good is None or self._good_at is None:
            return _placeholder(self._module, _("This picture cannot be drawn now."))
        if self._failed_at is None:
            return self._good
        state: Freshness = "late" if here.now - self._good_at <= _STALE else "stale"
        own = Mark(state, "", _("not renewed since {since}", since=data_time(self._good_at, here.now)))
        blocks = {
            name: msgspec.structs.replace(block, mark=_at_best(block.mark, own))
            for name, block in self._good.blocks.items()
        }
        edge = _at_best(self._good.worst, own) if self._good.worst else own
        return msgspec.structs.replace(self._good, blocks=blocks, worst=edge)


def _place_of(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"


class Moment(NamedTuple):
    """All that pictures can depend on: as long as it stays the same, so do they."""

    figures: Hashable
    changed: Mapping[str, int]
    day: date
    polls: tuple[SourceHealth, ...]
    ages: Hashable
    minute: datetime | None
    store: Hashable
    around: Hashable


def moment(here: Live, around: Hashable) -> Moment:
    """The moment of this state of the store, and of what is around it."""
    return Moment(
        figures=(here.version, here.today),
        changed=here.counters.changed,
        day=here.today,
        # When they were is told by the ages: a poll that brought nothing is no other than the one before.
        polls=tuple(
            source._replace(age=None, state="unknown", last_good_at=None, last_run_at=None) for source in here.sources
        ),
        ages=tuple((source.state, whole_minute(source.last_good_at)) for source in here.sources),
        minute=whole_minute(here.now),
        store=(here.stale_reason is None, store_state(here)),
        around=around,
    )


def _follows_all(kind: SceneKind) -> bool:
    """Whether it shows the centre itself: all polls, and what is around them."""
    return kind.follows == "polls" and not kind.polls_of


def _state_to_look_for(kind: SceneKind, now: Moment) -> Hashable:
    if kind.follows == "figures":
        return now.figures
    if kind.polls_of:
        indicator = catalogue()[kind.polls_of]
        counted = now.changed.get(counted_kind(indicator), now.figures)
        return counted, now.day, tuple(feeding(indicator, now.polls)), now.minute
    held = tuple((source.name, source.quarantined, source.day_rejected) for source in now.polls)
    return held, now.day, now.minute, now.around


def _edged(scene: Scene, here: Live) -> Scene:
    """With the worst of its blocks on its edge; where there is nothing to show yet, the worst of all sources."""
    if scene.blocks:
        return with_worst(scene)
    return msgspec.structs.replace(scene, worst=mark_of_sources(here, here.sources))


def _at_best(mark: Mark, own: Mark) -> Mark:
    """The worse of the two, with the time of the first."""
    return msgspec.structs.replace(worst_mark([mark, own]), time=mark.time)


def _placeholder(module: SceneModule, why: str) -> Scene:
    title = _(module.SCENE.title)
    return Scene(title=title, sentence=[Span(why, "bad")], blocks={}, worst=Mark("unknown", "", _("never updated")))


def _document(scene: Scene, before: Scene | None = None, known: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """The scene as JSON; `known`: that of the scene before, whose blocks are taken where they are the same."""
    blocks = {
        name: known["blocks"][name]
        if known and before and before.blocks.get(name) == block
        else without_nulls(msgspec.to_builtins(block))
        for name, block in scene.blocks.items()
    }
    return {**without_nulls(msgspec.to_builtins(msgspec.structs.replace(scene, blocks={}))), "blocks": blocks}
