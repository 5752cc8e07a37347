"""Streamlit's own words in the visitor's language: the names of its buttons, its dialogs, its file chooser.

Streamlit has no catalogue of its own; pages/_shell.js puts these words in the place of its English, and the language
into the page's `lang`.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import streamlit as st

from pages._language import Language, _, language, speaking

_SCRIPT = Path(__file__).with_name("_shell.js")


def speak_for_streamlit() -> None:
    """Let Streamlit's own parts of this page speak the visitor's language."""
    spoken = language()
    told = {"language": spoken, "words": _words(spoken), "patterns": _patterns(spoken)}
    _mount()(key="shell", data=told, height=0)


@cache
def _mount() -> Callable[..., object]:
    return st.components.v2.component("ioc_shell", js=_SCRIPT.read_text(encoding="utf-8"))


@cache
def _words(spoken: Language) -> dict[str, str]:
    """What Streamlit says, and what the other language says in its place, to what is to be read."""
    other: Language = "en" if spoken == "vi" else "vi"
    with speaking(other):
        before = _replaced()
    with speaking(spoken):
        now = _replaced()
    return {before[text]: words for text, words in now.items()} | now


def _replaced() -> dict[str, str]:
    lost = _("The page comes back by itself as soon as the centre answers.")
    return {
        "Skip to main content": _("Straight to the content"),
        "Sidebar": _("Menu"),
        "Collapse sidebar": _("Fold the menu away"),
        "Expand sidebar": _("Open the menu"),
        "Fullscreen": _("Full screen"),
        "Close fullscreen": _("Leave full screen"),
        "Choose an option": _("Choose one"),
        "Open": _("Open the list"),
        "Selectbox": _("List to choose from"),
        "Selectbox options": _("List to choose from"),
        "No results": _("Nothing found"),
        "Clear value": _("Take the choice back"),
        "file upload": _("File to bring in"),
        "Add files": _("Choose another file"),
        "add icon": _("Choose another file"),
        "Upload": _("Choose a CSV or XLSX file"),
        "Drag and drop a file here": _("Drop the file here"),
        "Close": _("Close"),
        "Page not found": _("There is no such page"),
        "Connection error": _("No connection to the centre"),
        "Streamlit server is not responding. Are you connected to the internet?": lost,
        "Connection timed out.": lost,
    }


@cache
def _patterns(spoken: Language) -> list[list[str]]:
    """Regular expressions of JavaScript with what stands in the place of what they find."""
    with speaking(spoken):
        lost = _("The page comes back by itself as soon as the centre answers.")
        broken = _("The page has a fault. Load it anew, or tell the operators.")
        return [
            ["^Fullscreen: (.*)$", _("Full screen: {name}", name="$1")],
            ["^Close fullscreen: (.*)$", _("Leave full screen: {name}", name="$1")],
            ["^(.*) files are not allowed\\.$", _("Files of this kind cannot be brought in: {kind}", kind="$1")],
            ["^File must be (.*) or smaller\\.$", _("The file may have {size} at most.", size="$1")],
            ["^(\\S+) per file.*$", _("The file may have {size} at most.", size="$1")],
            ["^(?:Remove|Delete) (.*)$", _("Take out {name}", name="$1")],
            ["^(\\d+) options? available\\.$", _("{n} to choose from", n="$1")],
            ["^(.*), selected$", _("{name}, chosen", name="$1")],
            ["^(?:The|You) .*Running the app's main page\\.$", _("The overview is shown instead.")],
            ["^Is Streamlit still running.*$", lost],
            ["^Connection failed with status .*$", lost],
            ["^This app has encountered an error[^]*$", broken],
        ]
