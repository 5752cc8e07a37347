"""On whose behalf a page, an export or a route works."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from access.principal import DEMO, Capability, Principal
from errors import AccessError
from pages._context import temporarily
from pages._holder import holder

_acting: ContextVar[Principal | None] = ContextVar("acting", default=None)


def visitor(cookies: Mapping[str, str] | None = None) -> Principal:
    """Who asks: whom `acting` named, else who has these cookies; None: those of the visit. AccessError for who may not
    come in."""
    named = _acting.get()
    if named is not None:
        return named
    if holder().settings.access.mode == "demo":
        return DEMO
    if cookies is None:
        if get_script_run_ctx(suppress_warning=True) is None:
            raise AccessError("access: nobody is named")
        cookies = st.context.cookies
    return holder().sessions.principal(cookies)


def must(capability: Capability) -> None:
    """Raise AccessError unless who asks now may do this: before every act that stores something."""
    visitor().must(capability)


def acting(principal: Principal) -> AbstractContextManager[Principal]:
    """Within the block this is who asks: in routes, and in tests."""
    return temporarily(_acting, principal)
