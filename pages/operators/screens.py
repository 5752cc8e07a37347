"""Which screen is dead, what does each show, and how is one held, stepped, paired or put out?"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from clock import real_clock
from pages import _format
from pages._badges import freshness_badge
from pages._contract import Page
from pages._html import draw as draw_html
from pages._html import escape, h2, remark, table
from pages._language import _
from pages._live import Live, live
from pages._refresh import refreshing
from pages.operators._screen_controls import draw_controls
from pages.operators._screen_devices import draw_pairing, draw_revocation
from pages.operators._screen_words import listed, scene_name, screen_name, size_words
from store.pairing import waiting_screens
from store.screens import Pin, ScreenState, pins, screen_states
from wall.assets_route import build
from wall.layout import Layout
from wall.steering import scenes_of
from wall.watch import LayoutWatch, layout_path

PAGE = Page(
    path="screens",
    title="Screens",
    question="Which screen of the wall is dead, and what does each one show?",
    audience="operators",
    order=4,
    icon=":material/tv:",
    needs="screens",
)
_CLOCK_MAY_DIFFER_MS = 1000
_MEGABYTE = 1_000_000


def draw() -> None:
    """How the screens are, what they shall show, and who may be one."""
    refreshing("screens")(_draw_states)()
    here = live()
    layout, _problem = watch(layout_path(here.settings)).current()
    draw_controls(here, layout)
    refreshing("computers")(_draw_computers)()
    draw_pairing(here, layout)
    draw_revocation(here, layout)


@cache
def watch(path: Path) -> LayoutWatch:
    """This process's look at a layout file."""
    return LayoutWatch(path)


def _draw_states() -> None:
    here = live()
    layout, problem = watch(layout_path(here.settings)).current()
    now = real_clock().now()
    states = {state.number: state for state in screen_states(here.engine, now)}
    waiting = waiting_screens(here.engine, now)
    warnings = "".join(_warnings(list(states.values()), waiting, problem))
    draw_html(f'<p class="ioc-sentence">{escape(_sentence(layout, states))}</p>{warnings}')
    numbers = sorted({*layout.screens, *states})
    shown = pins(here.engine)
    draw_html(_showing(here, layout, numbers, states, waiting, shown))


def _draw_computers() -> None:
    here = live()
    layout, _problem = watch(layout_path(here.settings)).current()
    draw_html(_technical(layout, screen_states(here.engine, real_clock().now())))
    if here.settings.clock:
        note = _("The times on this page are those of the real clock, not of the replayed place.")
        draw_html(remark(note))


def _sentence(layout: Layout, states: Mapping[int, ScreenState]) -> str:
    alive = [number for number in layout.screens if number in states and _is_alive(states[number])]
    silent = [number for number, state in states.items() if state.silent]
    never = [number for number in layout.screens if number not in states]
    total = _format.number(len(layout.screens))
    if len(alive) == len(layout.screens) and not silent:
        return _("All {n} screens are live.", n=total)
    said = [_("{live} of {n} screens are live.", live=_format.number(len(alive)), n=total)]
    if silent:
        said.append(_("Silent: {screens}.", screens=listed(silent)))
    if never and alive:
        said.append(_("Not connected yet: {screens}.", screens=listed(never)))
    return " ".join(said)


def _is_alive(state: ScreenState) -> bool:
    return state.last_seen_at is not None and not state.silent


def _warnings(states: Sequence[ScreenState], waiting: Sequence[int], problem: str | None) -> list[str]:
    told = []
    if problem:
        refused = _("The newest layout file was refused, the one before stays:")
        told.append(f'<div class="ioc-problem" role="alert">■ {escape(refused)}<br>{escape(problem)}</div>')
    for state in states:
        if state.silent:
            words = _(
                "{screen} has been silent since {since}: look at its computer, its power and its cable.",
                screen=screen_name(state.number),
                since=_format.moment(state.last_seen_at or state.paired_at),
            )
            told.append(f'<div class="ioc-problem" role="alert">■ {escape(words)}</div>')
    if waiting:
        words = _("A code waits to be typed below: {screens}.", screens=listed(waiting))
        told.append(f'<div class="ioc-warning" role="status">▲ {escape(words)}</div>')
    return told


def _showing(
    here: Live,
    layout: Layout,
    numbers: Sequence[int],
    states: Mapping[int, ScreenState],
    waiting: Sequence[int],
    shown: Mapping[int, Pin],
) -> str:
    known = scenes_of(layout)
    rows = []
    for number in numbers:
        state = states.get(number)
        alive = state is not None and _is_alive(state)
        pinned = shown.get(number)
        held = pinned is not None and pinned.scene in known
        rows.append(
            [
                f"<b>{escape(screen_name(number))}</b>",
                _state_badge(state, number in waiting, number in layout.screens),
                escape(_seen(state)),
                escape(scene_name(known, state.scene, here.today) if state and state.scene else ""),
                f'<span class="ioc-near">▲ {escape(_("held"))}</span>' if held else escape(_("loop")),
                freshness_badge(state.worst) if state and state.worst and alive else "",
            ]
        )
    head = [_("Screen"), _("State"), _("Last seen"), _("Shows"), _("Mode"), _("Oldest figure")]
    return table(head, rows, "ioc-screens")


def _seen(state: ScreenState | None) -> str:
    if state is None or state.last_seen_at is None:
        return ""
    return _("{age} ago", age=_format.duration(real_clock().now() - state.last_seen_at))


def _state_badge(state: ScreenState | None, waiting: bool, planned: bool) -> str:
    if state is not None and not planned:
        return _badge("none", "○", _("not in the layout"))
    if state is not None and state.silent:
        return _badge("stale", "■", _("silent"))
    if waiting:
        return _badge("late", "▲", _("shows a code"))
    if state is None:
        return _badge("unknown", "○", _("not connected yet"))
    if state.last_seen_at is None:
        return _badge("late", "▲", _("paired, not seen yet"))
    return _badge("fresh", "●", _("live"))


def _badge(css: str, shape: str, words: str) -> str:
    return f'<span class="ioc-badge ioc-{css}">{shape} {escape(words)}</span>'


def _technical(layout: Layout, states: Sequence[ScreenState]) -> str:
    title = h2(_("The screens’ computers"))
    if not states:
        words = _("No screen is known yet: open /wall?screen=N on its computer.")
        return title + remark(words)
    head = [
        _("Screen"),
        _("Memory"),
        _("Clock differs by"),
        _("Scenes missed"),
        _("Errors"),
        _("Page runs since"),
        _("Size"),
        _("Version"),
        _("Paired"),
        _("Token until"),
    ]
    return title + table(head, [_device_row(layout, state) for state in states], "ioc-devices")


def _device_row(layout: Layout, state: ScreenState) -> list[str]:
    seen = state.last_seen_at is not None
    paired = f"{_format.moment(state.paired_at)} · {state.paired_by}" if state.paired_at else _("needs no token")
    return [
        escape(screen_name(state.number)),
        escape(_("not told") if state.heap is None else f"{_format.number(state.heap / _MEGABYTE)} MB"),
        _skew(state.skew_ms),
        _format.number(state.missed) if seen else "–",
        _format.number(state.errors) if seen else "–",
        escape(_format.moment(state.started_at)) if seen else "–",
        size_words(layout, state),
        _version(state.build),
        escape(paired),
        escape(_format.moment(state.expires_at)) if state.expires_at else "–",
    ]


def _skew(skew_ms: int | None) -> str:
    if skew_ms is None:
        return "–"
    text = escape(_("{n} ms", n=_format.signed(skew_ms)))
    return text if abs(skew_ms) <= _CLOCK_MAY_DIFFER_MS else f'<span class="ioc-near">▲ {text}</span>'


def _version(told: str) -> str:
    if not told:
        return "–"
    if told == build():
        return escape(_("current"))
    return f'<span class="ioc-near">▲ {escape(_("older: {build}", build=told[:12]))}</span>'
