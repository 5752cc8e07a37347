"""What a module in this folder must hold: the first file to read before adding a scene.

A module whose name does not begin with `_` is a scene of that name in `wall/layout.toml`. Its docstring is the one
question it answers. It defines `SCENE` and two functions:

    look(here, parameters)      what the picture needs of the store and the counters: the costly part, asked again only
                                when the store's version or the day changed (`follows = "polls"`: when more is held
                                back of a source or something around the centre changed, and once a minute; with
                                `polls_of` after every poll that was not like the one before, and once a minute);
                                of a scene that no screen shows, nor will in ten seconds, once a minute
    compose(looked, here, parameters)
                                the picture in words and blocks: cheap, asked again whenever something it shows may have
                                changed, also when only a source grew old. The language is the wall's: `_()` and
                                `pages/_format.py` as on pages.

`here` is `pages/_live.Live`: counters, sources with their freshness as of now, clock, settings, engine. A block's mark
comes from `wall/freshness.py`. A scene imports metrics, store.reads, store.health, clock and pages' machinery; never
connectors, httpx, sqlalchemy, streamlit. It takes no empty store, unit without a target or source that was never
read for a reason to fail: it says so. Tests over every scene found: tests/contract/test_scenes.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pages._live import Live
from wall.blocks import Scene

Parameters = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class SceneKind:
    """One kind of scene. `title`: English msgid. `parameters`: what the layout may set, each with its allowed values in
    order, the first being the default; `follows`: when `look` is asked again; `polls_of`: an indicator, where only
    polls of the sources that feed it are followed."""

    title: str
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    follows: Literal["figures", "polls"] = "figures"
    polls_of: str = ""


class SceneModule(Protocol):
    """A module that is a scene."""

    SCENE: SceneKind

    def look(self, here: Live, parameters: Parameters) -> Any:
        """The costly part; what it returns goes to `compose` unchanged."""

    def compose(self, looked: Any, here: Live, parameters: Parameters) -> Scene:
        """The picture; every parameter of SCENE is set."""
