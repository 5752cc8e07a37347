"""What screens and their scenes are called on the operators' page."""

from collections.abc import Mapping, Sequence
from datetime import date

from metrics import catalogue
from pages._html import escape
from pages._language import _
from pages._names import indicator_name
from pages._units import kind_names
from store.screens import ScreenState
from wall.discovery import scene_modules
from wall.layout import Layout, SceneUse


def screen_name(number: int) -> str:
    """Screen 3."""
    return _("Screen {n}", n=number)


def listed(numbers: Sequence[int]) -> str:
    """screen 3; screens 3, 5, 7."""
    if len(numbers) == 1:
        return _("screen {number}", number=numbers[0])
    return _("screens {numbers}", numbers=", ".join(str(number) for number in numbers))


def scene_name(known: Mapping[str, SceneUse], scene: str, today: date) -> str:
    """A scene by its title, with what it shows where that is not the usual; the id itself when the layout has it no
    more."""
    use = known.get(scene)
    if use is None:
        return scene
    kind = scene_modules()[use.scene].SCENE
    unusual = [value for name, value in use.parameters.items() if value != kind.parameters[name][0]]
    return ": ".join([_(kind.title), *([", ".join(_value(value, today) for value in unusual)] if unusual else [])])


def _value(value: str, today: date) -> str:
    if value in catalogue():
        return indicator_name(catalogue()[value], today)
    return kind_names().get(value, value)


def size_words(layout: Layout, state: ScreenState) -> str:
    """The size of the screen's page, and the layout's where that is another; HTML."""
    if state.width is None or state.height is None:
        return "–"
    told = f"{state.width}×{state.height}"
    planned = layout.screens.get(state.number)
    if planned is None or (planned.width, planned.height) == (state.width, state.height):
        return escape(told)
    other = _("{size}, the layout says {planned}", size=told, planned=f"{planned.width}×{planned.height}")
    return f'<span class="ioc-near">▲ {escape(other)}</span>'
