"""A file brought in by an operator: checked, looked at, and stored only when confirmed."""

import streamlit as st

from access.principal import Capability
from errors import InputError, StoreError
from imports import COLUMNS, Checked, check_import, store_import
from pages import _format
from pages._author import author_field
from pages._html import draw, escape, remark, table
from pages._language import _
from pages._live import Live
from pages._refresh import unreadable
from pages._visitor import must
from pages.operators._faults import faults

_SHOWN = 200
_NEEDS: dict[str, Capability] = {"targets": "targets", "returns": "operate"}
_BOM = "\ufeff"  # so that Excel opens the form as UTF-8
# Streamlit's limit of 200 MB is none of ours.
_LEFT_OUT = '[data-testid="stFileUploaderDropzoneInstructions"]{display:none}'


def upload(kind: str, here: Live, column_names: dict[str, str], *, reason: bool) -> None:
    """Draw the choice of a file of a kind of `imports`, what it would change, and its confirmation.

    `column_names`: what each column means; `reason`: whether the store keeps who brought it and why.
    """
    _say_stored(kind)
    _form(kind, column_names)
    draw(f"<style>{_LEFT_OUT}</style>")
    round_ = st.session_state.setdefault(f"{kind}_round", 0)
    file = st.file_uploader(
        _("File (CSV or XLSX)"), key=f"{kind}_file_{round_}", help=None, label_visibility="collapsed"
    )
    if file is None:
        return
    try:
        checked = check_import(here.engine, kind, file.getvalue(), file.name)
    except InputError as error:
        draw(faults(error))
        return
    draw(_preview(checked, column_names))
    if checked.new or checked.changed:
        _confirm(kind, here, checked, reason=reason)


def _form(kind: str, column_names: dict[str, str]) -> None:
    needed, optional = COLUMNS[kind]
    left_out = escape(_("(may be left out)"))
    items = "".join(
        f"<li><code>{name}</code> {escape(meaning)}{'' if name in needed else ' ' + left_out}</li>"
        for name, meaning in column_names.items()
    )
    draw(
        f'<details class="ioc-more"><summary>{escape(_("What the file must hold"))}</summary>'
        f'<ul class="ioc-columns">{items}</ul></details>'
    )
    header = _BOM + ",".join((*needed, *optional)) + "\n"
    st.download_button(
        _("Blank form (CSV)"),
        header,
        file_name=f"{kind}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"{kind}_blank",
        icon=":material/download:",
    )


def _preview(checked: Checked, column_names: dict[str, str]) -> str:
    said = _(
        "{file}: {new} new, {changed} changed, {unchanged} unchanged.",
        file=checked.name,
        new=_format.number(checked.new),
        changed=_format.number(checked.changed),
        unchanged=_format.number(checked.unchanged),
    )
    nothing = "" if checked.new or checked.changed else " " + _("The store holds all of it already.")
    columns = [name for name in column_names if any(row.get(name) for row in checked.preview)]
    words = change_words()
    rows = [
        [f'<span class="ioc-change-{row["change"]}">{escape(words[row["change"]])}</span>']
        + [escape(row.get(name, "")) for name in columns]
        for row in sorted(checked.preview, key=lambda row: list(words).index(row["change"]))[:_SHOWN]
    ]
    more = len(checked.preview) - len(rows)
    left = remark(_("and {n} more rows", n=_format.number(more))) if more else ""
    return f'<p class="ioc-sentence ioc-minor">{escape(said + nothing)}</p>{table([_("Change"), *columns], rows)}{left}'


def change_words() -> dict[str, str]:
    """What a row of a file would do, in words."""
    return {"new": _("new"), "changed": _("changed"), "unchanged": _("unchanged")}


def _confirm(kind: str, here: Live, checked: Checked, *, reason: bool) -> None:
    with st.form(f"{kind}_confirm", border=False):
        by = why = ""
        if reason:
            left, right = st.columns(2)
            by = author_field(left, _("Entered by (full name)"), key=f"{kind}_by", max_chars=120)
            why = right.text_input(_("Reason"), key=f"{kind}_why", max_chars=300)
        pressed = st.form_submit_button(_("Store"), type="primary", key=f"{kind}_store")
    if not pressed:
        return
    if reason and not (by and why.strip()):
        draw(f'<div class="ioc-problem" role="alert">▲ {escape(_("Say who enters it, and why."))}</div>')
        return
    must(_NEEDS[kind])
    try:
        who = by or here.visitor.name
        store_import(here.engine, checked, by=by, at=here.clock.now(), reason=why.strip(), who=who)
    except StoreError as error:
        draw(unreadable(error))
        return
    st.session_state[f"{kind}_round"] += 1
    st.session_state[f"{kind}_stored"] = _(
        "Stored: {new} new, {changed} changed.",
        new=_format.number(checked.new),
        changed=_format.number(checked.changed),
    )
    st.rerun()


def _say_stored(kind: str) -> None:
    if said := st.session_state.pop(f"{kind}_stored", ""):
        draw(f'<div class="ioc-done" role="status">● {escape(said)}</div>')
