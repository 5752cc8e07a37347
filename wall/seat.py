"""One connected screen: what it has been told, and so what it must be told next."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence

from clock import Clock
from wall import messages
from wall.devices import Admission
from wall.layout import Layout
from wall.messages import Pictures
from wall.showing import Wall

_RENEWAL_SECONDS = 600.0

# Sends a text without waiting; False where that cannot be, and nothing was sent.
Say = Callable[[str], bool]


class Said:
    """What brings screens to the newest wall, by number and what they knew: they are many, and know the same."""

    def __init__(self) -> None:
        self._wall: Wall | None = None
        self._told: dict[tuple[int, Wall | None], tuple[Pictures, list[str]]] = {}

    def of(
        self, wall: Wall, knew: tuple[int, Wall | None], make: Callable[[], tuple[Pictures, list[str]]]
    ) -> tuple[Pictures, list[str]]:
        """What a screen of this number that knew that wall knows now, and the messages, made by the first that asks."""
        if wall is not self._wall:
            self._wall, self._told = wall, {}
        if knew not in self._told:
            self._told[knew] = make()
        return self._told[knew]


class Seat:
    """A screen's place at the hub, `number` that of the layout. `woken` is set when the stream's own task shall look
    what there is to tell, `busy` while it tells it; `revoked`: the screen must go; `silence`: for how many of the hub's
    rounds it has been told nothing."""

    def __init__(self, admission: Admission, clock: Clock, said: Said, say: Say | None = None) -> None:
        """`said`: what the hub's other screens have been told of the newest wall; `say`: None: only its task does."""
        self.admission = admission
        self.number = admission.screen
        self.woken = asyncio.Event()
        self.woken.set()
        self.busy = False
        self.silence = 0
        self.revoked = False
        self.clock = clock
        self._said = said
        self._say = say
        self._unsaid = deque[str]()
        self._changed = True
        self._beat: str | None = None
        self._renew = False
        self._ask_again_at = 0.0
        self._wall: Wall | None = None
        self._layout: Layout | None = None
        self._known: Pictures = {}

    @property
    def greeted(self) -> bool:
        """Whether it has been told anything yet."""
        return self._layout is not None

    def change(self) -> None:
        """The newest wall shows it something else than the one before."""
        self._changed = True

    def stay(self, before: Wall, wall: Wall) -> None:
        """The newest wall shows it what the one before did: who was told that one knows this one too."""
        if self._wall is before:
            self._wall = wall

    def beat(self, text: str | None, *, renew: bool) -> None:
        """It has heard nothing for a beat, which is this text (None: the hub is stuck); `renew`: it should change its
        token."""
        self._beat = text if self.greeted else None
        self._renew = renew and self.greeted

    def revoke(self) -> None:
        """Its token holds no longer."""
        self.revoked = True
        self.woken.set()

    def tell(self, wall: Wall | None) -> None:
        """Say what is due now. What a slow screen cannot take yet, and all that is not said every few seconds, is left
        to the stream's own task."""
        unknown = wall is not None and self.number not in wall.layout.screens
        if self._say is None or self.busy or self._unsaid or self.revoked or unknown or not self.greeted:
            self.woken.set()
            return
        self._unsaid.extend(self.due(wall))
        while self._unsaid:
            if not self._say(self._unsaid[0]):
                self.woken.set()
                return
            self._unsaid.popleft()
        self.silence = 0

    def due(self, wall: Wall | None) -> Sequence[str]:
        """What to send now: what changed, else the beat; and now and then to change its token."""
        messages_due = list(self._unsaid)
        self._unsaid.clear()
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
        if self._layout is wall.layout:
            # Those who knew the same are told the same: made once.
            pictures, told = self._said.of(wall, (self.number, self._wall), lambda: self._differences(wall))
        else:
            screen, pictures = wall.layout.screens[self.number], self._pictures(wall)
            if len(pictures) != len(wall.wanted(screen)):
                return ()
            loop, pinned = wall.loops[self.number], wall.pins.get(self.number)
            told = [messages.hello(self.clock, wall.layout, screen, loop, pinned, pictures)]
        self._layout, self._wall, self._known = wall.layout, wall, pictures
        return told

    def _pictures(self, wall: Wall) -> Pictures:
        wanted = wall.wanted(wall.layout.screens[self.number])
        return {name: picture for name, picture in wall.pictures.items() if name in wanted}

    def _differences(self, wall: Wall) -> tuple[Pictures, list[str]]:
        assert self._wall
        pictures = self._pictures(wall)
        loop, pinned = wall.loops[self.number], wall.pins.get(self.number)
        told = []
        if changed := messages.patch(self.clock, self._known, pictures):
            told.append(changed)
        if loop != self._wall.loops[self.number]:
            told.append(messages.program(self.clock, loop))
        if pinned != self._wall.pins.get(self.number):
            told.append(messages.pin(self.clock, pinned))
        return pictures, told
