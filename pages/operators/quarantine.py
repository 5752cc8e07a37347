"""Which records could not be stored, why, since when, and what becomes of them when they are tried again?"""

import json

from exports.viewed import Viewed
from pages import _format
from pages._contract import Page
from pages._downloads import download_bar
from pages._filters import Choices, form, select, show_problems
from pages._html import draw as draw_html
from pages._html import escape, h2, remark, style
from pages._language import _
from pages._links import link
from pages._live import Live, live
from pages._refresh import refreshing
from pages.operators._quarantine_replay import replay_button
from pages.operators._quarantine_tables import classes_table, dropped_table, records_table, taken_tables
from pages.operators._quarantine_view import PATH, SHOWN, Chosen, Shown, chosen, one, shown, sources
from pages.operators._quarantine_words import class_advice, class_words, kind_word
from pages.operators._source_words import reason_word
from store.quarantine import Held, held_groups, held_ids
from store.reason_classes import class_of

PAGE = Page(
    path=PATH,
    title="Quarantine",
    question="Which records could not be stored, why, and how do they come in?",
    audience="operators",
    order=6,
    icon=":material/inventory_2:",
    needs="operate",
)
_MOST = 20_000


def draw() -> None:
    """The list of the choices with its counts, or one record with what is kept of it."""
    draw_html(style(__file__, "_quarantine.css"))
    here = live()
    choices = Choices(here.today)
    asked = chosen(here, choices)
    if asked.record is None:
        _filters(here, asked)
        show_problems(choices.problems)
        _draw_list(here, asked)
    else:
        show_problems(choices.problems)
        _draw_record(here, asked, asked.record)
    download_bar(PATH)


def viewed(here: Live, choices: Choices) -> Viewed:
    """All records of the choices, without payloads; the counts; what was let go unread."""
    asked = chosen(here, choices)
    found = shown(here, asked, _MOST)
    return Viewed(
        name=PATH,
        title=_(PAGE.title),
        sentence=_sentence(found, asked),
        filters=[
            (_("Source"), asked.source or _("all")),
            (_("Class"), class_words().get(asked.reason_class, _("all"))),
            (_("Reason"), reason_word(asked.reason) if asked.reason else _("all")),
        ],
        period="",
        data_time=here.data_time,
        definitions=(),
        tables=taken_tables(found),
    )


def _filters(here: Live, asked: Chosen) -> None:
    reasons = sorted({group.reason for group in held_groups(here.engine)} | ({asked.reason} - {""}))
    every = {"": _("all")}
    form(
        PATH,
        select("source", _("Source"), {**every, **{name: name for name in sources(here)}}, asked.source),
        select("class", _("Class"), {**every, **class_words()}, asked.reason_class),
        select("reason", _("Reason"), {**every, **{reason: reason_word(reason) for reason in reasons}}, asked.reason),
    )


def _draw_list(here: Live, asked: Chosen) -> None:
    ids = held_ids(
        here.engine,
        source=asked.source or None,
        reason=asked.reason or None,
        reason_class=asked.reason_class or None,
    )

    @refreshing("quarantine")
    def told() -> None:
        found = shown(live(), asked, SHOWN)
        draw_html(f'<p class="ioc-sentence">{escape(_sentence(found, asked))}</p>')
        draw_html(classes_table(found, asked))

    @refreshing("quarantine_records")
    def records() -> None:
        found = shown(live(), asked, SHOWN)
        rows = records_table(found.records, asked)
        draw_html(_section(_("Records"), rows, _more(found)) if rows else "")
        gone = dropped_table(found.dropped)
        note = _("A record that came again after it was let go, and was let go again, is counted twice.")
        draw_html(_section(_("Let go unread"), gone, note) if gone else "")

    told()
    if ids:
        replay_button(here, ids, _("Try these {n} records again", n=_format.number(len(ids))))
    records()


def _draw_record(here: Live, asked: Chosen, number: int) -> None:
    draw_html(f'<p class="ioc-note">{link(_("Back to the list"), asked.href())}</p>')
    found = one(here, number)
    replay_button(here, [number] if found else [], _("Try this record again"))
    if found is None:
        draw_html(f'<div class="ioc-empty">{escape(_("No record of this number is held; it may be in by now."))}</div>')
        return
    draw_html(_record(found))


def _record(record: Held) -> str:
    name = _("No. {n}", n=record.id)
    head = f"{name}: {record.source}, {kind_word(record.kind)} {record.source_id or ''}".rstrip()
    facts = [
        (_("Class"), class_words()[class_of(record.reason)]),
        (_("Reason"), reason_word(record.reason)),
        (_("Unit code"), record.unit_code or "–"),
        (_("Held since"), _format.moment(record.first_seen_at)),
        (_("Last met"), _format.moment(record.last_seen_at)),
        (_("What to do"), class_advice(class_of(record.reason))),
    ]
    items = "".join(f"<li>{escape(label)}: {escape(value)}</li>" for label, value in facts)
    kept = json.dumps(record.payload, ensure_ascii=False, indent=2) if record.payload is not None else ""
    words = _("Its content was not kept: it can only come again from its source.")
    payload = f'<pre class="ioc-payload" tabindex="0">{escape(kept)}</pre>' if kept else f"<p>{escape(words)}</p>"
    detail = f'<p><code lang="en">{escape(record.detail)}</code></p>'
    said = _("What is kept of it, without personal data")
    return h2(head) + f'<ul class="ioc-said">{items}</ul>{detail}' + _section(said, payload, "")


def _section(title: str, inner: str, note: str) -> str:
    below = remark(note) if note else ""
    return h2(title) + inner + below


def _more(found: Shown) -> str:
    if found.total <= len(found.records):
        return ""
    return _("The oldest {n} of {total} records.", n=_format.number(len(found.records)), total=found.total)


def _sentence(found: Shown, asked: Chosen) -> str:
    gone = sum(one.records for one in found.dropped if one.why != "size")
    lost = _("{n} records were let go unread.", n=_format.number(gone)) if gone else ""
    if not found.groups:
        nothing = _("No record of these choices is held back.") if asked.narrowed else _("No record is held back.")
        return f"{nothing} {lost}".rstrip()
    said = _(
        "{n} records of {sources} sources are held back, the oldest since {since}.",
        n=_format.number(found.total),
        sources=_format.number(len({group.source for group in found.groups})),
        since=_format.moment(min(group.first_seen_at for group in found.groups)),
    )
    return f"{said} {lost}".rstrip()
