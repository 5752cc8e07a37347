"""A whole centre with nine screens for soak and benchmark: database server, web server, polls, cable, browser."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
from playwright.sync_api import Browser

from clock import Clock, real_clock
from config import Duration, Settings, WallSettings
from tests.cable import Cable, cable
from tests.centres import PLACE, WebServer, polled_store, web_server
from tests.feed import Feed
from tests.servers import postgresql_server, restart_postgresql
from tests.wall_screens import Screens, screens
from wall.layout import Layout, read_layout
from wall.watch import layout_path

# Every source is polled so often, and is late and stale soon: what takes hours in real life takes a minute here.
POLL_SECONDS = 5.0
EXPECTED_AGE = Duration(seconds=20)


class WallCentre(NamedTuple):
    """The parts, all running."""

    settings: Settings
    layout: Layout
    clock: Clock
    web: WebServer
    cable: Cable
    feed: Feed
    screens: Screens
    restart_database: Callable[[], None]


@contextmanager
def wall_centre(
    numbers: range,
    layout: str = "",
    pairing: Literal["remote", "always"] = "remote",
    browser: Browser | None = None,
) -> Iterator[WallCentre]:
    """Start everything and open the screens; end it all at the end. `layout`: path of a layout file, or the default."""
    with tempfile.TemporaryDirectory(prefix="ioc-wall-") as folder:
        home, database = Path(folder), Path(folder) / "postgresql"
        database.mkdir()
        with postgresql_server(database) as url:
            settings = _with_wall(polled_store(home, url, speed=1.0), layout, pairing)
            clock = Clock(real_clock().now(), PLACE.start, 1.0)
            with (
                Feed(settings, clock, POLL_SECONDS) as feed,
                web_server(settings, home, clock) as web,
                cable(home, web.port) as line,
                screens(line.address, numbers, browser=browser) as opened,
            ):
                told = read_layout(layout_path(settings))
                yield WallCentre(settings, told, clock, web, line, feed, opened, lambda: restart_postgresql(database))


def _with_wall(settings: Settings, layout: str, pairing: Literal["remote", "always"]) -> Settings:
    sources = tuple(msgspec.structs.replace(source, expected_age=EXPECTED_AGE) for source in settings.sources)
    wall = WallSettings(layout=str(Path(layout).resolve()) if layout else "", pairing=pairing)
    return msgspec.structs.replace(settings, sources=sources, wall=wall)
