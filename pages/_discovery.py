"""The pages, found by listing the audiences' folders."""

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from typing import cast, get_args

from pages._contract import Audience, PageModule

_FOLDER = Path(__file__).parent
AUDIENCES: tuple[Audience, ...] = get_args(Audience)


@cache
def page_modules() -> tuple[PageModule, ...]:
    """Every page module, by audience and order. ValueError for a path used twice or a page in the wrong folder."""
    found: dict[str, PageModule] = {}
    for audience in AUDIENCES:
        for name in sorted(module.name for module in pkgutil.iter_modules([str(_FOLDER / audience)])):
            if not name.startswith("_"):
                add_page(found, cast(PageModule, importlib.import_module(f"pages.{audience}.{name}")), audience)
    return tuple(sorted(found.values(), key=lambda module: (AUDIENCES.index(module.PAGE.audience), module.PAGE.order)))


def add_page(found: dict[str, PageModule], module: PageModule, audience: str) -> None:
    """Put a module under its path into `found`. ValueError for a path that is taken or an audience not the folder's."""
    page = module.PAGE
    if page.audience != audience:
        raise ValueError(f"page {page.path!r} says it is for {page.audience} but stands in pages/{audience}")
    if page.path in found:
        raise ValueError(f"two pages have the path {page.path!r}: {found[page.path].PAGE.title} and {page.title}")
    found[page.path] = module
