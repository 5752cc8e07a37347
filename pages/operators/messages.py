"""Who was told what, did it arrive, and what holds at present?"""

from collections.abc import Mapping, Sequence

from exports.viewed import Viewed
from messages.rules.undelivered import TELL_AFTER
from pages import _format
from pages._contract import Page
from pages._downloads import download_bar
from pages._filters import Choices, form, select, show_problems
from pages._html import draw as draw_html
from pages._html import escape, h2, remark, style
from pages._language import _
from pages._live import Live, live
from pages._refresh import refreshing
from pages.operators._message_tables import (
    SHOWN,
    Chosen,
    condition_rows,
    conditions_frame,
    ledger_frame,
    ledger_rows,
    recipient_rows,
    recipients_frame,
)
from pages.operators._message_words import reason_sentence, rule_names, state_names
from store.message_reads import last_messages, ledger, open_conditions, undelivered

PAGE = Page(
    path="messages",
    title="Messages",
    question="Who was told what, did it arrive, and what holds at present?",
    audience="operators",
    order=5,
    icon=":material/mail:",
    needs="operate",
)


def draw() -> None:
    """The filters, then what refreshes itself: whom nothing reaches, the ledger, the recipients, what holds."""
    draw_html(style(__file__, "_messages.css"))
    here = live()
    choices = Choices(here.today)
    chosen = _chosen(here, choices)
    form(
        PAGE.path,
        select("recipient", _("Recipient"), {"": _("all"), **_recipients(here)}, chosen.recipient),
        select("state", _("State"), {"": _("all"), **state_names()}, chosen.state),
        select("rule", _("Rule"), {"": _("all"), **rule_names()}, chosen.rule, "ioc-broad"),
    )
    show_problems(choices.problems)
    download_bar(PAGE.path)

    @refreshing("messages")
    def told() -> None:
        _draw_told(live(), chosen)

    told()


def viewed(here: Live, choices: Choices) -> Viewed:
    """The whole ledger of the choices, the recipients, and what holds."""
    chosen = _chosen(here, choices)
    _total, found = ledger(here.engine, *chosen)
    return Viewed(
        name=PAGE.path,
        title=_(PAGE.title),
        sentence=_sentence(here),
        filters=[
            (_("Recipient"), chosen.recipient or _("all")),
            (_("State"), state_names().get(chosen.state, _("all"))),
            (_("Rule"), rule_names().get(chosen.rule, _("all"))),
        ],
        period="",
        data_time=here.data_time,
        definitions=(),
        tables=[
            ledger_frame(found),
            recipients_frame(here, _of(here, chosen), last_messages(here.engine)),
            conditions_frame(open_conditions(here.engine, chosen.recipient, chosen.rule)),
        ],
    )


def _chosen(here: Live, choices: Choices) -> Chosen:
    return Chosen(
        choices.one_of("recipient", ["", *_recipients(here)], "", _("recipient")),
        choices.one_of("state", ["", *state_names()], "", _("state of a message")),
        choices.one_of("rule", ["", *rule_names()], "", _("rule")),
    )


def _recipients(here: Live) -> Mapping[str, str]:
    """The configured recipients' names, and those that only the ledger still knows."""
    known = [recipient.name for recipient in here.settings.recipients]
    return {name: name for name in [*known, *sorted(set(last_messages(here.engine)) - set(known))]}


def _of(here: Live, chosen: Chosen) -> list[str]:
    return [recipient.name for recipient in here.settings.recipients if chosen.recipient in ("", recipient.name)]


def _draw_told(here: Live, chosen: Chosen) -> None:
    draw_html(f'<p class="ioc-sentence">{escape(_sentence(here))}</p>{_warnings(here)}')
    total, found = ledger(here.engine, *chosen, SHOWN)
    draw_html(_section(_("Delivery ledger"), ledger_rows(found), _("No message yet."), _more(total, found)))
    recipients = recipient_rows(here, _of(here, chosen), last_messages(here.engine))
    draw_html(_section(_("Recipients"), recipients, _("Nobody is told anything.")))
    holding = condition_rows(open_conditions(here.engine, chosen.recipient, chosen.rule))
    draw_html(_section(_("What holds at present"), holding, _("Nothing that anybody had to be told.")))


def _section(title: str, rows: str, nothing: str, note: str = "") -> str:
    below = remark(note) if note else ""
    return h2(title) + (rows + below if rows else remark(nothing))


def _more(total: int, found: Sequence[object]) -> str:
    if total == len(found):
        return ""
    return _("The newest {n} of {total} messages.", n=_format.number(len(found)), total=_format.number(total))


def _sentence(here: Live) -> str:
    if not here.settings.recipients:
        return _("Nobody is told anything: add [[recipients]] to the settings and restart.")
    waiting, _found = ledger(here.engine, state="queued", limit=1)
    failed, _found = ledger(here.engine, state="failed", limit=1)
    return _(
        "{recipients} recipients; {waiting} messages waiting, {failed} not delivered; {conditions} warnings hold.",
        recipients=_format.number(len(here.settings.recipients)),
        waiting=_format.number(waiting),
        failed=_format.number(failed),
        conditions=_format.number(len(open_conditions(here.engine))),
    )


def _warnings(here: Live) -> str:
    told = [
        _(
            "Nothing reaches {name}: {why} Send a test by “ioc.py messages test --recipient {name}”.",
            name=unreached.recipient,
            why=reason_sentence(unreached.reason),
        )
        for unreached in undelivered(here.engine, TELL_AFTER)
    ]
    return "".join(f'<div class="ioc-problem" role="alert">■ {escape(words)}</div>' for words in told)
