"""What the audit log says, in words: kinds of acts, who acted, upon what."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec

from metrics import Period, catalogue
from pages import _format
from pages._discovery import page_modules
from pages._html import escape
from pages._language import _
from pages._names import indicator_name
from pages._periods import calendar_name
from pages._units import Units, kind_names
from pages.operators._message_words import role_names
from pages.operators._screen_words import screen_name
from pages.operators._targets_taken import whom_name
from store.audit_reads import Entry

Details = Mapping[str, Any]
_LONGEST = 1500
_HOST, _SCREEN = "host:", re.compile(r"screen (\d{1,6})")


def act_names() -> dict[str, str]:
    """The kinds of acts, to their names."""
    return {
        "sign_in": _("sign-in"),
        "sign_out": _("sign-out"),
        "refused": _("refused access"),
        "access": _("change of roles"),
        "token": _("token"),
        "target": _("change of a target"),
        "definition": _("change of definitions"),
        "import": _("file brought in"),
        "export": _("file taken away"),
        "replay": _("records tried again"),
        "revision": _("period published"),
        "restore": _("restored from a backup"),
    }


def who_words(who: str) -> str:
    """A person by name; whoever runs a program on the server by what the operating system calls them."""
    if who.startswith(_HOST):
        return _("server: {user}", user=who.removeprefix(_HOST))
    if found := _SCREEN.fullmatch(who):
        return screen_name(int(found[1]))
    return _("the sign-in's provider") if who == "provider" else who


def details_of(entry: Entry) -> Details:
    """What else is known of an act."""
    found: Details = msgspec.json.decode(entry.details)
    return found


def what_html(entry: Entry, units: Units, day: date) -> str:
    """Upon what, as HTML: in words where the kind of act has some, else as it was noted."""
    make = _WORDS.get(entry.act)
    words = make(entry, units, day) if make else ""
    return escape(words) if words else f"<code>{escape(entry.what)}</code>"


def details_html(entry: Entry) -> str:
    """What else is known, and the row's hash, folded away; HTML."""
    details = {name: value for name, value in details_of(entry).items() if name != "state"}
    known = f"<code>{escape(_cut(msgspec.json.encode(details).decode()))}</code><br>" if details else ""
    inner = f'{known}<code class="ioc-hash">{entry.hash}</code>'
    return f'<details class="ioc-more"><summary>{escape(_("Details"))}</summary>{inner}</details>'


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


def _target(entry: Entry, units: Units, day: date) -> str:
    found = re.fullmatch(r"(\S+) (\S+) (\d{4}-\d\d-\d\d)", entry.what)
    if not found or found[1] not in catalogue():
        return ""
    is_kind = found[2] in (*kind_names(), "tinh")
    whom = whom_name("" if is_kind else found[2], found[2] if is_kind else "", units)
    first = _format.day(date.fromisoformat(found[3]))
    return f"{indicator_name(catalogue()[found[1]], day)} · {whom} · {_('from {day}', day=first)}"


def _state(entry: Entry, _units: Units, _day: date) -> str:
    name = {
        "indicators": _("Definitions of the indicators"),
        "counting": _("What counts for which measure"),
        "groups": _("Roles and units of the groups"),
        "machines": _("Tokens of the machines"),
    }.get(entry.what, "")
    changed = len(details_of(entry).get("changed", ()))
    return f"{name}: {_('{n} changed', n=_format.number(changed))}" if name else ""


def _token(entry: Entry, units: Units, day: date) -> str:
    found = _SCREEN.fullmatch(entry.what)
    did = {
        "approved": _("its code was accepted"),
        "issued": _("it was given its token"),
        "renewed": _("it changed its token for a new one"),
        "revoked": _("its token was revoked"),
    }.get(details_of(entry).get("did", ""), "")
    return f"{screen_name(int(found[1]))}: {did}" if found and did else _state(entry, units, day)


def _import(entry: Entry, _units: Units, _day: date) -> str:
    kind, _colon, file = entry.what.partition(": ")
    name = {
        "units": _("Catalogue of units"),
        "procedures": _("Catalogue of procedures"),
        "targets": _("Targets"),
        "returns": _("Returns"),
        "boundaries": _("Outlines of units"),
        "calendar": _("Calendar of working days"),
    }.get(kind, "")
    return f"{name}: {file}" if name else ""


def _export(entry: Entry, _units: Units, _day: date) -> str:
    path, _dot, form = entry.what.rpartition(".")
    titles = {module.PAGE.path: module.PAGE.title for module in page_modules()}
    rows = details_of(entry).get("rows")
    if path not in titles or rows is None:
        return ""
    return f"{_(titles[path])} ({form.upper()}): {_('{n} rows', n=_format.number(rows))}"


def _replay(entry: Entry, _units: Units, _day: date) -> str:
    records = details_of(entry).get("records", ())
    return f"{entry.what}: {_('{n} records', n=_format.number(len(records)))}"


def _revision(entry: Entry, _units: Units, _day: date) -> str:
    name, _word, number = entry.what.rpartition(" revision ")
    try:
        period = Period.parse(name)
    except ValueError:
        return ""
    return f"{calendar_name(period)}, {_('edition {n}', n=number)}"


def _sign_in(entry: Entry, _units: Units, _day: date) -> str:
    """As which roles; no role is known for whom none of the groups means anything here."""
    words, roles = role_names(), details_of(entry).get("roles", ())
    return ", ".join(words.get(role, role) for role in roles) or _("none of their groups has a role here")


def _sign_out(entry: Entry, _units: Units, _day: date) -> str:
    return {
        "signed_out": _("signed out"),
        "ended": _("the provider has ended the sign-in"),
        "untold": _("the provider no longer tells the groups"),
        "foreign": _("the provider named somebody else"),
    }.get(details_of(entry).get("why", ""), "")


_WORDS: Mapping[str, Callable[[Entry, Units, date], str]] = {
    "sign_in": _sign_in,
    "refused": _sign_in,
    "sign_out": _sign_out,
    "access": _state,
    "token": _token,
    "target": _target,
    "definition": _state,
    "import": _import,
    "export": _export,
    "replay": _replay,
    "revision": _revision,
}
