"""What a module in pages/leaders, units, analysts or operators must hold: the first file to read before adding a page.

A module whose name does not begin with `_` is a page: it is found by listing the folder and must define `PAGE` and
`draw()`. Its docstring is the one question it answers; importing it draws nothing. `draw()` begins with

    here = live()                          # pages/_live.py: counters, clock, settings, engine

and uses `_("English text")` (`pages/_language.py`; add the Vietnamese to `pages/locale/vi.po`), `pages/_format.py`
for every number and date, and the blocks `_html`, `_tiles`, `_bars`, `_badges` for HTML. Three things are told apart:
no data yet, the source has been silent since …, zero. A page imports metrics, store.reads, store.health, clock, config
and errors; never connectors, httpx, sqlalchemy or seed. Its choices stand in the URL (`bind="query-params"`).
A page whose view can be taken away as a file also defines

    def viewed(here: Live, choices: Choices) -> Viewed     # exports/viewed.py

and calls `pages._downloads.download_bar(PAGE.path)` in `draw()`. `viewed` gives exactly what `draw` shows for the same
choices: the same rows, filters, pictures. It runs outside a visit (no st.*), within `speaking(language)`. A table of
single dossiers says `dossiers=True`, its bar too: they leave only with a reason (docs/security.md). `needs` of
PAGE is what a visitor must be able to; what a page stores asks again (`pages._visitor.must`). Rows of single dossiers
come from `here.engine` alone, which is open to the visitor's units; nothing `remembered` may depend on it.
Each element costs more than most HTML: neighbours are drawn `together`, what many look at is made `once` (_once.py).
Tests over every page found: tests/test_web.py (empty store, both languages), tests/browser/ (real Chromium).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from access.principal import Capability

Audience = Literal["leaders", "units", "analysts", "operators"]
Shared = Literal["unit", "indicator", "period"]


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page: `path` is its stable address, `title` and `question` English msgids, `icon` a Material Symbol.

    `audience` is the folder's name; `order` sorts the pages of one audience. A `bare` page stands without menu, head
    line and footer, and is drawn also while the store cannot be read. `shares`: the choices that its address takes over
    from other pages and gives to them. `ahead`: of views that stand open, what is made once for all is made before news
    are shown (pages/_ahead.py): many look at it, and `draw` puts in HTML and parts of `refreshing_html` alone.
    """

    path: str
    title: str
    question: str
    audience: Audience
    order: int
    icon: str
    bare: bool = False
    shares: tuple[Shared, ...] = ()
    needs: Capability = "figures"
    ahead: bool = False


class PageModule(Protocol):
    """A module that is a page; it may also define `viewed`, see above."""

    PAGE: Page
    draw: Callable[[], None]
