"""The HTML that a browser gets first: Streamlit's own, with our language, title, style and scripts.

What stays the same for a whole visit comes here once; drawn by Streamlit it would come again with every click.
Streamlit asks where the server is by trying `/page/_stcore/health` first, which is a 404 in every console on a deep
link; told the address, it does not try.
"""

import re
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from pages._discovery import page_modules
from pages._palette import WALL, css_variables
from pages._shell import words_of_streamlit

_TITLES = {"vi": "Trung tâm điều hành thông minh", "en": "Smart operations centre"}
_ADDRESS = '<script>window.__streamlit = {BACKEND_BASE_URL: origin + "/", MAIN_PAGE_BASE_URL: origin + "/"}</script>'

_HERE = Path(__file__).parent
# Streamlit's paths of one word.
_STREAMLIT_S = ("oauth2callback", "static", "media", "component")
_STYLES = ("_fonts.css", "_style.css", "_drill.css", "_downloads.css")
_SCRIPTS = ("_links.js", "_downloads.js")

# Streamlit has every browser fetch the font first that none of our pages shows.
_PRELOADED_FONT = re.compile(r'<link\s+rel="preload"\s[^>]*\bas="font"[^>]*>\s*')
# Screens are dark from the first moment on, and nothing of Streamlit's own is seen on them; nor are the fonts
# fetched that it would be written in, of which it asks for that of its icons (376 kB) whether there are any or not.
_BARE = (
    "<script>{ const load = document.fonts.load; document.fonts.load = function (font, ...text) { "
    'return font.includes("Material Symbols") ? Promise.resolve([]) : load.call(this, font, ...text) } }</script>'
    f"<style>html, body, #root {{ background: {WALL['ground']} !important; }} "
    '#root, .stDialog, [role="dialog"] { visibility: hidden !important; } '
    "#root, #root * { font-family: sans-serif !important; }</style>"
)


@cache
def entry_html(language: str, *, bare: bool = False) -> str:
    """The page in that language; ValueError when Streamlit's own no longer looks as expected."""
    html, fonts = _PRELOADED_FONT.subn("", _streamlit_html())
    if not fonts:
        raise ValueError("streamlit's index.html preloads no font")
    for old, new in (
        ('<html lang="en">', f'<html lang="{language}">'),
        ('href="./favicon.png"', 'href="./app/static/icon.svg"'),
        ("<title>Streamlit</title>", f"<title>{_TITLES[language]}</title>{_ADDRESS}{_BARE if bare else ''}"),
        # Between Streamlit's own styles, which it puts into the head, and those of a single page.
        ("<body>", "<body>" if bare else f"<body>{_style()}"),
        ("</body>", "</body>" if bare else f"{_scripts()}</body>"),
    ):
        if old not in html:
            raise ValueError(f"streamlit's index.html has no {old}")
        html = html.replace(old, new)
    return html


@cache
def _style() -> str:
    """The style of every page in the frame."""
    return f"<style>{css_variables()}{''.join((_HERE / name).read_text('utf-8') for name in _STYLES)}</style>"


@cache
def _scripts() -> str:
    scripts = [(_HERE / name).read_text("utf-8") for name in _SCRIPTS]
    scripts.append(words_of_streamlit() + (_HERE / "_shell.js").read_text("utf-8"))
    return "".join(f"<script>(() => {{\n{script}}})();</script>" for script in scripts)


def _streamlit_html() -> str:
    return (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")


def first_pages() -> list[str]:
    """Every HTML that a browser may get first; Streamlit's own, where the address is nobody's."""
    return [_streamlit_html(), *(entry_html(language, bare=bare) for language in _TITLES for bare in (False, True))]


def entry(request: Request) -> Response:
    """The first HTML of any page."""
    return _answer(request, bare=False)


def bare_entry(request: Request) -> Response:
    """The first HTML of a page that stands without the frame."""
    return _answer(request, bare=True)


def _answer(request: Request, *, bare: bool) -> Response:
    language = "en" if request.query_params.get("lang") == "en" else "vi"
    return HTMLResponse(entry_html(language, bare=bare), headers={"Cache-Control": "no-cache"})


def entry_routes() -> list[BaseRoute]:
    """`/`, every page's path, and one that is no page's, for which Streamlit shows the first page."""
    pages = [module.PAGE for module in page_modules()]
    known = [Route(f"/{page.path}", bare_entry if page.bare else entry) for page in pages]
    return [Route("/", entry), *known, _NoPage("/{name}", entry)]


class _NoPage(Route):
    """A path of one word that nobody has, and Streamlit neither: no file, nothing of its own."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As a route does, and none for what is Streamlit's."""
        found, child = super().matches(scope)
        name = scope["path"].rpartition("/")[2]
        if "." in name or name.startswith("_") or name in _STREAMLIT_S:
            return Match.NONE, {}
        return found, child
