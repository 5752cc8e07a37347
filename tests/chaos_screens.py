"""What the screens of a chaos run show in the end, held against scenes composed anew from the final store."""

import time
from typing import Any

from tests.chaos_centre import ChaosCentre
from tests.chaos_sources import FEEDS
from tests.wall_here import here_at
from tests.wall_screens import Screens
from wall.composing import Composer
from wall.discovery import scene_modules
from wall.layout import read_layout
from wall.watch import SHIPPED

# These tell which sources are silent, and by now nobody polls.
_OF_POLLS = ("centre", "moved")
# How old something is goes on changing while we look.
_AGES = {"mark", "worst"}
_SECONDS, _LOOK_SECONDS = 30.0, 2.0


def outdated_screens(centre: ChaosCentre) -> tuple[int, list[str]]:
    """How many scenes were compared, and which of them are on a screen with another content than the store's, although
    the screens had time."""
    deadline = time.monotonic() + _SECONDS
    compared, wrong = _outdated(centre)
    while wrong and time.monotonic() < deadline:
        centre.screens.pages[min(centre.screens.pages)].wait_for_timeout(_LOOK_SECONDS * 1000)
        compared, wrong = _outdated(centre)
    return compared, wrong


def _outdated(centre: ChaosCentre) -> tuple[int, list[str]]:
    modules, layout = scene_modules(), read_layout(SHIPPED)
    here = here_at(centre.engine, centre.clock.now(), {feed.name: feed.dialect for feed in FEEDS})
    composer, compared, wrong = Composer(layout.language, modules), 0, []
    for number in centre.screens.pages:
        uses = [use for use in layout.screens[number].uses if use.scene not in _OF_POLLS]
        shown = _scenes(centre.screens, number)
        for name, picture in composer.pictures(here, uses).items():
            compared += 1
            if _without_ages(shown.get(name)) != _without_ages(picture.document):
                wrong.append(f"screen {number}: {name}")
    return compared, wrong


def _scenes(screens: Screens, number: int) -> dict[str, Any]:
    drawn: dict[str, Any] = screens.pages[number].evaluate("() => globalThis.iocWall?.scenes ?? {}")
    return drawn


def _without_ages(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _without_ages(value) for name, value in part.items() if name not in _AGES}
    if isinstance(part, list | tuple):
        return [_without_ages(value) for value in part]
    return part
