"""Durations as settings write them."""

import re
from datetime import timedelta
from typing import Any

_DURATION = re.compile(r"^(\d+(?:\.\d+)?)(ms|s|m|h|d)$")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


class Duration(timedelta):
    """A duration that a setting writes as number and unit, such as "30s"."""


def parse_duration(text: Any) -> Duration:
    """A duration written as number and unit: ms, s, m, h or d. Raises ValueError naming the text otherwise."""
    match = _DURATION.match(text) if isinstance(text, str) else None
    if not match:
        raise ValueError(f"{text!r} is no duration; write it as 30s, 15m, 1h or 1d")
    return Duration(seconds=float(match[1]) * _SECONDS[match[2]])
