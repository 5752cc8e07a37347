"""Which source is silent, and what was fetched, rejected and why?"""

from collections.abc import Sequence

import polars as pl

from exports.viewed import Table, Viewed
from pages import _format
from pages._address import address
from pages._badges import freshness_badge, silence
from pages._contract import Page
from pages._downloads import download_bar
from pages._filters import Choices
from pages._html import draw as draw_html
from pages._html import escape, h2, remark, table
from pages._language import _
from pages._links import link
from pages._live import Live, live
from pages._refresh import refreshing
from pages._taken import table_of
from pages.operators._source_words import advice, outcome_word, reason_word
from pages.operators._sources_taken import sources_table
from store.health import SourceHealth, quarantine_summary

PAGE = Page(
    path="sources",
    title="Sources",
    question="Which source is silent, and what was rejected?",
    audience="operators",
    order=1,
    icon=":material/sensors:",
    needs="operate",
)


def draw() -> None:
    """A sentence, a row per source, its last error in plain words, and the quarantine by reason."""
    download_bar(PAGE.path)
    _draw_sources()


@refreshing("sources")
def _draw_sources() -> None:
    here = live()
    draw_html(f'<p class="ioc-sentence">{escape(_sentence(here.sources))}</p>')
    if here.sources:
        draw_html(_polls(here.sources) + _counts(here.sources) + _errors(here.sources))
        draw_html(_quarantine(quarantine_summary(here.engine)))


def viewed(here: Live, _choices: Choices) -> Viewed:
    """A row per source with all that the page shows of it, and the quarantine by reason."""
    return Viewed(
        name=PAGE.path,
        title=_(PAGE.title),
        sentence=_sentence(here.sources),
        filters=(),
        period="",
        data_time=here.data_time,
        definitions=(),
        tables=[sources_table(here.sources, _(PAGE.title)), _held(quarantine_summary(here.engine))],
    )


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
    return h2(_("Counts")) + table(head, rows, "figures")


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
    return h2(_("Last errors")) + table(head, rows)


def _quarantine(held: list[tuple[str, str, int]]) -> str:
    title = h2(_("Quarantine"))
    if not held:
        return title + remark(_("No record is held back."))
    rows = [[escape(source), escape(reason_word(reason)), _format.number(count)] for source, reason, count in held]
    way = link(_("Each record, its reason, and how it comes in"), address("quarantine"))
    return title + table([_("Source"), _("Reason"), _("Records")], rows) + f'<p class="ioc-note">{way}</p>'


def _held(held: list[tuple[str, str, int]]) -> Table:
    columns = {
        "source": (pl.String, _("Source")),
        "reason": (pl.String, _("Reason")),
        "records": (pl.Int64, _("Records")),
    }
    rows = [(source, reason_word(reason), count) for source, reason, count in held]
    return table_of(_("Quarantine"), rows, columns)
