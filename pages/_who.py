"""Who is here: the name, the roles and the way out, in the menu; in a demo, on every page, that it is one."""

import streamlit as st

from access.principal import Principal, Role
from config import Settings
from pages._html import draw, escape
from pages._language import _


def draw_who(who: Principal, settings: Settings) -> None:
    """The visitor's name and roles, and the button to sign out; nothing in a demo, where nobody has signed in."""
    if settings.access.mode == "demo":
        return
    roles = ", ".join(_role_name(role) for role in sorted(who.roles))
    draw(f'<div class="ioc-who"><b>{escape(who.name)}</b><br><span class="ioc-small">{escape(roles)}</span></div>')
    draw_sign_out()


def draw_sign_out() -> None:
    """The button to sign out: here, in every other window, and at the provider."""
    st.button(_("Sign out"), key="sign_out", icon=":material/logout:", on_click=st.logout)


def demo_bar(settings: Settings) -> str:
    """In a demo, that nobody signs in, and whether the figures are simulated, always in sight; HTML, else nothing."""
    if settings.access.mode != "demo":
        return ""
    told = _("Demonstration without sign-in")
    if settings.clock:
        told += " · " + _("figures are simulated")
    return f'<div class="ioc-demo" role="note">{escape(told)}</div>'


def _role_name(role: Role) -> str:
    return {
        "leader": _("Leader"),
        "staff": _("Staff of a unit"),
        "analyst": _("Analyst"),
        "operator": _("Operator"),
        "screen": _("Screen"),
        "machine": _("Machine"),
    }[role]
