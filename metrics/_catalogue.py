"""The catalogue: every indicator that a module of this folder defines, found by listing the folder."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from metrics._contract import Indicator


@cache
def catalogue() -> Mapping[str, Indicator]:
    """Key to indicator, families in the order of their modules' names.

    ValueError when two indicators share a key.
    """
    found: dict[str, Indicator] = {}
    for module in sorted(pkgutil.iter_modules([str(Path(__file__).parent)]), key=lambda module: module.name):
        if module.name.startswith("_"):
            continue
        for indicator in importlib.import_module(f"metrics.{module.name}").INDICATORS:
            if indicator.key in found:
                raise ValueError(f"two indicators have the key {indicator.key!r}; one is in metrics/{module.name}.py")
            found[indicator.key] = indicator
    return MappingProxyType(found)
