"""The form that sets, changes or ends one target; it goes through the same checks as a file."""

import csv
import io
import re
from collections.abc import Mapping
from datetime import date

import streamlit as st

from errors import InputError, StoreError
from imports import COLUMNS, check_import, store_import
from metrics import COMPARATORS
from pages import _format
from pages._author import author_field
from pages._filters import indicators_by_name
from pages._goals import SIGNS
from pages._html import draw, escape
from pages._language import _
from pages._live import Live
from pages._refresh import unreadable
from pages._units import Units, kind_names
from pages._visitor import must
from pages.operators._faults import fault
from sheets.tabular import BadRowsError
from store.reads import Target

_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_KIND = "kind:"


def target_form(here: Live, edited: Target | None) -> None:
    """Draw the form, filled with the target to be changed, if there is one."""
    whom, names = _whom(here), indicators_by_name(here.today)
    key = f"target_{target_key(edited)}_{st.session_state.setdefault('target_round', 0)}"
    year = here.today.year
    with st.form(key, border=False):
        first, second = st.columns(2)
        cells = {
            "indicator": first.selectbox(
                _("Indicator"),
                list(names),
                index=list(names).index(edited.indicator if edited else "online_dossier_rate"),
                format_func=names.__getitem__,
                key=f"{key}_indicator",
            )
        }
        chosen = second.selectbox(
            _("For"),
            list(whom),
            index=list(whom).index(_code_of(edited)) if edited and _code_of(edited) in whom else 0,
            format_func=whom.__getitem__,
            key=f"{key}_whom",
        )
        cells |= _terms(key, edited, year)
        left, right = st.columns(2)
        by = author_field(left, _("Entered by (full name)"), key=f"{key}_by", max_chars=120)
        why = right.text_input(_("Reason"), key=f"{key}_why", max_chars=300)
        pressed = st.form_submit_button(_("Store the target"), type="primary", key=f"{key}_store")
    if pressed:
        kind = chosen.removeprefix(_KIND) if chosen.startswith(_KIND) else ""
        _store(here, cells | {"kind": kind, "unit_code": "" if kind else chosen}, by, why.strip())


def _terms(key: str, edited: Target | None, year: int) -> dict[str, str]:
    """What the target says, as the cells of a file."""
    columns = st.columns([1, 1, 2, 2])
    sign = columns[0].selectbox(
        _("Comparator"),
        COMPARATORS,
        index=COMPARATORS.index(edited.comparator if edited else ">="),
        format_func=SIGNS.__getitem__,
        key=f"{key}_sign",
    )
    value = columns[1].text_input(_("Value"), _value_text(edited), key=f"{key}_value", placeholder="51 %")
    usual = (date(year, 1, 1), date(year, 12, 31))
    first = columns[2].text_input(
        _("From (day/month/year)"), _text(edited.valid_from if edited else usual[0]), key=f"{key}_from"
    )
    last = columns[3].text_input(
        _("To, included (empty: open)"), _text(edited.valid_to if edited else usual[1]), key=f"{key}_to"
    )
    below = st.columns([2, 1, 2])
    decision = below[0].text_input(_("Decision (number)"), edited.decision if edited else "", key=f"{key}_decision")
    decided = below[1].text_input(
        _("Of (day/month/year)"), _text(edited.decided_on if edited else None), key=f"{key}_on"
    )
    issuer = below[2].text_input(_("Issued by"), edited.issuer if edited else "", key=f"{key}_issuer")
    return {
        "comparator": sign,
        "value": value,
        "valid_from": iso_day(first),
        "valid_to": iso_day(last),
        "decision": decision,
        "decided_on": iso_day(decided),
        "issuer": issuer,
    }


def target_key(target: Target | None) -> str:
    """What names a target in an address: indicator, unit or kind, first day."""
    return f"{target.indicator}|{_code_of(target)}|{target.valid_from}" if target else ""


def _code_of(target: Target) -> str:
    return target.unit_code or f"{_KIND}{target.kind}"


def _whom(here: Live) -> dict[str, str]:
    """Every unit of a kind, then each unit in force."""
    units = Units(here.counters, here.today)
    kinds = {f"{_KIND}{kind}": _("every unit: {kind}", kind=name) for kind, name in kind_names().items()}
    return kinds | units.labels()


def _value_text(target: Target | None) -> str:
    if target is None:
        return ""
    return _format.target_value(target.indicator, target.value).replace(_format.NBSP, " ")


def _text(day: date | None) -> str:
    return _format.day(day) if day else ""


def iso_day(text: str) -> str:
    """31/12/2021 as 2021-12-31; anything else as it was written, for the check to refuse."""
    found = _DAY.fullmatch(text.strip())
    return f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}" if found else text.strip()


def _store(here: Live, cells: Mapping[str, str], by: str, why: str) -> None:
    if not (by and why):
        draw(f'<div class="ioc-problem" role="alert">▲ {escape(_("Say who enters it, and why."))}</div>')
        return
    must("targets")
    needed, optional = COLUMNS["targets"]
    written = io.StringIO()
    table = csv.DictWriter(written, [*needed, *optional])
    table.writeheader()
    table.writerow(cells)
    try:
        checked = check_import(here.engine, "targets", written.getvalue().encode(), _("The form"))
        store_import(here.engine, checked, by=by, at=here.clock.now(), reason=why)
    except InputError as error:
        draw(_refused(error))
        return
    except StoreError as error:
        draw(unreadable(error))
        return
    words = {"new": _("The target is set."), "changed": _("The target is changed.")}
    change = "new" if checked.new else "changed" if checked.changed else "unchanged"
    st.session_state["target_stored"] = words.get(change, _("The target is as it was: nothing was changed."))
    st.session_state["target_round"] += 1
    st.query_params.pop("edit", None)
    st.rerun()


def _refused(error: InputError) -> str:
    said = [fault(str(error))]
    if isinstance(error, BadRowsError):
        said = [f"{field_names()[bad.column]}: {fault(bad.reason)}" for bad in error.bad]
    lines = "<br>".join(escape(line) for line in said)
    return f'<div class="ioc-problem" role="alert">■ {escape(_("Nothing was stored."))}<br>{lines}</div>'


def field_names() -> dict[str, str]:
    """A file's columns as the form calls them."""
    return {
        "indicator": _("Indicator"),
        "unit_code": _("For"),
        "kind": _("For"),
        "comparator": _("Comparator"),
        "value": _("Value"),
        "valid_from": _("From (day/month/year)"),
        "valid_to": _("To, included (empty: open)"),
        "decision": _("Decision (number)"),
        "decided_on": _("Of (day/month/year)"),
        "issuer": _("Issued by"),
    }


def say_stored() -> None:
    """Say once what the form has stored; outside the form, which may be folded by then."""
    if said := st.session_state.pop("target_stored", ""):
        draw(f'<div class="ioc-done" role="status">● {escape(said)}</div>')
