"""A control chart: the weeks or months of a unit with the limits that the earlier ones give."""

from metrics import Course
from pages import _format
from pages._goals import goal_text
from pages._language import _
from pages._names import indicator_name
from pages._palette import ACCENT, INK, LINE, MISSED, MUTED, NEAR, REACHED, TRACK
from pages.analysts._chance_view import Found
from pages.analysts._chance_words import good
from pages.analysts._plot import WIDE, Key, Plot, area, padded, rule, triangle

_LATEST = 4
_CENTER = f'stroke="{INK}" stroke-width="1.5"'
_GOAL = f'stroke="{NEAR}" stroke-width="2" stroke-dasharray="7 4"'
_LINE = f'fill="none" stroke="{ACCENT}" stroke-width="2" stroke-linejoin="round"'
_NOW = f'stroke="{INK}" stroke-width="4"'
_MOST_TICKS, _MOST_TICKS_NARROW = 10, 4
_MOST_LABELS, _MOST_LABELS_NARROW = 6, 3  # the newest; the table names them all


def control_description(found: Found) -> str:
    """What the drawing shows, for who does not see it."""
    return _(
        "Control chart: {indicator} of {unit} over time, with the limits that the earlier values give. The same figures stand in the table below.",  # noqa: E501
        indicator=indicator_name(found.view.indicator, found.view.period.end),
        unit=found.name,
    )


def control_chart(found: Found, course: Course, width: int = WIDE) -> str:
    """The drawing as SVG in so many px: the line broken at gaps, those beyond their limits as dated triangles."""
    known = [step.value for step in course.steps if step.value is not None]
    goal, signal, single = found.target, course.signal, course.single
    heights = [*known, *(single or ()), *([goal.value] if goal else [])] or [0.0, 1.0]
    low, high = padded(heights, most=1.0 if found.view.indicator.form == "rate" else None)
    count = len(course.steps)
    plot = Plot(width, low, high, lambda place: (place + 0.5) / count, _keys(found, course))
    if single:
        edges = [(-0.5, single.low), (count - 0.5, single.low), (count - 0.5, single.high), (-0.5, single.high)]
        plot.path(edges, f'fill="{TRACK}"', "Z")
    if signal.low is not None and signal.high is not None:
        start, end = count - _LATEST - 0.5, count - 0.5
        plot.path(
            [(start, signal.low), (end, signal.low), (end, signal.high), (start, signal.high)], f'fill="{LINE}"', "Z"
        )
    if signal.enough and signal.center is not None:
        plot.level(signal.center, _CENTER)
    if goal:
        plot.level(goal.value, _GOAL)
    _draw_line(plot, course)
    if signal.enough and signal.now is not None:
        plot.path([(count - _LATEST - 0.4, signal.now), (count - 0.6, signal.now)], f'fill="none" {_NOW}')
    _draw_odd(plot, found, course, _MOST_LABELS if width == WIDE else _MOST_LABELS_NARROW)
    plot.scale(found.view.indicator)
    plot.foot(_dates(found, course, _MOST_TICKS if width == WIDE else _MOST_TICKS_NARROW), _foot_name(found))
    return plot.svg()


def _draw_line(plot: Plot, course: Course) -> None:
    """Each run of known values is a line; dots show single ones."""
    run: list[tuple[float, float]] = []
    for place, step in enumerate([*course.steps, None]):
        if step is not None and step.value is not None:
            run.append((place, step.value))
            x, y = plot.across(place), plot.up(step.value)
            plot.keep_free(x, y, 4)
            plot.drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{ACCENT}"/>')
        elif run:
            plot.path(run, _LINE)
            run = []


def _draw_odd(plot: Plot, found: Found, course: Course, most_labels: int) -> None:
    colours = {True: REACHED, False: MISSED, None: ACCENT}
    odd = [(place, step) for place, step in enumerate(course.steps) if step.odd and step.value is not None]
    for place, step in odd:
        colour = colours[good(step.odd, found.view.indicator)]
        plot.drawn.append(triangle(step.odd, plot.across(place), plot.up(step.value or 0.0), colour))
    for place, step in odd[::-1][:most_labels]:
        words = f"{_tick(found, place, course)}: {_format.figure(found.view.indicator, step.value)}"
        plot.label(words, plot.across(place), plot.up(step.value or 0.0), colour=INK)


def _keys(found: Found, course: Course) -> list[Key]:
    figure = found.view.indicator
    monthly = found.wanted.by == "month"
    keys: list[Key] = []
    if course.single is not None:
        keys += [
            (area(TRACK), _("limits of a single month") if monthly else _("limits of a single week")),
            (area(LINE), _("limits of the last 4 together")),
            (rule(_CENTER), _("mean before: {value}", value=_format.figure(figure, course.signal.center))),
        ]
    if course.single is not None:
        words = _("mean of the last 4: {value}", value=_format.figure(figure, course.signal.now))
        keys.append((rule(_NOW), words))
    if found.target:
        keys.append((rule(_GOAL), _("target {target}", target=goal_text(found.target))))
    if any(step.odd for step in course.steps):
        keys.append((triangle(1, 8, 0, MUTED) + triangle(-1, 22, 0, MUTED), _("beyond its limits")))
    return keys


def _dates(found: Found, course: Course, most: int) -> list[tuple[float, str]]:
    """The last step has its date, and every so many before it."""
    apart = -(-len(course.steps) // most)
    places = range(len(course.steps) - 1, -1, -apart)
    return [(place, _tick(found, place, course)) for place in places]


def _tick(found: Found, place: int, course: Course) -> str:
    """09/12 of a week's last day, 11/2021 of a month."""
    end = course.steps[place].period.end
    return f"{end.month:02}/{end.year}" if found.wanted.by == "month" else f"{end.day:02}/{end.month:02}"


def _foot_name(found: Found) -> str:
    return _("months") if found.wanted.by == "month" else _("last day of each week")
