"""Streamlit's own words in the visitor's language: the names of its buttons, its dialogs, its file chooser.

Streamlit has no catalogue of its own; pages/_shell.js puts these words in the place of its English, and the language
into the page's `lang`. Both come with the first HTML; `spoken` says there which language the visit is in.
"""

import json
from functools import cache
from typing import get_args

from pages._language import Language, _, language, speaking


def spoken() -> str:
    """The attribute of an element of every page by which Streamlit's own parts learn the visitor's language; HTML."""
    return f'data-spoken="{language()}"'


@cache
def words_of_streamlit() -> str:
    """The beginning of pages/_shell.js: its words in each language, as a constant of JavaScript."""
    told = {each: {"words": _words(each), "patterns": _patterns(each)} for each in get_args(Language)}
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f"const SPOKEN = {text};\n"


def _words(one: Language) -> dict[str, str]:
    """What Streamlit says, and what the other language says in its place, to what is to be read."""
    other: Language = "en" if one == "vi" else "vi"
    with speaking(other):
        before = _replaced()
    with speaking(one):
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


def _patterns(one: Language) -> list[list[str]]:
    """Regular expressions of JavaScript with what stands in the place of what they find."""
    with speaking(one):
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
