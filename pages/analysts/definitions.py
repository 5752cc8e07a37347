"""What does a figure mean: how is it computed, who defined it, who answers for it, and since when?"""

from collections.abc import Mapping, Sequence

from exports.viewed import Viewed
from metrics import Indicator, definitions_version, formula
from metrics import catalogue as indicators
from pages import _format
from pages._address import address
from pages._contract import Page
from pages._downloads import download_bar
from pages._filters import Choices, form, indicators_by_name, select, show_problems, text_field
from pages._goals import goal_text, goals
from pages._html import draw as draw_html
from pages._html import escape, table
from pages._language import _, language
from pages._levels import level_words
from pages._links import link
from pages._live import Live, live
from pages._names import indicator_definition, indicator_name
from pages._order import plain
from pages._units import Units
from pages.analysts._definitions_taken import changes_table, definitions_table
from pages.analysts._index_definition import (
    KEY,
    index_card,
    index_definition,
    index_name,
    index_source,
    index_table,
)
from pages.analysts._terms import explained, whens

PAGE = Page(
    path="definitions",
    title="Definitions",
    question="What does a figure mean, how is it computed, and who answers for it?",
    audience="analysts",
    order=5,
    icon=":material/menu_book:",
)


def draw() -> None:
    """The search, the definition asked for, and the list of all that the search leaves."""
    here = live()
    choices = Choices(here.today)
    names, chosen, wanted = _asked(here, choices)
    form(
        PAGE.path,
        text_field("q", _("Search"), wanted),
        select("indicator", _("Indicator"), {"": _("all"), **names}, chosen, "ioc-broad"),
    )
    show_problems(choices.problems)
    download_bar(PAGE.path)
    if chosen:
        draw_html(index_card(here.today) if chosen == KEY else _whole(indicators()[chosen], here))
    found = _found(names, wanted, here)
    draw_html(_list(found, wanted, here) if found else _nothing(wanted))


def viewed(here: Live, choices: Choices) -> Viewed:
    """The definitions that the search leaves; with one that is asked for, that one and its changes."""
    names, chosen, wanted = _asked(here, choices)
    found = [indicators()[chosen]] if chosen and chosen != KEY else _found(names, wanted, here)
    tables = [definitions_table(found, here, _(PAGE.title))]
    if chosen == KEY:
        tables = [index_table(here.today)]
    elif chosen:
        tables.append(changes_table(found[0], here))
    filters = [(_("Search"), wanted), (_("Indicator"), names.get(chosen, ""))]
    return Viewed(
        name=PAGE.path,
        title=names.get(chosen) or _(PAGE.title),
        sentence=index_definition() if chosen == KEY else _counted(found, wanted),
        filters=[choice for choice in filters if choice[1]],
        period="",
        data_time=here.data_time,
        definitions=(),
        tables=tables,
    )


def _asked(here: Live, choices: Choices) -> tuple[dict[str, str], str, str]:
    """Key to name of all that can be chosen, the key chosen, the words searched."""
    names = {**indicators_by_name(here.today), KEY: index_name()}
    chosen = choices.one_of("indicator", names, "", _("indicator"))
    return names, chosen, choices.text("q")


def _found(names: Mapping[str, str], wanted: str, here: Live) -> list[Indicator]:
    return [indicators()[key] for key in names if key != KEY and _matches(indicators()[key], wanted, here)]


def _counted(found: Sequence[Indicator], wanted: str) -> str:
    n = _format.number(len(found))
    return _("{n} indicators", n=n) if not wanted else _("{n} indicators with “{wanted}”", n=n, wanted=wanted)


def _matches(indicator: Indicator, wanted: str, here: Live) -> bool:
    texts = (indicator_name(indicator, here.today), indicator_definition(indicator, here.today), indicator.source)
    return _has(" ".join((indicator.key, *texts, _owner(indicator))), wanted)


def _has(text: str, wanted: str) -> bool:
    return all(word in plain(text) for word in plain(wanted).split())


def _nothing(wanted: str) -> str:
    words = _("No definition contains “{wanted}”: try fewer words.", wanted=wanted)
    return f'<div class="ioc-empty">{escape(words)}</div>'


def _list(found: list[Indicator], wanted: str, here: Live) -> str:
    counted = _counted(found, wanted)
    version = _("definitions version {version}", version=definitions_version())
    rows = [
        [
            _entry(indicator, wanted, here),
            escape(indicator_definition(indicator, here.today)),
            escape(indicator.source),
            escape(_owner(indicator)),
            escape(_format.day(indicator.changes[-1].day)),
        ]
        for indicator in found
    ]
    if _has(f"{index_name()} {index_definition()} {index_source()}", wanted):
        name = link(index_name(), address(PAGE.path, indicator=KEY, q=wanted))
        rows.append(
            [f'<span data-definition="{KEY}">{name}</span>', escape(index_definition()), index_source(), "", ""]
        )
    head = [_("Indicator"), _("Definition"), _("Source of the definition"), _("Owner"), _("So since")]
    heading = f'<h2 class="ioc-heading">{escape(counted)} <span class="ioc-small">{escape(version)}</span></h2>'
    return heading + table(head, rows, "ioc-definitions")


def _entry(indicator: Indicator, wanted: str, here: Live) -> str:
    name = link(indicator_name(indicator, here.today), address(PAGE.path, indicator=indicator.key, q=wanted))
    return f'<span data-definition="{indicator.key}">{name}</span>'


def _whole(indicator: Indicator, here: Live) -> str:
    """All that is known of one indicator, as HTML."""
    name = escape(indicator_name(indicator, here.today))
    facts = {
        _("Definition"): escape(indicator_definition(indicator, here.today)),
        _("Formula"): _formula(indicator),
        _("Source of the definition"): escape(indicator.source),
        _("Owner"): escape(_owner(indicator)),
        _("Good when"): escape(_direction(indicator)),
        _("Target in force"): _targets(indicator, here),
        _("Key"): f"<code>{indicator.key}</code>",
        _("Changes of the definition"): _changes(indicator, here),
    }
    rows = "".join(f"<dt>{escape(term)}</dt><dd>{said}</dd>" for term, said in facts.items() if said)
    places = {_("Explore"): "explore", _("Ranking"): "ranking"}
    links = " · ".join(link(text, address(path, indicator=indicator.key)) for text, path in places.items())
    return (
        f'<section class="ioc-definition" data-definition="{indicator.key}"><h2>{name}</h2><dl>{rows}</dl>'
        f"<p>{escape(_('See its figures'))}: {links}</p></section>"
    )


def _formula(indicator: Indicator) -> str:
    recorded = formula(indicator)
    if recorded.denominator is None:
        written = f"<code>{escape(recorded.numerator)}</code>"
    else:
        written = (
            f'<div class="ioc-fraction"><code>{escape(recorded.numerator)}</code>'
            f'<code class="ioc-under">{escape(recorded.denominator)}</code></div>'
        )
    text = f"{recorded.numerator} {recorded.denominator or ''}"
    spoken = {term: level_words(said, live().today, language()) for term, said in explained(text).items()}
    legend = "".join(
        f"<li><code>{escape(term)}</code> {escape(said)}</li>" for term, said in {**spoken, **whens(text)}.items()
    )
    return f'{written}<ul class="ioc-terms">{legend}</ul>'


def _owner(indicator: Indicator) -> str:
    return indicator.owner_vi if language() == "vi" else indicator.owner


def _direction(indicator: Indicator) -> str:
    words = {"higher": _("higher is better"), "lower": _("lower is better")}
    return words.get(indicator.better or "", _("neither direction is better"))


def _targets(indicator: Indicator, here: Live) -> str:
    units = Units(here.counters, here.today)
    told = goals(here, indicator.key, here.today, units)
    roots = [root for root in units.roots() if root.code in told]
    if not told:
        return ""
    shown = [told[root.code] for root in roots] or list(told.values())[:1]
    said = [f"{goal_text(target)} ({target.decision})" for target in shown]
    more = link(_("Targets"), address("targets", indicator=indicator.key))
    count = _("{n} units have a target", n=_format.number(len(told)))
    return f"{escape('; '.join(said))} · {escape(count)} · {more}"


def _changes(indicator: Indicator, here: Live) -> str:
    items = "".join(
        f"<li>{escape(_format.day(change.day))}: "
        f"{escape(level_words(change.text_vi if language() == 'vi' else change.text, here.today, language()))}</li>"
        for change in indicator.changes[::-1]
    )
    return f"<ul>{items}</ul>"
