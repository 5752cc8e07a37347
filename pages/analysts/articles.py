"""Which figures did the articles publish about this place, what does the centre compute, and what is wrong in print?"""

from exports.viewed import Viewed
from metrics import Article, Compared, articles, catalogue, compare
from pages import _format
from pages._address import address
from pages._badges import Standing, standing_shape
from pages._contract import Page
from pages._downloads import download_bar
from pages._filters import Choices
from pages._goals import known_targets
from pages._html import draw as draw_html
from pages._html import escape, table
from pages._language import _, language
from pages._links import about, link
from pages._live import Live, live
from pages._names import indicator_name
from pages._periods import period_text
from pages._refresh import refreshing
from pages._sourced import no_data_yet
from pages._taken import nothing
from pages._units import Units
from pages.analysts._articles_taken import agreement, articles_table, published, source_words

PAGE = Page(
    path="articles",
    title="Figures of the articles",
    question="What did the articles publish, what does the centre compute, and what is wrong in print?",
    audience="analysts",
    order=6,
    icon=":material/newspaper:",
)
_MARKS: dict[bool | None, Standing] = {True: "reached", False: "missed", None: "near"}


def draw() -> None:
    """A sentence, then every published figure beside the one computed, article by article."""
    download_bar(PAGE.path)
    _figures()


@refreshing("articles", seconds=15)
def _figures() -> None:
    here = live()
    units = Units(here.counters, here.today)
    if not units.by_code:
        no_data_yet()
        return
    found = _found(here, units)
    if not found:
        draw_html(f'<div class="ioc-empty">{escape(_no_article())}</div>')
        return
    draw_html(f'<p class="ioc-sentence">{escape(_sentence(found))}</p>')
    rows = [_row(article, ours, here) for article, ours in found]
    head = [_("Figure"), _("Published"), _("Computed"), _("Agreement"), _("In words"), _("Comes from"), _("Period")]
    draw_html(table(head, rows, "ioc-articles"))


def viewed(here: Live, _choices: Choices) -> Viewed:
    """Every published figure beside the one computed."""
    units = Units(here.counters, here.today)
    if not units.by_code:
        return nothing(PAGE, here)
    found = _found(here, units)
    known = catalogue()
    return Viewed(
        name=PAGE.path,
        title=_(PAGE.title),
        sentence=_sentence(found) if found else _no_article(),
        filters=(),
        period="",
        data_time=here.data_time,
        definitions=[
            known[key] for key in dict.fromkeys(article.indicator for article, _ours in found) if key in known
        ],
        tables=[articles_table(found, _(PAGE.title))],
    )


def _found(here: Live, units: Units) -> list[tuple[Article, Compared]]:
    """The figures of the articles about this place, each with what the centre has for it."""
    roots = {root.code for root in units.roots()}
    told = known_targets(here)
    return [(article, compare(here.counters, told, article)) for article in articles() if article.root_code in roots]


def _no_article() -> str:
    return _("None of the five articles is about this place: there is nothing published to compare with.")


def _sentence(found: list[tuple[Article, Compared]]) -> str:
    results = [ours for article, ours in found if article.how != "target"]
    same = sum(ours.ok is True for ours in results)
    unsaid = sum(ours.ok is None for ours in results)
    differs = sum(ours.ok is False for _article, ours in found)
    told = len(found) - len(results)
    said = []
    if results:
        n, total = _format.number(same), _format.number(len(results))
        said.append(_("{n} of {total} published figures come out of the records.", n=n, total=total))
    if unsaid:
        said.append(_("Of {n} the article does not say enough to compute them.", n=_format.number(unsaid)))
    if told:
        said.append(_("{n} are targets: shown is what was reached.", n=_format.number(told)))
    if differs:
        said.append(_("{n} differ.", n=_format.number(differs)))
    return " ".join(said)


def _row(article: Article, ours: Compared, here: Live) -> list[str]:
    spoken = language() == "vi"
    indicator = catalogue().get(article.indicator)
    name = escape(article.indicator_vi if spoken else article.indicator_en)
    ours_is = f"{about(indicator.key, indicator_name(indicator, article.period_to))}" if indicator else ""
    mark = standing_shape(_MARKS[ours.ok], agreement()[ours.ok])
    if article.how == "target" and ours.ok:
        mark = f'<span class="ioc-small">{escape(_("target"))}</span>'
    computed = _computed(article, ours)
    if computed and article.how != "target" and indicator:
        days = {"from_": article.period_from.isoformat(), "to": article.period_to.isoformat()}
        computed = link(computed, address("explore", unit=article.unit_code, indicator=indicator.key, **days))
    else:
        computed = escape(computed)
    figure = f' data-figure="{indicator.key}"' if indicator else ""
    return [
        f'{name}<br><span class="ioc-small">{escape(article.place)} · {ours_is}</span>',
        f"{escape(published(article))}",
        f"<b{figure}>{computed or '–'}</b>{_parts(ours)}",
        mark,
        escape(ours.words_vi if spoken else ours.words),
        escape(source_words(ours.system)),
        f'<span class="ioc-small">{escape(period_text(article.period))}</span>',
    ]


def _computed(article: Article, ours: Compared) -> str:
    if ours.value is None:
        return ""
    return _format.percent(ours.value, 2) if article.percent else _format.number(ours.value)


def _parts(ours: Compared) -> str:
    if not ours.denominator or ours.numerator is None:
        return ""
    parts = f"{_format.number(ours.numerator)} / {_format.number(ours.denominator)}"
    return f'<br><span class="ioc-small">{escape(parts)}</span>'
