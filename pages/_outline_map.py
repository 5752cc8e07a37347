"""The schematic map of a distribution as SVG: each unit's cell in its state's colour, with its state's shape."""

from collections.abc import Sequence

from pages._marks import FILLS, Member, Spot, drawing, mark
from pages._outlines import WIDTH, Outlines
from pages._palette import GROUND, INK

_MARK = 15.0


def outline_map(members: Sequence[Member], drawn: Outlines) -> tuple[str, list[Spot]]:
    """The SVG and where its cells are; `drawn` has every member."""
    cells = "".join(
        f'<path d="{drawn.cells[one.code]}" fill="{FILLS[one.state]}" stroke="{GROUND}" stroke-width="1.5"/>'
        for one in members
    )
    borders = "".join(f'<path d="{path}" fill="none" stroke="{INK}" stroke-width="3"/>' for path in drawn.borders)
    own = "".join(
        f'<path d="{drawn.cells[one.code]}" fill="none" stroke="{INK}" stroke-width="6"/>' for one in members if one.own
    )
    marks = "".join(mark(one.state, *drawn.centres[one.code], _MARK, on_fill=True) for one in members)
    svg = drawing(WIDTH, drawn.height, f"{cells}{borders}{own}{marks}")
    side = _MARK * 2 / WIDTH, _MARK * 2 / drawn.height
    found = []
    for one in members:
        x, y = drawn.centres[one.code]
        found.append(Spot(one, x / WIDTH - side[0] / 2, y / drawn.height - side[1] / 2, *side))
    return svg, found
