"""The bar under a page's filters: the view as a file in each form, and its address to be copied."""

from urllib.parse import urlencode

from exports.writing import FORMS
from pages._address import given
from pages._html import draw, escape
from pages._language import _, language
from pages._visitor import visitor

NAMES = {"csv": "CSV", "xlsx": "XLSX", "parquet": "Parquet", "png": "PNG", "pdf": "PDF"}


def download_bar(path: str, *, dossiers: bool = False) -> None:
    """Draw the links to the page's view as a file in each form, for the present address, and "copy link".

    The links are plain: a refusal is a page to be read, which `<a download>` would turn into a failed download.
    `dossiers`: the view has rows of single dossiers; the file's address asks why they are wanted, and who may not take
    them away gets no links.
    """
    chosen = {name: value for name, value in given().items() if value and name != "lang"}
    query = urlencode({**chosen, "lang": language()})
    may = visitor().may("export_dossiers" if dossiers else "export_figures")
    links = "".join(_link(path, form, query) for form in FORMS if may)
    copy = f'<button type="button" data-copy="{escape(_("Copied"))}">{escape(_("Copy link"))}</button>'
    draw(
        f'<nav class="ioc-downloads" aria-label="{escape(_("Download"))}">'
        f"{_heading(links)}{links}{copy}"
        '<span role="status" class="ioc-small"></span></nav>'
    )


def _heading(links: str) -> str:
    return f"<span>{escape(_('Download') if links else _('Not for your role to take away'))}</span>"


def _link(path: str, form: str, query: str) -> str:
    words = escape(_("Download as {form}", form=NAMES[form]))
    address = escape(f"export/{path}.{form}?{query}")
    return f'<a href="{address}" target="_self" title="{words}" aria-label="{words}">{NAMES[form]}</a>'
