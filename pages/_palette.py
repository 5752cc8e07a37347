"""The colours and what they mean. Light ground; every text colour has a contrast of at least 4.5:1 on it.

Safe for colour-blind people (bluish green, ochre and vermilion differ in lightness), and never the only sign: a
state always comes with its shape and word, see `pages/_badges.py`.
"""

from collections.abc import Mapping

REACHED = "#00705A"
NEAR = "#8A5A00"
MISSED = "#B42E12"
NO_DATA = "#5B6470"
STALE = "#6B4A00"
STALE_GROUND = "#FFEFC2"
ACCENT = "#1D5FA6"
INK = "#17202B"
MUTED = "#55606D"
LINE = "#D5DAE0"
TRACK = "#EEF1F4"
GROUND = "#FFFFFF"

# Areas (bars, map cells) are lighter than text: they need 3:1 on the ground, not 4.5:1.
REACHED_FILL = "#00806A"
NEAR_FILL = "#BF8419"
MISSED_FILL = "#CF5A3D"
NEUTRAL_FILL = "#7D8B9A"
FEW_FILL = "#C8CDD3"

_VARIABLES = {
    "reached": REACHED,
    "near": NEAR,
    "missed": MISSED,
    "no-data": NO_DATA,
    "stale": STALE,
    "stale-ground": STALE_GROUND,
    "accent": ACCENT,
    "ink": INK,
    "muted": MUTED,
    "line": LINE,
    "track": TRACK,
    "ground": GROUND,
    "reached-fill": REACHED_FILL,
    "near-fill": NEAR_FILL,
    "missed-fill": MISSED_FILL,
    "neutral-fill": NEUTRAL_FILL,
    "few-fill": FEW_FILL,
}

# The wall: dark ground, the same meanings. Every text colour has a contrast of at least 7:1 on the ground it stands on,
# every area of at least 3:1. Old figures have a colour of their own: pale yellow, never that of a standing.
WALL: Mapping[str, str] = {
    "ground": "#0A0E14",
    "ink": "#F3F6F9",
    "label": "#D5DCE4",
    "muted": "#A9B4C0",
    "line": "#2E3845",
    "track": "#151C25",
    "reached": "#45C794",
    "near": "#F0B23E",
    "missed": "#FF7E69",
    "reached-fill": "#2FA67A",
    "near-fill": "#C98F22",
    "missed-fill": "#D9594A",
    "none-fill": "#566170",
    "late": "#FFE9A3",
    "late-ground": "#4A3B00",
    "stale": "#1B1500",
    "stale-ground": "#FFDF70",
    "accent": "#7FB2F0",
    "accent-fill": "#5B8FD0",
    "shade-0": "#8DB9F2",
    "shade-1": "#5F86B8",
    "shade-2": "#8A96A5",
    "shade-3": "#566170",
}


def css_variables() -> str:
    """The colours as custom properties, for pages/_style.css."""
    return ":root{" + "".join(f"--{name}:{colour};" for name, colour in _VARIABLES.items()) + "}"
