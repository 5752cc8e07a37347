"""The scenes, found by listing wall/scenes/."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import cast

from wall.scenes._contract import SceneModule

_FOLDER = Path(__file__).parent / "scenes"


@cache
def scene_modules() -> Mapping[str, SceneModule]:
    """Every scene by its name."""
    names = sorted(found.name for found in pkgutil.iter_modules([str(_FOLDER)]) if not found.name.startswith("_"))
    return {name: cast(SceneModule, importlib.import_module(f"wall.scenes.{name}")) for name in names}
