"""What a visitor chose on one page and finds again on the others: the unit, the indicator, the period.

The address of the page in view says it; what a page's address does not know is kept for the session.
"""

from collections.abc import Mapping

import streamlit as st

from pages._contract import Page

_STATE = "shared"
_PARAMETERS = {"unit": ("unit",), "indicator": ("indicator",), "period": ("period", "from", "to")}


def note_shared(page: Page | None) -> None:
    """Keep what the address of the page in view says of the choices that its address knows; None: no page of ours."""
    known = shared()
    for name in _names(page):
        said = st.query_params.get(name, "")
        known = {**known, name: said} if said else {key: value for key, value in known.items() if key != name}
    st.session_state[_STATE] = known


def shared() -> dict[str, str]:
    """What is kept: parameter to value."""
    return dict(st.session_state.get(_STATE, {}))


def of_these(page: Page, known: Mapping[str, str]) -> dict[str, str]:
    """Of what is kept, the parameters with which a link leads to a page so that it shows what was chosen."""
    return {name: known[name] for name in _names(page) if name in known}


def _names(page: Page | None) -> list[str]:
    return [name for choice in page.shares for name in _PARAMETERS[choice]] if page else []
