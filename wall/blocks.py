"""What a scene is made of: blocks that `wall/assets/` draws. All texts are in the wall's language already.

A scene goes to the screens as JSON, and later only what changed in it (JSON Merge Patch, RFC 7396): whatever changes by
itself stands under a key of its own, so rows are kept by their id and not in lists; `order` says how they follow.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from pages._badges import Standing
from store.health import Freshness

Tone = Literal["", "good", "warn", "bad"]


class Place(msgspec.Struct, frozen=True):
    """Where a block stands below the sentence, on a grid of 12 columns and 12 rows: from 1, and how many."""

    column: int
    row: int
    columns: int
    rows: int


class Mark(msgspec.Struct, frozen=True):
    """How old a figure is. `time`: until when it holds, 14:05, with the date when that is not today.

    `warning`: the state in words, shown loudly; empty while fresh.
    """

    fresh: Freshness
    time: str
    warning: str = ""


class Span(msgspec.Struct, frozen=True):
    """A piece of the sentence."""

    text: str
    tone: Tone = ""


class Block(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What all blocks have: where they stand, how fresh they are. `figure`: the indicator's key, where it is one's."""

    at: Place
    mark: Mark
    figure: str = ""
    title: str = ""


class Figure(Block, frozen=True, kw_only=True, tag="figure"):
    """One headline figure. `title` is its name, `unit` stands small behind the value, `change` is a phrase or empty.

    `n`: what it counts, small print. `trend`: values old to new with gaps as None; `goal` the target's height in it.
    """

    value: str
    unit: str = ""
    standing: Standing = "none"
    standing_text: str = ""
    target: str = ""
    change: str = ""
    n: str = ""
    trend: Sequence[float | None] = ()
    goal: float | None = None


class BarRow(msgspec.Struct, frozen=True, kw_only=True):
    """One bar. `value`, `low`, `high`, `goal` on the scale of the block; `text` the value as written; `rank` and `move`
    (▲2, ▼1) as written or empty, `move_tone` its meaning; `note` a short phrase behind the value."""

    name: str
    value: float | None
    text: str
    rank: str = ""
    standing: Standing = "none"
    low: float | None = None
    high: float | None = None
    goal: float | None = None
    move: str = ""
    move_tone: Tone = ""
    note: str = ""


class Bars(Block, frozen=True, kw_only=True, tag="bars"):
    """Horizontal bars in the order of `order`, at most ten. `scale`: the value at full width. `goal_text` names the
    target's line (drawn at `goal`, where all rows share it). `gap_after`: the id of the row after which some are left
    out, told in `gap_text`. `note`: small print below."""

    rows: Mapping[str, BarRow]
    order: Sequence[str]
    scale: float
    goal: float | None = None
    goal_text: str = ""
    gap_after: str = ""
    gap_text: str = ""
    note: str = ""


class MapLabel(msgspec.Struct, frozen=True):
    """A unit named on the map: the number or letter that stands on its cell."""

    unit: str
    text: str


class Map(Block, frozen=True, kw_only=True, tag="map"):
    """Cells by standing. `geometry`: the address of the outlines (see `wall/geometry.py`). `cells`: unit to standing.

    `legend`: standing to its words, in order. `labels`: the cells that are named beside the map. `note`: small print.
    """

    geometry: str
    cells: Mapping[str, Standing]
    legend: Mapping[str, str]
    labels: Sequence[MapLabel] = ()
    note: str = ""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One upright column: its label below, its value as height and as written above."""

    label: str
    value: float | None
    text: str
    standing: Standing = "none"


class Columns(Block, frozen=True, kw_only=True, tag="columns"):
    """Upright columns in the order of `order`, at most eight. `scale`: the value at full height."""

    columns: Mapping[str, Column]
    order: Sequence[str]
    scale: float
    note: str = ""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a whole: `share` 0 to 1, `text` as written. `shade` 0 (strongest) to 3 tells parts apart without
    meaning good or bad."""

    label: str
    share: float
    text: str
    shade: int = 0


class Parts(Block, frozen=True, kw_only=True, tag="parts"):
    """One bar cut into its parts, in order, at most four, each named with its share below."""

    parts: Mapping[str, Part]
    order: Sequence[str]
    note: str = ""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a listing: a shape with its `tone` in front, the head, a phrase, and a value at the end.

    `fresh`: set where the line stands for something with a freshness of its own (a source, a screen).
    """

    head: str
    text: str = ""
    value: str = ""
    shape: str = ""
    tone: Tone = ""
    fresh: Freshness | None = None


class Listing(Block, frozen=True, kw_only=True, tag="listing"):
    """Lines in the order of `order`, as many as fit (the scene sees to that). `empty`: what stands there without any"""

    lines: Mapping[str, Line]
    order: Sequence[str]
    empty: str = ""
    note: str = ""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One of a row of equal boxes: a short head and a word, with a freshness by colour, shape and word."""

    head: str
    text: str
    fresh: Freshness


class Cells(Block, frozen=True, kw_only=True, tag="cells"):
    """Equal boxes side by side, such as the nine screens."""

    cells: Mapping[str, Cell]
    order: Sequence[str]


AnyBlock = Figure | Bars | Map | Columns | Parts | Listing | Cells


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """One picture. `title` stands small on top, `sentence` is the answer, written by a rule; `worst` the worst
    freshness of its blocks with its words, shown on the edge (`wall/freshness.py` sets both)."""

    title: str
    sentence: Sequence[Span]
    blocks: Mapping[str, AnyBlock]
    worst: Mark | None = None
