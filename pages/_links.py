"""Links and filter forms that keep the visit: followed inside the session, kept in the history, open in a new tab.

A plain click on `a[data-follow]`, and a change in `form[data-filters]`, put the new address into the browser's
history and let Streamlit draw it as it does after "back": one way for clicks, back, forward and copied addresses.
pages/_links.js does so; it comes with the first HTML.
"""

from pages._address import address
from pages._html import escape


def about(indicator: str, text: str) -> str:
    """The text as an HTML link to the definition of an indicator, by its key."""
    href = address("definitions", indicator=indicator)
    return f'<a class="ioc-about" href="{escape(href)}" target="_self" data-follow="1">{escape(text)}</a>'


def link(text: str, href: str, *, current: bool = False) -> str:
    """An HTML link that keeps the visit; `current` marks the place where the visitor is."""
    mark = ' aria-current="page"' if current else ""
    return f'<a href="{escape(href)}" target="_self" data-follow="1"{mark}>{escape(text)}</a>'
