"""What a visitor sees who may not come in: why, and the way to sign in. It says nothing of the centre and of nobody."""

from urllib.parse import urlencode, urlsplit

import streamlit as st

from access.sessions import SignInNeeded
from errors import AccessError
from pages._holder import holder
from pages._html import draw, escape, style
from pages._language import _, language
from pages._shell import spoken
from pages._signing_in import SAID, SIGN_IN
from pages._wanted import own_page
from pages._who import draw_sign_out


def draw_sign_in(error: AccessError, path: str) -> None:
    """Draw the page to sign in; afterwards the visitor is on the page of this path, with the choices of the address."""
    reason = _reason(error)
    wanted = own_page(f"/{path}?{urlencode(st.query_params.to_dict())}")
    draw(style(__file__, "_sign_in.css"))
    with st.container(key="sign_in"):
        draw(f'<div class="ioc-gate" {spoken()}><p class="ioc-gate-name">{escape(_("Smart operations centre"))}</p>')
        draw(f'<h1 class="ioc-gate-title">{escape(_title(reason))}</h1><p role="status">{escape(_told(reason))}</p>')
        if reason == "no_role":
            draw_sign_out()
        else:
            href = f"{SIGN_IN}?{urlencode({'to': wanted})}"
            draw(f'<a class="ioc-gate-enter" href="{escape(href)}" target="_self">{escape(_("Sign in"))}</a>')
        where = escape(_("You sign in at {host}.", host=_provider()))
        draw(f'<p class="ioc-small">{where} {_other_language(wanted)}</p>')


def _reason(error: AccessError) -> str:
    """Why the visitor is not in: of the cookies, else of the attempt before."""
    reason = error.reason if isinstance(error, SignInNeeded) else "nobody"
    return st.context.cookies.get(SAID, reason) if reason == "nobody" else reason


def _title(reason: str) -> str:
    return _("You have no role here") if reason == "no_role" else _("Sign in to go on")


def _told(reason: str) -> str:
    provider = _provider()
    return {
        "unknown": _("This sign-in is not known here. Sign in again."),
        "expired": _("Your sign-in has come to its end. Sign in again; you come back to this page."),
        "signed_out": _("You have signed out."),
        "ended": _("{host} has ended your sign-in. Sign in again.", host=provider),
        "untold": _("{host} no longer tells your groups for this sign-in. Sign in again.", host=provider),
        "foreign": _("This sign-in is not known here. Sign in again."),
        "unreachable": _("{host} cannot be reached, so nobody can be let in. Try again in a minute.", host=provider),
        "failed": _("The sign-in did not succeed. Try again."),
        "no_role": _(
            "You have signed in, but none of your groups has a role in this centre. Ask whoever gives the groups at"
            " {host}; what is given counts within minutes.",
            host=provider,
        ),
    }.get(reason, _("This centre is for those who belong to it."))


def _provider() -> str:
    return urlsplit(holder().settings.access.metadata_url).hostname or ""


def _other_language(wanted: str) -> str:
    other, label = ("en", "English") if language() == "vi" else ("vi", "Tiếng Việt")
    path = wanted.partition("?")[0]
    choices = st.query_params.to_dict() | {"lang": other}
    return f'<a href="{escape(own_page(f"{path}?{urlencode(choices)}"))}" target="_self" lang="{other}">{label}</a>'
