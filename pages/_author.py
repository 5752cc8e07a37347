"""Who a page writes down as the author of what is entered: who has signed in; in the demo, where nobody can, a name
that is typed."""

from typing import Any

from streamlit.delta_generator import DeltaGenerator

from access.principal import DEMO
from pages._visitor import visitor


def author_field(place: DeltaGenerator, label: str, typed: str = "", **field: Any) -> str:
    """Draw the field in which the author stands; returns the name, "" while none is typed.

    `typed`: what stands in it at first where a name can be typed; `field`: as of `st.text_input`.
    """
    who = visitor()
    if who == DEMO:
        return str(place.text_input(label, typed, **field)).strip()
    place.text_input(label, who.name, disabled=True, **field)
    return who.name
