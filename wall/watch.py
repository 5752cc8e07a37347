"""The layout in force, read again when its file changes; a bad file is refused and the old one stays."""

import os
import threading
from collections.abc import Mapping
from pathlib import Path

from config import Settings
from errors import ConfigError
from wall.layout import SHIPPED, Layout, read_layout
from wall.scenes._contract import SceneModule

Stamp = tuple[int, int, int]


class LayoutWatch:
    """One file, watched by asking for its time of change; safe for several threads."""

    def __init__(self, path: Path, scenes: Mapping[str, SceneModule] | None = None) -> None:
        """A file that is bad from the start is replaced by the layout shipped with the program: the wall must live.

        LayoutError when that is bad too.
        """
        self.path = path
        self._scenes = scenes
        self._lock = threading.Lock()
        self._stamp = _stamp(path)
        self._problem: str | None = None
        try:
            self._layout = read_layout(path, scenes)
        except ConfigError as error:
            self._problem = str(error)
            self._layout = read_layout(SHIPPED, scenes)

    def current(self) -> tuple[Layout, str | None]:
        """The layout in force, and why the newest file was refused: file, line and reason; None when it is in force."""
        with self._lock:
            stamp = _stamp(self.path)
            if stamp != self._stamp:
                self._stamp = stamp
                self._read()
            return self._layout, self._problem

    def _read(self) -> None:
        try:
            self._layout, self._problem = read_layout(self.path, self._scenes), None
        except ConfigError as error:
            self._problem = str(error)


def layout_path(settings: Settings) -> Path:
    """The layout file that the settings name, else the one shipped."""
    return Path(settings.wall.layout) if settings.wall.layout else SHIPPED


def _stamp(path: Path) -> Stamp | None:
    """What changes when a file is written or replaced; None while there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
