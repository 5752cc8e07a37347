"""`/export/PAGE.FORM?…`: what a page shows for that query string, as a file.

The answer is the page's own `viewed`, asked outside a visit. Wrong values of the address are said in the file, which
then holds the usual view, as the page does. A view that no file can hold whole is refused by a page to be read, and so
is one that the visitor may not take away. Rows of single dossiers leave with a reason alone, which is asked for first.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from access.principal import Capability
from errors import AccessError, InputError, StoreError
from exports.viewed import Viewed
from exports.writing import FORMS, written
from metrics import Indicator
from pages import _format
from pages._discovery import page_modules
from pages._export_said import NO_STORE, ask_reason, reason_of, said
from pages._exports_noted import note_export
from pages._filters import Choices
from pages._language import Language, _, speaking
from pages._levels import level_words
from pages._live import Live, live

ViewOf = Callable[[Live, Choices], Viewed]
_NOT_IN_NAMES = str.maketrans({**dict.fromkeys('\\:*?"<>|\r\n\t', " "), "/": "-"})
_LONGEST_NAME = 120


def export(request: Request) -> Response:
    """The file; 404 for an unknown page or form, 403 for who may not have it, 400 with a form to say why where a reason
    must be given, 413 for a view that cannot be given whole, 503 without a store."""
    spoken: Language = "en" if request.query_params.get("lang") == "en" else "vi"
    path, form = request.path_params["path"], request.path_params["form"]
    view_of = page_views().get(path)
    with speaking(spoken):
        if view_of is None or form not in FORMS:
            return said(404, _("There is no such file."), "/")
        page, reason = f"/{path}?{request.url.query}", reason_of(request)
        try:
            here = live()
            needs = _needs().get(path, "figures")
            here.visitor.must(needs)
            here.visitor.must("export_figures")
            viewed = _told(view_of, here, Choices(here.today, given=request.query_params))
            if any(table.dossiers and table.frame.height for table in viewed.tables):
                # Who mends records works with their keys.
                here.visitor.must(needs if needs == "operate" else "export_dossiers")
                if not reason:
                    return ask_reason(request, page)
            content = written(viewed, form, spoken)
            note_export(here, viewed, form, reason)
        except AccessError:
            return said(403, _("Your role may not take this view away."), page)
        except InputError as error:
            return said(413, str(error), page)
        except StoreError as error:
            return said(503, f"{_('The store cannot be read. Check the database.')} {error}", page)
        headers = {**NO_STORE, "Content-Disposition": disposition(viewed, form, here.today)}
        return Response(content, media_type=FORMS[form], headers=headers)


def no_such_export(_request: Request) -> Response:
    """404, where Streamlit would answer 200 with a page."""
    with speaking("vi"):
        return said(404, _("There is no such file."), "/")


def page_views() -> dict[str, ViewOf]:
    """Path of every page that can be taken away, to what makes its view."""
    found = {module.PAGE.path: getattr(module, "viewed", None) for module in page_modules()}
    return {path: view_of for path, view_of in found.items() if view_of}


def _needs() -> dict[str, Capability]:
    return {module.PAGE.path: module.PAGE.needs for module in page_modules()}


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


def export_routes() -> list[BaseRoute]:
    """Every page's view in every form."""
    return [Route("/export/{path}.{form}", export), Route("/export/{rest:path}", no_such_export)]
