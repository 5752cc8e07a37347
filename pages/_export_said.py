"""What is answered instead of a file: a small page that says why there is none, or asks why it is wanted."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pages._html import escape
from pages._language import _, language
from store.audit import one_line

NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
REASON = "reason"
_SHORTEST, _LONGEST = 5, 300
_STYLE = "font:1.05rem/1.5 sans-serif;max-width:42rem;margin:12vh auto;padding:0 1.2rem;color:#17202B"
_FIELD = (
    "display:block;box-sizing:border-box;width:100%;min-height:44px;margin:.3rem 0 .8rem;padding:.4rem;font:inherit"
)
_BUTTON = "min-height:44px;padding:.3rem 1.2rem;font:inherit"


def reason_of(request: Request) -> str:
    """Why the file is wanted, as the address says it, in one line; empty where it says nothing that could be one."""
    reason = one_line(request.query_params.get(REASON, "")[: 4 * _LONGEST], _LONGEST)
    return reason if len(reason) >= _SHORTEST else ""


def said(status: int, text: str, back: str) -> Response:
    """A small page that says why there is no file, with the way back."""
    return _page(status, _("No file"), f"<p>{escape(text)}</p>", back)


def ask_reason(request: Request, back: str) -> Response:
    """A small page that asks why dossiers are to leave the centre: the answer is asked for the same file."""
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in request.query_params.multi_items()
        if name != REASON
    )
    told = _(
        "This file lists single dossiers. Say why you need it: the reason is kept in the audit log with your name."
    )
    limits = f'required minlength="{_SHORTEST}" maxlength="{_LONGEST}"'
    asked = (
        f'<form action="{escape(request.url.path)}" method="get"><p>{escape(told)}</p>{kept}'
        f'<label>{escape(_("Reason"))}<input name="{REASON}" {limits} autofocus autocomplete="off" style="{_FIELD}">'
        f'</label><button type="submit" style="{_BUTTON}">{escape(_("Download"))}</button></form>'
    )
    return _page(400, _("Why do you take these dossiers?"), asked, back)


def _page(status: int, title: str, inner: str, back: str) -> Response:
    body = (
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"></head><body style="{_STYLE}"><main>'
        f'<h1 style="font-size:1.4rem">{escape(title)}</h1>{inner}'
        f'<p><a href="{escape(back)}">{escape(_("Back to the page"))}</a></p></main></body></html>'
    )
    return HTMLResponse(body, status_code=status, headers=NO_STORE)
