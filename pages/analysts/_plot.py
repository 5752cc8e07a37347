"""What the drawings of *Chance or change* share: a frame with scales, rules, marks, labels that do not overlap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import floor, log10

from metrics import Indicator
from pages import _format
from pages._drawn import text
from pages._html import svg_image
from pages._palette import GROUND, LINE, MUTED

WIDE, NARROW = 920, 340  # of a desk and of a phone, in px
_HEIGHT = 420
_LEFT, _RIGHT, _TOP = 56, 14, 12
_SIZE = 13
_LETTER = 0.58  # of the size of type: its mean width
_ROW = 19
_HALO = f'<text paint-order="stroke" stroke="{GROUND}" stroke-width="3" stroke-linejoin="round" '
_STEPS = (0, -15, 15, -30, 30, -45, 45)
_FONTS = "'Be Vietnam Pro', 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
_TICKS = 5
Key = tuple[str, str]  # a drawn sample of 26 px, and its words


@dataclass
class Plot:
    """A drawing that grows: `across` and `up` turn a value into px. `keys` explain it below."""

    width: int
    low: float
    high: float
    share: Callable[[float], float]
    keys: Sequence[Key] = ()
    drawn: list[str] = field(default_factory=list)
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)

    @property
    def right(self) -> float:
        """The right end of the field."""
        return self.width - _RIGHT

    @property
    def bottom(self) -> float:
        """The lower end of the field: below it stand the ticks, their name and the keys."""
        return _HEIGHT - 44 - _ROW * len(_rows(self.keys, self.width))

    def across(self, value: float) -> float:
        """Where a value stands from the left; `share` is 0 to 1 of the field."""
        return _LEFT + self.share(value) * (self.right - _LEFT)

    def up(self, value: float) -> float:
        """Where a value stands from the top; beyond the field at its edge."""
        part = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.bottom - part * (self.bottom - _TOP)

    def path(self, points: Sequence[tuple[float, float]], look: str, end: str = "") -> None:
        """A line through values; `end` "Z" closes it to an area."""
        route = "L".join(f"{self.across(x):.1f} {self.up(y):.1f}" for x, y in points)
        self.drawn.append(f'<path d="M{route}{end}" {look}/>')

    def level(self, value: float, look: str) -> None:
        """A rule across the field."""
        self.drawn.append(f'<path d="M{_LEFT} {self.up(value):.1f}H{self.right}" fill="none" {look}/>')

    def keep_free(self, x: float, y: float, reach: float = 6) -> None:
        """No label goes over this point."""
        self.taken.append((x - reach, y - reach, x + reach, y + reach))

    def label(self, words: str, x: float, y: float, *, gap: float = 10, weight: int = 400, colour: str = MUTED) -> bool:
        """Words beside a point where there is room, right of it or left, so many px away; False when there is none."""
        broad = len(words) * _SIZE * _LETTER
        for shift in _STEPS:
            for left in (x + gap, x - gap - broad):
                top = y + shift - _SIZE / 2
                box = (left, top, left + broad, top + _SIZE)
                if left < _LEFT + 2 or box[2] > self.right or top < 0 or box[3] > self.bottom:
                    continue
                if any(_overlap(box, other) for other in self.taken):
                    continue
                self.taken.append(box)
                drawn = text(words, left, y + shift + 4.5, weight=weight, colour=colour, size=_SIZE)
                self.drawn.append(drawn.replace("<text ", _HALO, 1))
                return True
        return False

    def scale(self, indicator: Indicator) -> None:
        """The values at the left, each with its thin rule."""
        for tick in _ticks(self.low, self.high):
            self.drawn.insert(0, f'<path d="M{_LEFT} {self.up(tick):.1f}H{self.right}" stroke="{LINE}"/>')
            words = _format.target_value(indicator.key, tick)
            self.drawn.append(text(words, _LEFT - 8, self.up(tick) + 4.5, anchor="end", colour=MUTED, size=_SIZE))

    def foot(self, ticks: Sequence[tuple[float, str]], name: str) -> None:
        """What stands below the field: value and words of each tick, and what they are."""
        for value, words in ticks:
            x = self.across(value)
            self.drawn.append(f'<path d="M{x:.1f} {self.bottom:.1f}v5" stroke="{MUTED}"/>')
            self.drawn.append(text(words, x, self.bottom + 18, anchor="middle", colour=MUTED, size=_SIZE))
        self.drawn.append(text(name, self.right, self.bottom + 35, anchor="end", colour=MUTED, size=_SIZE))

    def svg(self) -> str:
        """The drawing with its keys."""
        for number, row in enumerate(_rows(self.keys, self.width)):
            y = self.bottom + 44 + _ROW * number + 6
            for x, (sample, words) in row:
                self.drawn.append(f'<g transform="translate({x:.1f} {y:.1f})">{sample}</g>')
                self.drawn.append(text(words, x + 32, y + 4.5, colour=MUTED, size=_SIZE))
        frame = f'viewBox="0 0 {self.width} {_HEIGHT}" width="{self.width}" height="{_HEIGHT}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {frame}>{"".join(self.drawn)}</svg>'


def shown(drawn: Callable[[int], str], description: str) -> str:
    """The drawing in HTML in two widths, of which the screen shows one."""
    images = (
        svg_image(drawn(width).replace("<svg ", f'<svg font-family="{_FONTS}" ', 1), description, css_class)
        for width, css_class in ((WIDE, "ioc-broad-plot"), (NARROW, "ioc-narrow-plot"))
    )
    return f'<div class="ioc-plot">{"".join(images)}</div>'


def area(colour: str) -> str:
    """The sample of a shaded area."""
    return f'<rect x="0" y="-6" width="26" height="12" fill="{colour}"/>'


def rule(look: str) -> str:
    """The sample of a line."""
    return f'<path d="M0 0H26" fill="none" {look}/>'


def triangle(side: int, x: float, y: float, colour: str) -> str:
    """What lies above (1) or below (-1) the limits."""
    foot, tip = y + 5 * side, y - 6 * side
    return f'<path d="M{x - 6:.1f} {foot:.1f}L{x:.1f} {tip:.1f}L{x + 6:.1f} {foot:.1f}Z" fill="{colour}"/>'


def dot(x: float, y: float, colour: str) -> str:
    """What lies within them."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}" stroke="{GROUND}"/>'


def padded(values: Sequence[float], *, most: float | None) -> tuple[float, float]:
    """The range of values with some air; not below 0 where none is, not above `most`."""
    low, high = min(values), max(values)
    air = (high - low or abs(high) or 1.0) * 0.08
    bottom, top = low - air, high + air
    return (max(bottom, 0.0) if low >= 0 else bottom), (min(top, most) if most is not None and high <= most else top)


def _ticks(low: float, high: float) -> list[float]:
    """Round values within the range, about five."""
    raw = (high - low) / _TICKS
    size = 10.0 ** floor(log10(raw))
    step = next(size * times for times in (1, 2, 5, 10) if size * times >= raw)
    first = int(low // step)
    found = [round(number * step, 10) for number in range(first, first + 4 * _TICKS)]
    return [tick for tick in found if low <= tick <= high]


def _rows(keys: Sequence[Key], width: float) -> list[list[tuple[float, Key]]]:
    """The keys in rows, each with its distance from the left."""
    rows: list[list[tuple[float, Key]]] = []
    x = width
    for key in keys:
        broad = 32 + len(key[1]) * _SIZE * _LETTER + 18
        if x + broad > width:
            rows.append([])
            x = 8.0
        rows[-1].append((x, key))
        x += broad
    return rows


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
