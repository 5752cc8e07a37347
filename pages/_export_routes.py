"""`/export/PAGE.FORM?…`: what a page shows for that query string, as a file.

The answer is the page's own `viewed`, asked outside a visit. Wrong values of the address are said in the file, which
then holds the usual view, as the page does. A view that no file can hold whole is refused by a page to be read.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from errors import InputError, StoreError
from exports.viewed import Viewed
from exports.writing import FORMS, written
from metrics import Indicator
from pages import _format
from pages._discovery import page_modules
from pages._exports_noted import note_export
from pages._filters import Choices
from pages._html import escape
from pages._language import Language, _, language, speaking
from pages._levels import level_words
from pages._live import Live, live

ViewOf = Callable[[Live, Choices], Viewed]
_NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_NOT_IN_NAMES = str.maketrans({**dict.fromkeys('\\:*?"<>|\r\n\t', " "), "/": "-"})
_LONGEST_NAME = 120


def export(request: Request) -> Response:
    """The file; 404 for an unknown page or form, 413 for a view that cannot be given whole, 503 without a store."""
    spoken: Language = "en" if request.query_params.get("lang") == "en" else "vi"
    path, form = request.path_params["path"], request.path_params["form"]
    view_of = page_views().get(path)
    with speaking(spoken):
        if view_of is None or form not in FORMS:
            return _said(404, _("There is no such file."), "/")
        page = f"/{path}?{request.url.query}"
        try:
            here = live()
            viewed = _told(view_of, here, Choices(here.today, given=request.query_params))
            content = written(viewed, form, spoken)
            note_export(here, viewed, form)
        except InputError as error:
            return _said(413, str(error), page)
        except StoreError as error:
            return _said(503, f"{_('The store cannot be read. Check the database.')} {error}", page)
        headers = {**_NO_STORE, "Content-Disposition": disposition(viewed, form, here.today)}
        return Response(content, media_type=FORMS[form], headers=headers)


def no_such_export(_request: Request) -> Response:
    """404, where Streamlit would answer 200 with a page."""
    with speaking("vi"):
        return _said(404, _("There is no such file."), "/")


def page_views() -> dict[str, ViewOf]:
    """Path of every page that can be taken away, to what makes its view."""
    found = {module.PAGE.path: getattr(module, "viewed", None) for module in page_modules()}
    return {path: view_of for path, view_of in found.items() if view_of}


def _told(view_of: ViewOf, here: Live, choices: Choices) -> Viewed:
    """The page's view; before its own notes stand the wrong values of the address and why the figures may be old."""
    viewed = view_of(here, choices)
    usual = [_("The usual view is shown instead.")] if choices.problems else []
    notes = [*choices.problems, *usual]
    if here.stale_reason:
        since = _format.moment(here.read_at)
        notes.append(_("The newest figures cannot be read since {time}; shown are the last good ones.", time=since))
    explained = [_in_words_of(indicator, here.today) for indicator in viewed.definitions]
    return replace(viewed, notes=[*notes, *viewed.notes], definitions=explained)


def _in_words_of(indicator: Indicator, today: date) -> Indicator:
    """The indicator with its service levels called as they are today."""
    return replace(
        indicator,
        name=level_words(indicator.name, today, "en"),
        name_vi=level_words(indicator.name_vi, today, "vi"),
        definition=level_words(indicator.definition, today, "en"),
        definition_vi=level_words(indicator.definition_vi, today, "vi"),
    )


def disposition(viewed: Viewed, form: str, today: date) -> str:
    """How the browser is to name the file: in Vietnamese by RFC 5987, in plain letters for those that cannot."""
    full = " ".join(f"{viewed.title} {viewed.period}".translate(_NOT_IN_NAMES).split())[:_LONGEST_NAME]
    vietnamese = quote(f"{full}.{form}", safe="")
    return f"attachment; filename=\"{viewed.name}-{today}.{form}\"; filename*=UTF-8''{vietnamese}"


def _said(status: int, text: str, back: str) -> Response:
    """A small page that says why there is no file, with the way back."""
    title = escape(_("No file"))
    style = "font:1.05rem/1.5 sans-serif;max-width:42rem;margin:12vh auto;padding:0 1.2rem;color:#17202B"
    body = (
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"></head><body style="{style}"><main>'
        f'<h1 style="font-size:1.4rem">{title}</h1><p>{escape(text)}</p>'
        f'<p><a href="{escape(back)}">{escape(_("Back"))}</a></p></main></body></html>'
    )
    return HTMLResponse(body, status_code=status, headers=_NO_STORE)


def export_routes() -> list[BaseRoute]:
    """Every page's view in every form."""
    return [Route("/export/{path}.{form}", export), Route("/export/{rest:path}", no_such_export)]
