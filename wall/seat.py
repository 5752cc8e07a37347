"""One connected screen: what it has been told, and so what it must be told next."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from clock import Clock
from wall import messages
from wall.composing import Picture
from wall.devices import Admission
from wall.layout import Layout
from wall.showing import Wall

_RENEWAL_SECONDS = 600.0


class Said:
    """What brings screens to the newest wall, by number and what they knew: they are many, and know the same."""

    def __init__(self) -> None:
        self._wall: Wall | None = None
        self._told: dict[tuple[int, Wall | None], list[str]] = {}

    def of(self, wall: Wall, knew: tuple[int, Wall | None], make: Callable[[], list[str]]) -> list[str]:
        """The messages for a screen of this number that knew that wall, made by the first that asks."""
        if wall is not self._wall:
            self._wall, self._told = wall, {}
        if knew not in self._told:
            self._told[knew] = make()
        return self._told[knew]


class Seat:
    """A screen's place at the hub, `number` that of the layout. `woken` is set when there may be something to tell;
    `revoked`: it must go; `told_at` (`time.monotonic`): when it was last told something, or looked whether there is."""

    def __init__(self, admission: Admission, clock: Clock, said: Said) -> None:
        """`said`: what the hub's other screens have been told of the newest wall."""
        self.admission = admission
        self.number = admission.screen
        self.woken = asyncio.Event()
        self.woken.set()
        self.told_at = time.monotonic()
        self.revoked = False
        self.clock = clock
        self._said = said
        self._changed = True
        self._beat: str | None = None
        self._renew = False
        self._ask_again_at = 0.0
        self._wall: Wall | None = None
        self._layout: Layout | None = None
        self._known: Mapping[str, Picture] = {}

    @property
    def greeted(self) -> bool:
        """Whether it has been told anything yet."""
        return self._layout is not None

    def change(self) -> None:
        """The newest wall shows it something else than the one before."""
        self._changed = True
        self.woken.set()

    def stay(self, before: Wall, wall: Wall) -> None:
        """The newest wall shows it what the one before did: who was told that one knows this one too."""
        if self._wall is before:
            self._wall = wall

    def beat(self, text: str | None, *, renew: bool) -> None:
        """It has heard nothing for a beat, which is this text (None: the hub is stuck); `renew`: it should change its
        token."""
        self._beat = text if self.greeted else None
        self._renew = renew and self.greeted
        self.woken.set()

    def revoke(self) -> None:
        """Its token holds no longer."""
        self.revoked = True
        self.woken.set()

    def due(self, wall: Wall | None) -> Sequence[str]:
        """What to send now: what changed, else the beat; and now and then to change its token."""
        messages_due: list[str] = []
        if wall is not None and self._changed:
            messages_due += self._news(wall)
            self._changed = not self.greeted
        if self._beat and not messages_due:
            messages_due.append(self._beat)
        if self._renew and time.monotonic() >= self._ask_again_at:
            self._ask_again_at = time.monotonic() + _RENEWAL_SECONDS
            messages_due.append(messages.renew(self.clock))
        self._beat, self._renew = None, False
        return messages_due

    def _news(self, wall: Wall) -> Sequence[str]:
        """The messages that bring the screen from what it knows to what the wall shows now: a slow screen skips what
        was in between. Nothing before its scenes have been drawn for the first time."""
        screen = wall.layout.screens[self.number]
        wanted = wall.wanted(screen)
        pictures = {name: picture for name, picture in wall.pictures.items() if name in wanted}
        if self._layout is wall.layout:
            # Those who knew the same are told the same: made once.
            told = self._said.of(wall, (self.number, self._wall), lambda: self._differences(wall, pictures))
        elif len(pictures) == len(wanted):
            loop, pinned = wall.loops[self.number], wall.pins.get(self.number)
            told = [messages.hello(self.clock, wall.layout, screen, loop, pinned, pictures)]
        else:
            return ()
        self._layout, self._wall, self._known = wall.layout, wall, pictures
        return told

    def _differences(self, wall: Wall, pictures: Mapping[str, Picture]) -> list[str]:
        assert self._wall
        loop, pinned = wall.loops[self.number], wall.pins.get(self.number)
        told = []
        if changed := messages.patch(self.clock, self._known, pictures):
            told.append(changed)
        if loop != self._wall.loops[self.number]:
            told.append(messages.program(self.clock, loop))
        if pinned != self._wall.pins.get(self.number):
            told.append(messages.pin(self.clock, pinned))
        return told
