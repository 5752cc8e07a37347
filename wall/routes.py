"""What the web server offers the wall: its stream, its devices' tokens, its outlines and its assets."""

from functools import cache

from starlette.routing import BaseRoute

from pages._live import holder
from wall.assets_route import asset_routes
from wall.devices import Devices, device_routes
from wall.discovery import scene_modules
from wall.geometry import geometry_routes
from wall.hub import Hub
from wall.stream import stream_routes
from wall.watch import LayoutWatch, layout_path


@cache
def hub() -> Hub:
    """This process's hub."""
    centre = holder()
    devices = Devices(centre.engine, centre.settings.wall.pairing)
    return Hub(centre, LayoutWatch(layout_path(centre.settings)), devices, scene_modules())


def wall_routes() -> list[BaseRoute]:
    """All routes of the wall."""
    return [*routes_of(hub()), *geometry_routes(), *asset_routes()]


def routes_of(one: Hub) -> list[BaseRoute]:
    """The routes that a hub answers."""
    return [*stream_routes(one), *device_routes(one.devices)]
