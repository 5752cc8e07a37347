"""What the screens shall show: hold, back, next, one scene, the loop again. Each button says what it did."""

from collections.abc import Callable, Sequence

import streamlit as st

from clock import LOCAL_ZONE, real_clock
from errors import AccessError, StoreError
from pages import _format
from pages._html import draw, escape, h2
from pages._language import _
from pages._live import Live
from pages._refresh import unreadable
from pages._visitor import must
from pages.operators._screen_words import scene_name, screen_name
from store.screens import pin, pins, unpin
from wall.layout import Layout
from wall.steering import AHEAD_MS, Step, scenes_of, stepped

_ALL = 0
_SCREEN, _SCENE = "wall_screen", "wall_scene"
_DONE, _FAILED, _ASKED = "wall_done", "wall_failed", "wall_asked"


def draw_controls(here: Live, layout: Layout) -> None:
    """Draw the choice of a screen and the buttons that act on it."""
    draw(h2(_("What the screens show")))
    choice, *places = st.columns([2, 1, 1, 1, 1.6], vertical_alignment="bottom")
    choice.selectbox(_("Screen"), [*layout.screens, _ALL], format_func=_target_name, key=_SCREEN)
    _button(places[0], _("Hold"), "pause", lambda: _step(here, layout, "hold"))
    _button(places[1], _("Back"), "skip_previous", lambda: _step(here, layout, "back"))
    _button(places[2], _("Next"), "skip_next", lambda: _step(here, layout, "next"))
    _button(places[3], _("Return to the loop"), "repeat", lambda: _let_go(here, layout))
    _draw_scene_choice(here, layout)
    say(_DONE, _FAILED)


def _chosen(layout: Layout) -> list[int]:
    """The screens chosen at this moment.

    A button asks when it is pressed: whoever is faster than the page presses one that was drawn for the choice before.
    """
    screen = st.session_state[_SCREEN]
    return list(layout.screens) if screen == _ALL else [screen]


def _draw_scene_choice(here: Live, layout: Layout) -> None:
    known = scenes_of(layout)
    choice, place = st.columns([3.6, 3], vertical_alignment="bottom")
    choice.selectbox(
        _("Scene"), list(known), format_func=lambda scene: scene_name(known, scene, here.today), key=_SCENE
    )
    if st.session_state[_SCREEN] != _ALL:
        _button(place, _("Show this scene"), "play_arrow", lambda: _show_or_ask(here, layout))
        return
    _button(place, _("Show this scene on all screens"), "grid_view", lambda: _show_or_ask(here, layout))
    if st.session_state.get(_ASKED) == st.session_state[_SCENE]:
        _confirm(here, layout, st.session_state[_SCENE])


def _show_or_ask(here: Live, layout: Layout) -> None:
    """Show the chosen scene on the chosen screen; on all of them only after a question."""
    scene = st.session_state[_SCENE]
    if st.session_state[_SCREEN] == _ALL:
        _ask(scene)
    else:
        _show(here, layout, _chosen(layout), scene)


def _ask(scene: str) -> None:
    forget(_DONE, _FAILED)
    st.session_state[_ASKED] = scene


def _confirm(here: Live, layout: Layout, scene: str) -> None:
    everywhere = list(layout.screens)
    question = _(
        "Show “{scene}” on all {n} screens, until they are returned to the loop?",
        scene=scene_name(scenes_of(layout), scene, here.today),
        n=_format.number(len(everywhere)),
    )
    draw(f'<div class="ioc-problem" role="alert">▲ {escape(question)}</div>')
    yes, no, _rest = st.columns([1.6, 1, 3])
    _button(yes, _("Yes, on all screens"), "check", lambda: _show(here, layout, everywhere, scene), first=True)
    _button(no, _("Cancel"), "close", lambda: forget(_ASKED))


def _button(
    place: st.delta_generator.DeltaGenerator, label: str, icon: str, act: Callable[[], None], *, first: bool = False
) -> None:
    place.button(
        label,
        icon=f":material/{icon}:",
        key=f"wall_{icon}",
        on_click=act,
        width="stretch",
        type="primary" if first else "secondary",
    )


def _step(here: Live, layout: Layout, step: Step) -> None:
    numbers, at_ms = _chosen(layout), _soon()
    local_time = here.clock.now().astimezone(LOCAL_ZONE).time()

    def act() -> str:
        scenes = stepped(layout, pins(here.engine), numbers, step, local_time, at_ms)
        pin(here.engine, scenes, at_ms)
        if len(scenes) > 1:
            words = {
                "hold": _("All {n} screens keep what they show."),
                "back": _("All {n} screens went one scene back, and keep it."),
                "next": _("All {n} screens went one scene on, and keep it."),
            }
            return words[step].format(n=_format.number(len(scenes)))
        [(number, scene)] = scenes.items()
        name = scene_name(scenes_of(layout), scene, here.today)
        return _("{screen} shows “{scene}” and keeps it.", screen=screen_name(number), scene=name)

    attempt(act, _DONE, _FAILED)


def _show(here: Live, layout: Layout, numbers: Sequence[int], scene: str) -> None:
    def act() -> str:
        name = scene_name(scenes_of(layout), scene, here.today)
        pin(here.engine, dict.fromkeys(numbers, scene), _soon())
        if len(numbers) > 1:
            return _("All {n} screens show “{scene}” and keep it.", n=_format.number(len(numbers)), scene=name)
        return _("{screen} shows “{scene}” and keeps it.", screen=screen_name(numbers[0]), scene=name)

    attempt(act, _DONE, _FAILED)


def _let_go(here: Live, layout: Layout) -> None:
    numbers = _chosen(layout)

    def act() -> str:
        unpin(here.engine, numbers)
        if len(numbers) > 1:
            return _("All {n} screens go on with their loops.", n=_format.number(len(numbers)))
        return _("{screen} goes on with its loop.", screen=screen_name(numbers[0]))

    attempt(act, _DONE, _FAILED)


def _soon() -> int:
    """When a step is taken on all screens at once; real time, ms since 1970."""
    return int(real_clock().now().timestamp() * 1000) + AHEAD_MS


def _target_name(number: int) -> str:
    return _("All screens") if number == _ALL else screen_name(number)


def attempt(act: Callable[[], str], done: str, failed: str) -> None:
    """Do it, and keep what it says for the next drawing under one of the two keys of the session. Nothing for who may
    not: the page that is drawn next says so."""
    forget(done, failed, _ASKED)
    try:
        must("screens")
        st.session_state[done] = act()
    except AccessError:
        return
    except StoreError as error:
        st.session_state[failed] = unreadable(error)


def forget(*keys: str) -> None:
    """No longer say or ask what these keys of the session hold."""
    for key in keys:
        st.session_state.pop(key, None)


def say(done: str, failed: str) -> None:
    """Say what the last button did, until another is pressed."""
    if said := st.session_state.get(done):
        draw(f'<div class="ioc-done" role="status">● {escape(said)}</div>')
    if said := st.session_state.get(failed):
        draw(said)
