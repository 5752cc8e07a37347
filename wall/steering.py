"""What an operator's step means for each screen: the scene that it then keeps to until it is let go."""

from collections.abc import Iterable, Mapping
from datetime import time
from typing import Literal

from wall.layout import Layout, SceneUse
from wall.schedule import Pinned, loop, next_scene, previous_scene, shown_at

Step = Literal["hold", "back", "next"]
# Until a step has reached every screen through every web server: then all of them take it at the same moment.
AHEAD_MS = 2_000


def scenes_of(layout: Layout) -> Mapping[str, SceneUse]:
    """Every scene of the layout, by its id, in the order of its screens."""
    return {use.id: use for screen in layout.screens.values() for use in screen.uses}


def stepped(
    layout: Layout, pins: Mapping[int, Pinned], numbers: Iterable[int], step: Step, local_time: time, at_ms: int
) -> dict[int, str]:
    """The scene that each of these screens keeps to after the step, taken at `at_ms` (real time, ms since 1970).

    `local_time`: of the place's day, for scenes with hours. A pin on a scene that the layout no longer has is none.
    """
    return {number: _stepped(layout, pins.get(number), number, step, local_time, at_ms) for number in numbers}


def _stepped(layout: Layout, pinned: Pinned | None, number: int, step: Step, local_time: time, at_ms: int) -> str:
    going = loop(layout.screens[number], local_time)
    shown = shown_at(going, pinned if pinned and pinned.scene in scenes_of(layout) else None, at_ms)
    if step == "hold":
        return shown
    return next_scene(going, shown) if step == "next" else previous_scene(going, shown)
