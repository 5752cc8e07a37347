"""Trying held records again by a button: some at a time with their progress shown, and what became of them told."""

from collections.abc import Sequence

import streamlit as st

from errors import ConfigError, SourceError, StoreError
from pages import _format
from pages._html import draw, escape
from pages._language import _
from pages._live import Live, look_again
from pages._visitor import must
from store.quarantine import held

_TOLD = "quarantine_told"
# So many in one transaction: the bar moves, and the poller waits for the store no longer than a moment.
_AT_ONCE = 500


def replay_button(here: Live, ids: Sequence[int], label: str) -> None:
    """Draw the button that tries the held records of these numbers again, and what the last such button did."""
    if st.button(label, icon=":material/replay:", key="quarantine_replay", disabled=not ids):
        st.session_state[_TOLD] = _replay(here, ids)
        look_again()
        st.rerun()
    _say(*st.session_state.pop(_TOLD, (0, 0, "")))


def _replay(here: Live, ids: Sequence[int]) -> tuple[int, int, str]:
    """How many are held no longer, how many still are, and what went wrong in between."""
    must("operate")
    from replay import replay  # with the connectors, which a web server needs for nothing else

    bar = st.progress(0.0, _("{n} records are tried again …", n=_format.number(len(ids))))
    stored = still_held = 0
    for begin in range(0, len(ids), _AT_ONCE):
        records = held(here.engine, ids=ids[begin : begin + _AT_ONCE])
        try:
            done, left = replay(here.engine, here.settings, here.clock, records, here.visitor.name)
        except (ConfigError, SourceError, StoreError) as error:
            return stored, len(ids) - stored, str(error)
        stored, still_held = stored + done, still_held + left
        bar.progress(min(1.0, (begin + _AT_ONCE) / len(ids)))
    return stored, still_held, ""


def _say(stored: int, still_held: int, failure: str) -> None:
    if not stored and not still_held:
        return
    said = _("{stored} stored, {left} still held.", stored=_format.number(stored), left=_format.number(still_held))
    if failure:
        draw(f'<div class="ioc-problem" role="alert">■ {escape(said)} <code lang="en">{escape(failure)}</code></div>')
    else:
        draw(f'<div class="ioc-done" role="status">● {escape(said)}</div>')
