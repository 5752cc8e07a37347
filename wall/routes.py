"""What the web server offers the wall: its stream, its devices' tokens, its outlines and its assets."""

from functools import cache
from pathlib import Path

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
    return Hub(centre, _watch(), devices, scene_modules())


def _watch() -> LayoutWatch:  # TEMPORARY, until all nine scenes are there: the screens that can be shown
    import re

    from wall.discovery import scene_modules
    from wall.layout import SHIPPED

    path = layout_path(holder().settings)
    if set(re.findall(r'scene = "(\w+)"', SHIPPED.read_text("utf-8"))) <= set(scene_modules()):
        return LayoutWatch(path)
    partial = Path("/tmp/ioc-partial-layout.toml")
    uses = "".join(f'[[screens.scenes]]\nscene = "{name}"\ndwell = "10s"\n' for name in scene_modules())
    head = 'version = 1\nlanguage = "vi"\n[every_screen]\nwidth = 1920\nheight = 1080\nheight_mm = 685\n'
    text = head + "distance_mm = 4000\n" + "".join(f"[[screens]]\nnumber = {n}\n{uses}" for n in range(1, 10))
    partial.write_text(text)
    return LayoutWatch(partial)


def wall_routes() -> list[BaseRoute]:
    """All routes of the wall."""
    return [*routes_of(hub()), *geometry_routes(), *asset_routes()]


def routes_of(one: Hub) -> list[BaseRoute]:
    """The routes that a hub answers."""
    return [*stream_routes(one), *device_routes(one.devices)]
