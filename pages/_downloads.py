"""The bar under a page's filters: the view as a file in each form, and its address to be copied."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from exports.writing import FORMS
from pages._html import draw, escape
from pages._language import _, language
from pages._visitor import visitor

NAMES = {"csv": "CSV", "xlsx": "XLSX", "parquet": "Parquet", "png": "PNG", "pdf": "PDF"}
# A page over plain HTTP has no navigator.clipboard; there the old way, from a field that is selected.
_SCRIPT = """
async function copied(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  field.style.opacity = "0";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
export default function () {
  const root = document.documentElement;
  if (root.dataset.copies) return;
  root.dataset.copies = "followed";
  document.addEventListener("click", async (event) => {
    const button = event.target.closest && event.target.closest("button[data-copy]");
    if (!button) return;
    await copied(location.href);
    const said = button.parentElement.querySelector("[role=status]");
    said.textContent = button.dataset.copy;
    button.focus();
    setTimeout(() => { said.textContent = ""; }, 5000);
  });
}
"""


def download_bar(path: str, *, dossiers: bool = False) -> None:
    """Draw the links to the page's view as a file in each form, for the present address, and "copy link".

    The links are plain: a refusal is a page to be read, which `<a download>` would turn into a failed download.
    `dossiers`: the view has rows of single dossiers; the file's address asks why they are wanted, and who may not take
    them away gets no links.
    """
    chosen = {name: value for name, value in st.query_params.items() if value and name != "lang"}
    query = urlencode({**chosen, "lang": language()})
    may = visitor().may("export_dossiers" if dossiers else "export_figures")
    links = "".join(_link(path, form, query) for form in FORMS if may)
    copy = f'<button type="button" data-copy="{escape(_("Copied"))}">{escape(_("Copy link"))}</button>'
    draw(
        f'<style>{_style()}</style><nav class="ioc-downloads" aria-label="{escape(_("Download"))}">'
        f"{_heading(links)}{links}{copy}"
        '<span role="status" class="ioc-small"></span></nav>'
    )
    _mount()(key="copies", height=0)


def _heading(links: str) -> str:
    return f"<span>{escape(_('Download') if links else _('Not for your role to take away'))}</span>"


def _link(path: str, form: str, query: str) -> str:
    words = escape(_("Download as {form}", form=NAMES[form]))
    address = escape(f"export/{path}.{form}?{query}")
    return f'<a href="{address}" target="_self" title="{words}" aria-label="{words}">{NAMES[form]}</a>'


@cache
def _style() -> str:
    return Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


@cache
def _mount() -> Callable[..., object]:
    return st.components.v2.component("ioc_copies", js=_SCRIPT)
