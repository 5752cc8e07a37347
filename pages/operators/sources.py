"""Which source is silent, and what was fetched, rejected and why?"""

from collections.abc import Sequence

from pages import _format
from pages._badges import freshness_badge, silence
from pages._contract import Page
from pages._html import draw as draw_html
from pages._html import escape, table
from pages._language import _
from pages._live import live
from pages._refresh import refreshing
from store.health import SourceHealth, quarantine_summary

PAGE = Page(
    path="sources",
    title="Sources",
    question="Which source is silent, and what was rejected?",
    audience="operators",
    order=1,
    icon=":material/sensors:",
)


@refreshing("sources")
def draw() -> None:
    """A sentence, a row per source, its last error in plain words, and the quarantine by reason."""
    here = live()
    draw_html(f'<p class="ioc-sentence">{escape(_sentence(here.sources))}</p>')
    if here.sources:
        draw_html(_polls(here.sources) + _counts(here.sources) + _errors(here.sources))
        draw_html(_quarantine(quarantine_summary(here.engine)))


def _sentence(sources: Sequence[SourceHealth]) -> str:
    if not sources:
        return _("No source is configured: add [[sources]] to the settings and restart.")
    if len(sources) > 1 and all(source.state == "stale" for source in sources):
        since = max(source.last_good_at for source in sources if source.last_good_at)
        return _("All sources have been silent since {since}: is the poller running?", since=_format.moment(since))
    troubles = [silence(source) for source in sources if source.state != "fresh"]
    return " ".join(troubles) or _("All {n} sources are fresh.", n=_format.number(len(sources)))


def _polls(sources: Sequence[SourceHealth]) -> str:
    head = [_("Source"), _("State"), _("Last good poll"), _("Age"), _("Expected age"), _("Last run"), _("Outcome")]
    rows = [
        [
            f'<b>{escape(source.name)}</b> <span class="ioc-small">{escape(source.dialect)}</span>',
            freshness_badge(source.state),
            escape(_format.moment(source.last_good_at)),
            escape(_format.duration(source.age)),
            escape(_format.duration(source.expected_age)),
            escape(_format.moment(source.last_run_at)),
            escape(outcome_word(source.last_outcome)),
        ]
        for source in sources
    ]
    return table(head, rows)


def _counts(sources: Sequence[SourceHealth]) -> str:
    head = [
        _("Records"),
        _("Fetched, last run"),
        _("Accepted"),
        _("Unchanged"),
        _("Rejected"),
        _("Source says"),
        _("Fetched today"),
        _("Accepted today"),
        _("Rejected today"),
        _("In quarantine"),
    ]
    rows = [
        [escape(source.name)] + [_format.number(count) for count in _numbers(source)[:4]]
        + [_("not told") if source.source_count is None else _format.number(source.source_count)]
        + [_format.number(count) for count in _numbers(source)[4:]]
        for source in sources
    ]  # fmt: skip
    return f'<h2 class="ioc-heading">{escape(_("Counts"))}</h2>' + table(head, rows, "figures")


def _numbers(source: SourceHealth) -> list[int]:
    last = [source.fetched, source.accepted, source.unchanged, source.rejected]
    return [*last, source.day_fetched, source.day_accepted, source.day_rejected, source.quarantined]


def _errors(sources: Sequence[SourceHealth]) -> str:
    failed = [source for source in sources if source.last_outcome not in (None, "ok")]
    if not failed:
        return ""
    rows = [
        [escape(source.name), escape(advice(source.last_outcome)), f"<code>{escape(source.last_message)}</code>"]
        for source in failed
    ]
    head = [_("Source"), _("What it means"), _("The message")]
    return f'<h2 class="ioc-heading">{escape(_("Last errors"))}</h2>' + table(head, rows)


def _quarantine(held: list[tuple[str, str, int]]) -> str:
    title = f'<h2 class="ioc-heading">{escape(_("Quarantine"))}</h2>'
    if not held:
        return title + f'<p class="ioc-note">{escape(_("No record is held back."))}</p>'
    rows = [[escape(source), escape(reason_word(reason)), _format.number(count)] for source, reason, count in held]
    return title + table([_("Source"), _("Reason"), _("Records")], rows)


def outcome_word(outcome: str | None) -> str:
    """How a poll run went, in one or two words."""
    words = {
        None: _("not polled yet"),
        "ok": _("good"),
        "unavailable": _("no answer"),
        "refused": _("access refused"),
        "changed": _("unexpected answer"),
        "store": _("not stored"),
        "failed": _("failed"),
    }
    return words.get(outcome, str(outcome))


def advice(outcome: str | None) -> str:
    """What a failed run means and who must act, in plain words."""
    words = {
        "unavailable": _("The source does not answer; it is polled again by itself."),
        "refused": _("The source refuses our access: renew user, password or token."),
        "changed": _("The answer is not as agreed: read the raw answer and tell the source's owner."),
    }
    return words.get(outcome or "", _("The run failed; it is tried again by itself."))


def reason_word(reason: str) -> str:
    """Why records are held back, in plain words; the class itself when it is new."""
    words = {
        "not_an_object": _("not a record"),
        "missing_key": _("no key"),
        "missing_field": _("a field is missing"),
        "missing_completion": _("finished without a date"),
        "bad_date": _("impossible date"),
        "bad_number": _("text where a number belongs"),
        "bad_text": _("no readable text"),
        "bad_flag": _("neither yes nor no"),
        "bad_list": _("no list"),
        "bad_code": _("malformed code"),
        "unknown_channel": _("unknown channel"),
        "unknown_direction": _("unknown direction"),
        "unknown_kind": _("unknown kind"),
        "unknown_level": _("unknown level"),
        "unknown_payment": _("unknown payment"),
        "unknown_procedure": _("unknown procedure"),
        "unknown_rating": _("unknown rating"),
        "unknown_state": _("unknown state"),
        "unknown_tier": _("unknown tier"),
        "unknown_unit": _("unknown unit"),
    }
    return words.get(reason, reason)
