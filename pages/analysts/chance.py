"""Which units differ from their group, and which changes are changes, by more than chance explains?"""

from exports.viewed import Viewed
from pages._contract import Page
from pages._downloads import download_bar
from pages._filters import Choices, definition, form, hidden, indicator_field, period_fields, select, show_problems
from pages._html import draw as draw_html
from pages._html import escape, h2, style
from pages._language import _
from pages._links import link
from pages._live import Live, live
from pages._notes import notes_beside
from pages._sourced import no_data_yet, warn_of_silence
from pages._taken import nothing
from pages.analysts._chance_tables import course_table, group_table
from pages.analysts._chance_taken import chance_taken
from pages.analysts._chance_view import PATH, Found, Wanted, by_names, find, wanted_of
from pages.analysts._chance_words import beyond_998, course_sentence, group_sentence, odd_sentence, who_differs
from pages.analysts._control_chart import control_chart, control_description
from pages.analysts._funnel_plot import funnel_description, funnel_plot
from pages.analysts._plot import shown

PAGE = Page(
    path=PATH,
    title="Chance or change",
    question="Which units differ from their group, and which changes are changes, by more than chance explains?",
    audience="analysts",
    order=2,
    icon=":material/ssid_chart:",
    shares=("unit", "indicator", "period"),
)


def draw() -> None:
    """Filters from the URL, the funnel of the group with its table, the course of a unit with its own."""
    draw_html(style(__file__, "_chance.css"))
    here = live()
    choices = Choices(here.today)
    wanted = wanted_of(here, choices)
    _filters(wanted, here)
    show_problems(choices.problems)
    draw_html(definition(wanted.asked.indicator, wanted.asked.period.end))
    view = wanted.asked.view
    if view is None:
        no_data_yet()
        return
    warn_of_silence(here, wanted.asked.indicator)
    found = find(here, wanted, view)
    draw_html(f'<p class="ioc-sentence">{escape(group_sentence(found))}</p>')
    if who := who_differs(found):
        draw_html(f'<p class="ioc-said-plainly">{escape(who)}</p>')
    draw_html(_group(found))
    draw_html(_course(found) + notes_beside(here, found.view.indicator.key, found.unit, found.view.period))
    download_bar(PAGE.path)


def viewed(here: Live, choices: Choices) -> Viewed:
    """Both tables and both drawings; no table before any unit is known."""
    wanted = wanted_of(here, choices)
    view = wanted.asked.view
    return nothing(PAGE, here) if view is None else chance_taken(here, find(here, wanted, view), PAGE)


def _filters(wanted: Wanted, here: Live) -> None:
    asked = wanted.asked
    form(
        PAGE.path,
        indicator_field(asked.indicator.key, asked.period.end),
        select("kind", _("Peer group"), asked.names, asked.kind),
        period_fields(asked.period_name, asked.period, here.today),
        select("unit", _("Unit"), {"": _("The whole province"), **asked.own}, asked.mine),
        select("by", _("Values"), by_names(), wanted.by),
        hidden("sort", wanted.sort if wanted.sort != "apart" else ""),
        hidden("order", wanted.order if wanted.order != "new" else ""),
    )


def _group(found: Found) -> str:
    ranking = link(_("Ranking"), found.wanted.href("ranking"))
    funnel = found.funnel
    heading = h2(_("Units against chance"))
    if funnel is None:
        return f'{heading}<p class="ioc-note">{ranking}</p>'
    note = _(
        "Chance is not all: units that do different work differ for a reason. Beyond the limits means only that luck does not explain it."  # noqa: E501
    )
    image = shown(lambda width: funnel_plot(found, funnel, width), funnel_description(found))
    said = f'<p class="ioc-note">{escape(beyond_998(found))} {escape(note)} {ranking}</p>'
    return heading + image + said + group_table(found)


def _course(found: Found) -> str:
    said = escape(course_sentence(found))
    heading = f'<h2 class="ioc-heading" id="course">{escape(_("Over time: {unit}", unit=found.name))}</h2>'
    text = f'{heading}<p class="ioc-said-plainly">{said}</p>'
    course = found.course
    if course is None or not course.steps:
        return text
    odd = f'<p class="ioc-note">{escape(odd_sentence(found))} {_beside(found)}</p>'
    image = shown(lambda width: control_chart(found, course, width), control_description(found))
    return text + odd + image + course_table(found)


def _beside(found: Found) -> str:
    """The unit on other pages."""
    days = {"from_": found.view.period.start.isoformat(), "to": found.view.period.end.isoformat()}
    explore = found.wanted.href("explore", unit=found.unit, kind="", period="", **days)
    links = [link(_("Explore"), explore)]
    if found.view.mine:
        links.append(link(_("My unit"), found.wanted.href("my-unit", kind="")))
    return " · ".join(links)
