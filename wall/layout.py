"""The wall's layout file: which screens there are, what each shows for how long, and how large type must be on it."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from math import ceil, radians, tan
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from errors import ConfigError
from wall._located import Table, Wrong, line_of
from wall.discovery import scene_modules
from wall.scenes._contract import SceneModule

SHIPPED = Path(__file__).with_name("layout.toml")
VERSION = 1
# The height of a capital letter of Be Vietnam Pro, in parts of the type size (its table OS/2; a test reads it there).
CAPITAL = 0.740
# Arc-minutes of a capital's height as seen from the viewing distance (NUREG-0700, ISO 9241; ui.md).
_ARC_MINUTES = {"head": 22, "read": 16, "small": 10}
_SHORTEST, _LONGEST = timedelta(seconds=5), timedelta(hours=1)
_GEOMETRY = ("width", "height", "height_mm", "distance_mm")
_LIMITS = {"width": (640, 7680), "height": (360, 4320), "height_mm": (100, 5000), "distance_mm": (300, 50_000)}
_HOURS = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")


class LayoutError(ConfigError):
    """A layout file is wrong: mend it; the old one stays. `line`: where; None when the file cannot be read."""

    def __init__(self, path: Path, line: int | None, reason: str) -> None:
        where = f"{path} line {line}" if line else str(path)
        super().__init__(f"{where}: {reason}")
        self.line = line
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Night:
    """The screens are dimmed to `brightness` (of 1) from `start` to `end`, times of day of the place."""

    start: time
    end: time
    brightness: float


@dataclass(frozen=True, kw_only=True)
class SceneUse:
    """A scene in a screen's loop. `parameters` are complete; `id` names only those that are not the scene's default.

    `hours`: from and until when (of the place's day, over midnight too) it belongs to the loop; None: always.
    """

    id: str
    scene: str
    parameters: Mapping[str, str]
    dwell: timedelta
    hours: tuple[time, time] | None = None

    def in_force(self, local_time: time) -> bool:
        """Whether the scene belongs to the loop at this time of the place's day."""
        if self.hours is None:
            return True
        start, end = self.hours
        return start <= local_time < end if start < end else local_time >= start or local_time < end


@dataclass(frozen=True, kw_only=True)
class Screen:
    """A screen: its picture in pixels, its picture's height and its viewing distance in mm, its loop of scenes."""

    number: int
    width: int
    height: int
    height_mm: int
    distance_mm: int
    uses: Sequence[SceneUse]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A layout file as understood; `screens` by number, in order."""

    version: int
    language: Literal["vi", "en"]
    night: Night | None
    screens: Mapping[int, Screen]


def read_layout(path: Path, scenes: Mapping[str, SceneModule] | None = None) -> Layout:
    """The layout in a file. LayoutError, naming the line and the right values, when anything in it is wrong.

    `scenes`: those that it may show; None: all that are found in wall/scenes/.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise LayoutError(path, None, f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise LayoutError(path, line, "is not written in UTF-8") from error
    try:
        written = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise LayoutError(path, _line_told(str(error), text), f"no TOML: {error}") from error
    try:
        return _layout(Table(written), scene_modules() if scenes is None else scenes)
    except Wrong as wrong:
        raise LayoutError(path, line_of(text, wrong.place), wrong.reason) from wrong


def _line_told(message: str, text: str) -> int:
    told = re.search(r"\(at line (\d+)", message)
    return int(told[1]) if told else len(text.splitlines())


def type_sizes(screen: Screen) -> dict[str, float]:
    """The least type sizes in CSS px on a screen: `head` (figures), `read` (what must be read), `small` (small print).

    So large that a capital's height, in whole pixels, is seen under the arc-minutes that its kind of text needs.
    """
    pixels_per_mm = screen.height / screen.height_mm
    heights = {
        name: 2 * screen.distance_mm * tan(radians(minutes / 60) / 2) * pixels_per_mm
        for name, minutes in _ARC_MINUTES.items()
    }
    return {name: float(ceil(ceil(height) / CAPITAL)) for name, height in heights.items()}


def _layout(file: Table, scenes: Mapping[str, SceneModule]) -> Layout:
    file.only("version", "language", "night", "every_screen", "screens")
    if file.values.get("version") != VERSION:
        raise file.wrong("version", f"must be {VERSION}: the one that this program reads")
    language = file.one_of("language", ("vi", "en"))
    common = file.table("every_screen") or Table({}, ())
    common.only(*_GEOMETRY)
    screens: dict[int, Screen] = {}
    for table in file.tables("screens"):
        screen = _screen(table, common, scenes)
        if screen.number in screens:
            raise table.wrong("number", f"{screen.number} stands there twice")
        screens[screen.number] = screen
    return Layout(
        version=VERSION,
        language=cast(Literal["vi", "en"], language),
        night=_night(file.table("night")),
        screens=MappingProxyType(dict(sorted(screens.items()))),
    )


def _night(table: Table | None) -> Night | None:
    if table is None:
        return None
    table.only("from", "to", "brightness")
    start, end = table.time("from"), table.time("to")
    if start == end:
        raise table.wrong("to", "must be another time than from")
    return Night(start=start, end=end, brightness=table.share("brightness", 0.05))


def _screen(table: Table, common: Table, scenes: Mapping[str, SceneModule]) -> Screen:
    table.only("number", *_GEOMETRY, "scenes")
    number = table.number("number", 1, 99)
    size = {
        key: (table if key in table.values or key not in common.values else common).number(key, *_LIMITS[key])
        for key in _GEOMETRY
    }
    uses: dict[str, SceneUse] = {}
    for told in table.tables("scenes"):
        use = _use(told, scenes)
        if use.id in uses:
            raise told.wrong("scene", f"{use.id!r} stands there twice in one loop")
        uses[use.id] = use
    for moment in _moments(list(uses.values())):
        if not any(use.in_force(moment) for use in uses.values()):
            raise table.wrong("scenes", f"leave screen {number} with nothing to show at {moment:%H:%M}")
    return Screen(number=number, uses=tuple(uses.values()), **size)


def _moments(uses: Sequence[SceneUse]) -> Iterator[time]:
    """When a loop may become empty: at the end of a scene's hours."""
    return (use.hours[1] for use in uses if use.hours)


def _use(table: Table, scenes: Mapping[str, SceneModule]) -> SceneUse:
    table.only("scene", "dwell", "hours", "parameters")
    scene = table.one_of("scene", scenes)
    defaults = {name: values[0] for name, values in scenes[scene].SCENE.parameters.items()}
    chosen = table.table("parameters") or Table({}, table.place)
    chosen.only(*defaults)
    told = {name: chosen.one_of(name, scenes[scene].SCENE.parameters[name]) for name in chosen.values}
    parameters = defaults | told
    return SceneUse(
        id=scene_id(scene, parameters, defaults),
        scene=scene,
        parameters=MappingProxyType(parameters),
        dwell=table.duration("dwell", _SHORTEST, _LONGEST),
        hours=_hours(table),
    )


def scene_id(scene: str, parameters: Mapping[str, str], defaults: Mapping[str, str]) -> str:
    """A scene with its parameters as one name: `ranking?indicator=on_time_rate&kind=so`; defaults are left out."""
    told = [f"{name}={value}" for name, value in sorted(parameters.items()) if value != defaults[name]]
    return f"{scene}?{'&'.join(told)}" if told else scene


def _hours(table: Table) -> tuple[time, time] | None:
    if "hours" not in table.values:
        return None
    written = _HOURS.fullmatch(table.text("hours"))
    try:
        start, end = [time.fromisoformat(part) for part in written.groups()] if written else (time(), time())
    except ValueError:
        start = end = time()
    if start == end:
        raise table.wrong("hours", f'must be such as "07:00-18:00", not {table.text("hours")!r}')
    return start, end
