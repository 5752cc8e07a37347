"""Colours as numbers, to reckon their contrast."""


def rgb(colour: str) -> list[int]:
    """A colour "#RRGGBB" as three numbers of 0 to 255."""
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
