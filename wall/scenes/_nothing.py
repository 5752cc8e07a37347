"""What stands on a screen before anything is known."""

from wall.blocks import Listing, Mark, Place

_EVERYWHERE = Place(column=1, row=1, columns=12, rows=12)


def nothing_yet(mark: Mark, words: str) -> dict[str, Listing]:
    """The only block of a scene that has nothing to show yet: the words, and how old that is."""
    return {"nothing": Listing(at=_EVERYWHERE, mark=mark, lines={}, order=[], empty=words)}
