"""One connected screen: what it has been told, and so what it must be told next."""

import asyncio
import time
from collections.abc import Iterator, Mapping

from clock import Clock
from wall import messages
from wall.composing import Picture
from wall.devices import Admission
from wall.layout import Layout
from wall.schedule import Loop, Pinned
from wall.showing import Wall

_RENEWAL_SECONDS = 600.0


class Seat:
    """A screen's place at the hub. `changed` is set when there may be something to tell; `revoked`: it must go."""

    def __init__(self, admission: Admission, clock: Clock) -> None:
        self.admission = admission
        self.changed = asyncio.Event()
        self.revoked = False
        self.clock = clock
        self._ask_again_at = 0.0
        self._layout: Layout | None = None
        self._loop: Loop = ()
        self._pin: Pinned | None = None
        self._known: Mapping[str, Picture] = {}

    @property
    def number(self) -> int:
        """The screen's number in the layout."""
        return self.admission.screen

    @property
    def greeted(self) -> bool:
        """Whether it has been told anything yet."""
        return self._layout is not None

    def may_ask_for_renewal(self) -> bool:
        """Whether the screen may be asked (again) to change its token; asking counts."""
        if time.monotonic() < self._ask_again_at:
            return False
        self._ask_again_at = time.monotonic() + _RENEWAL_SECONDS
        return True

    def revoke(self) -> None:
        """Its token holds no longer."""
        self.revoked = True
        self.changed.set()

    def news(self, wall: Wall) -> Iterator[str]:
        """The messages that bring the screen from what it knows to what the wall shows now: a slow screen skips what
        was in between. Nothing before its scenes have been drawn for the first time."""
        screen = wall.layout.screens[self.number]
        wanted = wall.wanted(screen)
        pictures = {name: picture for name, picture in wall.pictures.items() if name in wanted}
        loop, pinned = wall.loops[self.number], wall.pins.get(self.number)
        if self._layout is wall.layout:
            yield from self._differences(loop, pinned, pictures)
        elif len(pictures) == len(wanted):
            yield messages.hello(self.clock, wall.layout, screen, loop, pinned, pictures)
        else:
            return
        self._layout, self._loop, self._pin, self._known = wall.layout, loop, pinned, pictures

    def _differences(self, loop: Loop, pinned: Pinned | None, pictures: Mapping[str, Picture]) -> Iterator[str]:
        changed = messages.patch(self.clock, self._known, pictures)
        if changed:
            yield changed
        if loop != self._loop:
            yield messages.program(self.clock, loop)
        if pinned != self._pin:
            yield messages.pin(self.clock, pinned)
