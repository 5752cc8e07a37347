"""Who did what, when and why; and is the log of it what was written?"""

from typing import NamedTuple

import streamlit as st

from clock import local_day
from errors import StoreError
from pages import _format
from pages._address import address
from pages._contract import Page
from pages._filters import Choices, form, select, show_problems, told
from pages._html import draw as draw_html
from pages._html import escape, remark, style, table
from pages._language import _
from pages._links import link
from pages._live import Live, live
from pages._order import vietnamese_order
from pages._refresh import unreadable
from pages._units import Units
from pages.operators._audit_chain import ChainWatch, Looked, chain_watch
from pages.operators._audit_words import act_names, details_html, what_html, who_words
from store.audit import ACTS
from store.audit_reads import Entry, entries, people

PAGE = Page(
    path="audit",
    title="Audit log",
    question="Who did what, when and why, and is the log of it whole?",
    audience="operators",
    order=8,
    icon=":material/policy:",
    needs="audit",
)
SHOWN = 100


class Chosen(NamedTuple):
    """What the address asks for, "" for all; `before`: only rows before the one of this number."""

    kind: str
    who: str
    before: int | None


def draw() -> None:
    """The filters, the state of the chain, the newest acts."""
    draw_html(style(__file__, "_audit.css"))
    try:
        _draw(live())
    except StoreError as error:
        draw_html(unreadable(error))


def _draw(here: Live) -> None:
    choices = Choices(here.today)
    names = {name: who_words(name) for name in sorted(people(here.engine), key=vietnamese_order)}
    chosen = _chosen(choices, names)
    form(
        PAGE.path,
        select("kind", _("Kind of act"), {"": _("all"), **act_names()}, chosen.kind),
        select("who", _("Who"), {"": _("all"), **names}, chosen.who, "ioc-broad"),
    )
    show_problems(choices.problems)
    total, found = entries(here.engine, [chosen.kind] if chosen.kind else ACTS, chosen.who, chosen.before, SHOWN)
    draw_html(f'<p class="ioc-sentence">{escape(_sentence(total, found, chosen))}</p>')
    _draw_chain(here)
    if found:
        draw_html(_table(here, found) + _more(total, found, chosen))
    if here.settings.clock:
        note = _("The times on this page are those of the real clock, not of the replayed place.")
        draw_html(remark(note))


def _chosen(choices: Choices, names: dict[str, str]) -> Chosen:
    wanted = choices.given.get("before", "")
    if wanted and not (wanted.isascii() and wanted.isdigit() and len(wanted) < 10):
        choices.problems.append(_("“{text}” is no number of a row.", text=told(wanted)))
        wanted = ""
    return Chosen(
        choices.one_of("kind", ["", *ACTS], "", _("kind of act")),
        choices.one_of("who", ["", *names], "", _("name in the log")),
        int(wanted) if wanted else None,
    )


def _sentence(total: int, found: list[Entry], chosen: Chosen) -> str:
    if not total:
        narrowed = chosen.kind or chosen.who
        return _("No act of this choice has been noted.") if narrowed else _("Nothing has been noted yet.")
    if chosen.before is not None or not found:
        return _("{n} acts noted.", n=_format.number(total))
    newest = _format.moment(found[0].at)
    return _("{n} acts noted, the newest on {time}.", n=_format.number(total), time=newest)


def _draw_chain(here: Live) -> None:
    watch: ChainWatch = chain_watch(here.engine.url.render_as_string())
    asked = st.button(_("Check the whole log now"), icon=":material/verified_user:", key="audit_verify")
    looked = watch.look(here.engine) if asked else watch.last(here.engine)
    draw_html(_chain(looked))


def _chain(looked: Looked | None) -> str:
    if looked is None:
        return f'<p class="ioc-note">○ {escape(_("This server has not checked the log yet: press the button."))}</p>'
    at, head = _format.moment(looked.at), looked.chain.head
    when = _("Checked on {time}.", time=at)
    if looked.chain.broken is not None:
        number = _format.number(looked.chain.broken)
        said = _("The log is broken at row {n}: that row is not what was written, or is missing.", n=number)
        return _alarm(said, when)
    if looked.lost is not None:
        number = _format.number(looked.lost.number)
        said = _("The log was cut off or written anew: row {n}, seen before by this server, is another now.", n=number)
        return _alarm(said, when)
    said = _("The log is whole: all {n} rows are as they were written.", n=_format.number(head.number))
    noting = _("Keep this head where nobody who can change the database can change it:")
    return (
        f'<div class="ioc-done" role="status">● {escape(said)} <span class="ioc-small">{escape(when)}</span></div>'
        f'<p class="ioc-note">{escape(noting)} <code class="ioc-hash">{head}</code></p>'
    )


def _alarm(said: str, when: str) -> str:
    do = _("Tell whoever is responsible for information security, and change nothing in the database until then.")
    return f'<div class="ioc-problem" role="alert">■ {escape(said)} {escape(do)}<br>{escape(when)}</div>'


def _table(here: Live, found: list[Entry]) -> str:
    units = Units(here.counters, here.today)
    kinds = act_names()
    rows = [
        [
            _format.number(entry.number),
            escape(f"{_format.day(local_day(entry.at))} {_format.time_of_day(entry.at, seconds=True)}"),
            escape(who_words(entry.who)),
            escape(kinds.get(entry.act, entry.act)),
            f"{what_html(entry, units, here.today)}{details_html(entry)}",
            escape(entry.reason),
        ]
        for entry in found
    ]
    return table([_("Row"), _("When"), _("Who"), _("Kind of act"), _("What"), _("Why")], rows, "ioc-audit")


def _more(total: int, found: list[Entry], chosen: Chosen) -> str:
    """The ways to older and to the newest rows, where there are any."""
    ways = []
    if chosen.before is not None:
        ways.append(link(_("To the newest"), address(PAGE.path, kind=chosen.kind, who=chosen.who)))
    if len(found) == SHOWN < total:
        older = address(PAGE.path, kind=chosen.kind, who=chosen.who, before=str(found[-1].number))
        ways.append(link(_("Older"), older))
    return f'<p class="ioc-note">{" · ".join(ways)}</p>' if ways else ""
