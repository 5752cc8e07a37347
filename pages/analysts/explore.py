"""Which units, fields, procedures and dossiers make a figure?"""

from exports.viewed import Viewed
from pages._address import given
from pages._badges import Standing
from pages._contract import Page
from pages._downloads import download_bar
from pages._filters import Choices, definition, show_problems
from pages._html import draw as draw_html
from pages._html import escape, h2, html_of, style
from pages._language import _
from pages._live import Live, live
from pages._names import indicator_name
from pages._notes import notes_beside
from pages._once import address_now, html_once
from pages._periods import period_text
from pages._sourced import no_data_yet, warn_of_silence
from pages._taken import nothing
from pages._tiles import tiles
from pages.analysts._asked import Figure
from pages.analysts._asked_choice import how_asked
from pages.analysts._compare import compare_names
from pages.analysts._days import days_section
from pages.analysts._dossiers import dossier_page
from pages.analysts._explore_taken import explore_taken
from pages.analysts._headlines import headlines, periods, sentence, trend
from pages.analysts._navigation import breadcrumb, records_addresses, tabs, whole_links
from pages.analysts._parts import Frame, parts_table
from pages.analysts._place import Part
from pages.analysts._spread_charts import spread_section
from pages.analysts._taken_apart import parts_of
from pages.analysts._view import PATH, View
from pages.analysts._view_choice import draw_form, view_of

PAGE = Page(
    path=PATH,
    title="Explore",
    question="Which units, fields, procedures and dossiers make a figure?",
    audience="analysts",
    order=1,
    icon=":material/account_tree:",
    shares=("unit", "indicator", "period"),
    ahead=True,
)


def draw() -> None:
    """The whole page, one piece of HTML. Rows of single dossiers are read anew for each visitor."""
    here = live()
    if given().get("part") == "dossiers":
        draw_html(html_of(lambda: _compose(here)))
    else:
        draw_html(html_once(here, (PAGE.path, address_now()), lambda: _compose(here)))


def _compose(here: Live) -> None:
    """Breadcrumb, filters, the figure with its trend, and what it is made of or how it is spread."""
    choices = Choices(here.today)
    view = view_of(here, choices)
    if view is None:
        show_problems(choices.problems)
        no_data_yet()
        return
    draw_html(style(__file__, "_explore.css") + breadcrumb(view))
    draw_form(view)
    show_problems(choices.problems)
    warn_of_silence(here, view.indicator)
    whole = view.figure(view.place)
    said = f'<p class="ioc-sentence">{escape(sentence(view, whole))}</p>'
    noted = notes_beside(here, view.indicator.key, view.place.unit, view.period) if view.place.whole else ""
    draw_html(said + definition(view.indicator, view.period.end) + periods(view) + how_asked(view.asked) + noted)
    figures_side = f'<div class="ioc-four">{tiles(headlines(view, whole), dense=True)}</div>'
    trend_side = f"<div>{h2(_('Month by month'))}{trend(view)}</div>"
    draw_html(f'<div class="ioc-split">{figures_side}{trend_side}</div>')
    draw_html(tabs(view))
    draw_html(_shown(view, whole))
    download_bar(PAGE.path, dossiers=view.part == "dossiers")


def viewed(here: Live, choices: Choices) -> Viewed:
    """The rows and drawings that the page shows for these choices."""
    view = view_of(here, choices)
    return explore_taken(view, PAGE) if view else nothing(PAGE, here)


def _shown(view: View, whole: Figure) -> str:
    if view.part == "dossiers":
        return dossier_page(view)
    if view.part == "spread":
        return spread_section(view)
    if view.part == "days":
        return days_section(view)
    return _parts(view, whole)


def _parts(view: View, whole: Figure) -> str:
    found = parts_of(view)
    if not found.rows:
        words = (
            _("Nothing happened here in this period.")
            if whole.empty
            else _("This indicator is not made of dossiers: it cannot be taken apart by procedure or field.")
        )
        return f'<div class="ioc-empty">{escape(words)}</div>'

    def state(part: Part) -> Standing:
        at = part.place
        return view.state(at, part.figure.value) if at else "none"

    frame = Frame(
        caption=" · ".join((_name(view), view.name(), period_text(view.period))),
        head=found.head,
        whole_name=view.name(),
        whole_place=view.place,
        whole_links=whole_links(view),
        link_to=view.to,
        records_of=lambda place: records_addresses(view, place),
        state=state,
        compared=found.compared,
        compared_head=_against(view),
    )
    return parts_table(found.rows, whole, view.indicator, frame)


def _against(view: View) -> str:
    what = compare_names()[view.compare]
    return _("Against {what}", what=what[:1].lower() + what[1:])


def _name(view: View) -> str:
    return indicator_name(view.indicator, view.period.end)
