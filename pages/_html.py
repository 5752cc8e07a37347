"""Writing HTML: everything that is shown goes through `escape`; drawings go in as images."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import cache
from html import escape as escape  # pages take it from here
from pathlib import Path

import streamlit as st

from pages._context import temporarily

_noted: ContextVar[list[str] | None] = ContextVar("noted", default=None)
_last: ContextVar[list[str] | None] = ContextVar("last", default=None)


class Markup:
    """HTML for Streamlit as it is: of a text it would ask the file system whether that is a path, and all its lines
    what indentation they share."""

    def __init__(self, html: str) -> None:
        self._html = html

    def _repr_html_(self) -> str:
        return self._html


def draw(html: str) -> None:
    """Put HTML into the page, or note it where `noting`; empty HTML, which Streamlit refuses, is nothing to put."""
    if not html:
        return
    if (noted := _noted.get()) is not None:
        noted.append(html)
    else:
        st.html(Markup(html))


def noting() -> AbstractContextManager[list[str]]:
    """What is drawn within the block, piece by piece; nothing of it is put into the page."""
    return temporarily(_noted, [])


def ending() -> AbstractContextManager[list[str]]:
    """What is drawn last within the block (`draw_last`), for the frame to draw with what stands below every page."""
    return temporarily(_last, [])


def draw_last(html: str) -> None:
    """As `draw`, for the last of a page that has a part which draws itself anew: it is one element with the footer."""
    if (last := _last.get()) is None:
        draw(html)
    else:
        last.append(html)


def html_of(part: Callable[[], None]) -> str:
    """What a part draws, as one piece of HTML."""
    with noting() as pieces:
        part()
    return joined(pieces)


@contextmanager
def together(put: Callable[[str], None] = draw) -> Iterator[None]:
    """What is drawn within the block goes into the page as one element, which `put` draws: each costs the server half
    as much as a click with nothing in it."""
    with noting() as pieces:
        yield
    put(joined(pieces))


def joined(pieces: Sequence[str]) -> str:
    """Pieces of HTML as one, that look as if each had been put into the page by itself; empty for none."""
    if len(pieces) < 2:
        return "".join(pieces)
    return f'<div class="ioc-pieces">{"".join(f"<div>{piece}</div>" for piece in pieces)}</div>'


def h2(text: str) -> str:
    """The heading of a part of a page."""
    return f'<h2 class="ioc-heading">{escape(text)}</h2>'


def remark(text: str) -> str:
    """A sentence in small letters, that explains what stands beside it."""
    return f'<p class="ioc-note">{escape(text)}</p>'


@cache
def style(module: str, name: str) -> str:
    """The style sheet that stands beside a module (its `__file__`) under this name, as HTML."""
    return f"<style>{Path(module).with_name(name).read_text('utf-8')}</style>"


def svg_image(svg: str, description: str, css_class: str = "") -> str:
    """An <img> of an SVG text: st.html drops inline <svg>. `description` is its alternative text."""
    data = b64encode(svg.encode()).decode()
    return f'<img class="{css_class}" alt="{escape(description)}" src="data:image/svg+xml;base64,{data}">'


def table(head: list[str], rows: list[list[str]], css_class: str = "plain", caption: str = "", figure: str = "") -> str:
    """A table; the cells are HTML already, the heads and the caption are text. The first cell of a row is its head.

    `figure`: the key of the indicator whose figures it shows, where it shows one's.
    """
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>" for row in rows
    )
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    shown = f' data-figure="{figure}"' if figure else ""
    inner = f"{above}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody>"
    # A table without a link in it is scrolled sideways by keys only if it can have the focus.
    focus = "" if "<a " in body else ' tabindex="0"'
    return f'<div class="ioc-wide"{focus}><table class="ioc-table {css_class}"{shown}>{inner}</table></div>'
