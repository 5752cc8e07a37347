"""How good is the service to people and businesses by Decision 766/QĐ-TTg, in which part, and what is not measured?"""

from collections.abc import Sequence

from exports.viewed import Viewed
from metrics import Index766, Period, catalogue, index766
from metrics._index766 import Component, Group
from pages import _format
from pages._address import address
from pages._badges import SHAPES
from pages._contract import Page
from pages._downloads import download_bar
from pages._filters import Choices, form, period_fields, select, show_problems
from pages._html import draw as draw_html
from pages._html import escape, h2
from pages._language import _, language
from pages._links import about, link
from pages._live import Live, live
from pages._names import indicator_name
from pages._periods import period_text
from pages._refresh import refreshing
from pages._sourced import no_data_yet, silences
from pages._taken import nothing, period_words
from pages._units import Units
from pages.leaders._index_taken import criterion_name, group_name, index_tables, indicators_of, missing_because
from pages.leaders._radar import Axis, drawn_radar, radar

PAGE = Page(
    path="index766",
    title="Index 766",
    question="How good is the service by Decision 766/QĐ-TTg, and what is not measured?",
    audience="leaders",
    order=2,
    icon=":material/radar:",
)
FIGURE = "index766"  # what stands for the whole index on Definitions


def draw() -> None:
    """Unit and period from the URL; then the total in a sentence, the radar, and every criterion."""
    here = live()
    choices = Choices(here.today)
    name, period = choices.period()
    labels, unit = choices.unit(Units(here.counters, period.end))
    if not labels:
        show_problems(choices.problems)
        no_data_yet()
        return
    form(PAGE.path, select("unit", _("Unit"), labels, unit, "ioc-broad"), period_fields(name, period, here.today))
    show_problems(choices.problems)

    @refreshing("index766")
    def scored() -> None:
        _draw_index(live(), unit, labels[unit], period)

    scored()
    download_bar(PAGE.path)


def viewed(here: Live, choices: Choices) -> Viewed:
    """The index of the unit: the radar, its groups, every criterion."""
    name, period = choices.period()
    labels, unit = choices.unit(Units(here.counters, period.end))
    if not labels:
        return nothing(PAGE, here)
    found = index766(here.counters, unit, period)
    axes = [_axis(group) for group in found.groups]
    return Viewed(
        name=PAGE.path,
        title=_("Index 766: quality of service to people and businesses"),
        sentence=_sentence(found, labels[unit]),
        filters=[(_("Unit"), labels[unit])],
        period=period_words(name, period),
        data_time=here.data_time,
        definitions=indicators_of(found),
        tables=index_tables(found, here),
        pictures=[drawn_radar(axes, _said(axes))],
        notes=[*silences(here, *indicators_of(found)), _missing()],
    )


def _said(axes: Sequence[Axis]) -> str:
    return "; ".join(f"{axis.name}: {axis.text}" for axis in axes)


def _draw_index(here: Live, unit: str, label: str, period: Period) -> None:
    found = index766(here.counters, unit, period)
    draw_html(f'<p class="ioc-sentence">{escape(_sentence(found, label))}</p>')
    note = f"{_('Decision 766/QĐ-TTg of 23/06/2022')}, {period_text(period)}. {_missing()}"
    more = link(_("Definition"), address("definitions", indicator=FIGURE))
    draw_html(f'<p class="ioc-note">{escape(note)} {more}</p>')
    axes = [_axis(group) for group in found.groups]
    draw_html(
        f'<div class="ioc-split ioc-index"><div data-figure="{FIGURE}">{radar(axes, _said(axes))}</div>'
        f"<div>{_groups(found)}</div></div>"
    )
    draw_html(_criteria(found, here, unit))


def _sentence(found: Index766, label: str) -> str:
    if found.score is None:
        return _("{unit}: no criterion has data for this period.", unit=label)
    whole = sum(group.points for group in found.groups)
    return _(
        "{unit}: {score} of the {of} points that have data; {missing} of {whole} points are not measured.",
        unit=label,
        score=_format.number(found.score, 1),
        of=_format.number(found.of),
        missing=_format.number(whole - found.of),
        whole=_format.number(whole),
    )


def _missing() -> str:
    return _("A criterion without data is missing: it counts neither as full nor as zero.")


def _axis(group: Group) -> Axis:
    share = group.score / group.of if group.score is not None and group.of else None
    return Axis(name=group_name(group), share=share, text=_score(group.score, group.of, group.points))


def _score(score: float | None, of: int, points: int) -> str:
    """8,4 / 12 points; of how many when not all is measured."""
    if score is None:
        return _("no data, {points} points", points=points)
    if of == points:
        return _("{score} / {points} points", score=_format.number(score, 1), points=points)
    return _("{score} / {of} points of {points}", score=_format.number(score, 1), of=of, points=points)


def _groups(found: Index766) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(group_name(group))}</th>'
        f'<td class="ioc-track"><div>{_bar(group.score, group.of)}</div></td>'
        f'<td class="ioc-number">{_points(group.score)}</td><td class="ioc-number">{_format.number(group.of)}</td>'
        f'<td class="ioc-number">{_format.number(group.points)}</td></tr>'
        for group in found.groups
    )
    whole = sum(group.points for group in found.groups)
    total = (
        f'<tfoot><tr><th scope="row">{escape(_("Total"))}</th><td class="ioc-track"></td>'
        f'<td class="ioc-number">{_points(found.score)}</td>'
        f'<td class="ioc-number">{_format.number(found.of)}</td>'
        f'<td class="ioc-number">{_format.number(whole)}</td></tr></tfoot>'
    )
    heads = _heads((_("Group"), "", _("Score"), _("Of points with data"), _("Of all points")))
    return f'<table class="ioc-parts ioc-groups" data-figure="{FIGURE}">{heads}<tbody>{rows}</tbody>{total}</table>'


def _heads(names: Sequence[str]) -> str:
    """The head of a table: the first name to the left, the others over their figures."""
    cells = "".join(
        f'<th scope="col" class="ioc-number">{escape(name)}</th>' if name else '<td class="ioc-barhead"></td>'
        for name in names[1:]
    )
    return f'<thead><tr><th scope="col">{escape(names[0])}</th>{cells}</tr></thead>'


def _bar(score: float | None, of: float) -> str:
    if score is None or not of:
        return ""
    return f'<div class="ioc-bar ioc-fill-none" style="width:{score / of:.2%}"></div>'


def _points(score: float | None) -> str:
    return "–" if score is None else f"<b>{_format.number(score, 1)}</b>"


def _criteria(found: Index766, here: Live, unit: str) -> str:
    body = ""
    for group in found.groups:
        said = escape(_score(group.score, group.of, group.points))
        body += (
            f'<tr class="ioc-grouped"><th scope="rowgroup" colspan="5">{escape(group_name(group))} '
            f'<span class="ioc-small">{said}</span></th></tr>'
        )
        body += "".join(_criterion(component, here, unit, found.period) for component in group.components)
    heads = _heads((_("Criterion"), _("Rate"), _("Numerator / denominator"), _("Score"), _("Of points")))
    title = h2(_("Criteria"))
    return (
        f'{title}<div class="ioc-wide"><table class="ioc-parts ioc-criteria" data-figure="{FIGURE}">'
        f"{heads}<tbody>{body}</tbody></table></div>"
    )


def _criterion(component: Component, here: Live, unit: str, period: Period) -> str:
    criterion, name = component.criterion, criterion_name(component)
    said = [escape(criterion.differs_vi if language() == "vi" else criterion.differs)]
    if criterion.full_from != 1:
        said.insert(0, escape(_("full points from {rate}", rate=_format.short_percent(float(criterion.full_from)))))
    if criterion.indicator:
        indicator = catalogue()[criterion.indicator]
        days = {"from_": period.start.isoformat(), "to": period.end.isoformat()}
        said.append(about(indicator.key, indicator_name(indicator, here.today)))
        said.append(link(_("Explore"), address("explore", unit=unit, indicator=indicator.key, **days)))
    note = " · ".join(part for part in said if part)
    below = f'<br><span class="ioc-small">{note}</span>' if note else ""
    figure = f' data-figure="{criterion.indicator}"' if criterion.indicator else ""
    cells = "".join(f'<td class="ioc-number">{cell}</td>' for cell in _figures(component))
    return f'<tr{figure}><th scope="row">{escape(name)}{below}</th>{cells}</tr>'


def _figures(component: Component) -> list[str]:
    """Rate, its parts, score and possible points; what is missing is said, with the reason."""
    points = _format.number(component.criterion.points)
    if component.score is None:
        reason = missing_because(component)
        missing = f'<span class="ioc-none">{SHAPES["none"]} {escape(_("missing"))}: {escape(reason)}</span>'
        return [missing, "", "–", points]
    parts = f"{_format.number(component.numerator)} / {_format.number(component.denominator)}"
    return [escape(_format.percent(component.value)), parts, f"<b>{_format.number(component.score, 1)}</b>", points]
