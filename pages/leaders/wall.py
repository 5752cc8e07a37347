"""What do the centre's screens show? The page mounts the wall once; from then on its own stream brings everything."""

from functools import cache

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from pages._contract import Page
from pages._language import language
from pages._palette import WALL
from wall.assets_route import build
from wall.words import client_words

PAGE = Page(
    path="wall",
    title="The wall",
    question="What do the centre's screens show?",
    audience="leaders",
    order=9,
    icon=":material/cast:",
    bare=True,
)

_FIRST_SCREEN = 1
_LAST_SCREEN = 99
# Until the wall's own style is there, nothing of Streamlit's may show. Streamlit takes one line for a file's name.
_HIDE = f"""
html, body, #root, [data-testid=stApp] {{ background: {WALL["ground"]} !important; }}
#root, .stDialog, [role=dialog] {{ visibility: hidden !important; }}
"""
# Inline code runs as a blob, which knows no relative address. When the module cannot be had (the server is just being
# replaced), only a new page can ask for it again.
_LOADER = """
export default function ({ data }) {
  const wall = import(`${location.origin}/wall-assets/${data.build}/wall.js`);
  wall.then(({ mount }) => mount(data)).catch(() => setTimeout(() => location.reload(), 5000));
  return () => wall.then(({ leave }) => leave());
}
"""


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component("ioc_wall", css=_HIDE, js=_LOADER, isolate_styles=False)


def draw() -> None:
    """Mounts the wall on the screen that the URL names, else on the first."""
    asked = st.query_params.get("screen", "")
    number = int(asked) if asked.isascii() and asked.isdigit() else _FIRST_SCREEN
    screen = number if _FIRST_SCREEN <= number <= _LAST_SCREEN else _FIRST_SCREEN
    data = {
        "build": build(),
        "screen": screen,
        "language": language(),
        "texts": dict(client_words()),
        "palette": dict(WALL),
    }
    _component()(key="wall", data=data)
