"""What the server tells the screens, as JSON texts. `now`: real time, `shown`: the place's clock, in ms since 1970."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from clock import Clock, real_clock
from pages._language import speaking
from wall.assets_route import build
from wall.composing import NO_PICTURE, Picture
from wall.layout import Layout, Night, Screen, type_sizes
from wall.patch import merge_patch
from wall.schedule import Loop, Pinned
from wall.words import client_words

# A screen that has heard nothing for LOST_MS says so, within three beats.
BEAT_MS = 5_000
LOST_MS = 14_000

Pictures = Mapping[str, Picture]


def beat(clock: Clock) -> str:
    """I am still here."""
    return _text("beat", clock)


def renew(clock: Clock) -> str:
    """Change your token for a new one."""
    return _text("renew", clock)


def program(clock: Clock, loop: Loop) -> str:
    """The loop in force."""
    return _text("program", clock, program=_program(loop))


def pin(clock: Clock, pinned: Pinned | None) -> str:
    """The scene that the screen keeps to; None: the loop goes on."""
    return _text("pin", clock, pin=_pin(pinned))


def patch(clock: Clock, known: Pictures, newest: Pictures) -> str | None:
    """What changed in these scenes against those that the screen has; None when nothing did."""
    changed = {
        name: _patch(known.get(name, NO_PICTURE), picture)
        for name, picture in newest.items()
        if known.get(name) is not picture
    }
    return _text("patch", clock, scenes=changed) if changed else None


def hello(clock: Clock, layout: Layout, screen: Screen, loop: Loop, pinned: Pinned | None, pictures: Pictures) -> str:
    """Everything that a screen needs to begin."""
    with speaking(layout.language):
        texts = client_words()
    return _text(
        "hello",
        clock,
        speed=clock.speed,
        build=build(),
        screen=screen.number,
        language=layout.language,
        style=type_sizes(screen) | {"width": screen.width, "height": screen.height},
        program=_program(loop),
        pin=_pin(pinned),
        night=_night(layout.night),
        beat=BEAT_MS,
        lost=LOST_MS,
        texts=texts,
        scenes={name: _patch(NO_PICTURE, picture) for name, picture in pictures.items()},
    )


def _text(kind: str, clock: Clock, **members: Any) -> str:
    stamp = {"now": _ms(real_clock().now()), "shown": _ms(clock.now())}
    return msgspec.json.encode({"t": kind, **stamp, **members}).decode()


# Nine screens that know the same picture get the same patch, made once.
@lru_cache(maxsize=128)
def _patch(old: Picture, new: Picture) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(merge_patch(old.document, new.document)))


def _program(loop: Loop) -> Sequence[Mapping[str, Any]]:
    return [{"scene": scene, "dwell": dwell} for scene, dwell in loop]


def _pin(pinned: Pinned | None) -> Mapping[str, Any] | None:
    return {"scene": pinned.scene, "at": pinned.at_ms} if pinned else None


def _night(night: Night | None) -> Mapping[str, Any] | None:
    if night is None:
        return None
    return {"from": f"{night.start:%H:%M}", "to": f"{night.end:%H:%M}", "brightness": night.brightness}


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
