"""Which dossiers must my unit handle now, and what would handling them do to its value and rank?

The first view needs no filter: what is due today in one sentence, the parts of the work with what they would bring,
then every open dossier by its due time.
"""

from collections.abc import Mapping

from exports.viewed import Viewed
from pages._contract import Page
from pages._downloads import download_bar
from pages._filters import Choices, form, hidden, indicator_field, select, show_problems
from pages._html import draw as draw_html
from pages._html import draw_last, escape, h2, style, together
from pages._language import _
from pages._live import Live, live
from pages._once import address_now, html_once, once, once_equal
from pages._periods import to_today_names
from pages._refresh import refreshing_html
from pages._sourced import warn_of_silence
from pages._units import Units
from pages.units._my_choice import chosen_unit, unit_asked
from pages.units._my_taken import units_taken
from pages.units._today_lateness import lateness_note
from pages.units._today_list import SHOWN, dossier_form, heading
from pages.units._today_parts import parts_table, procedures_table, under_forecast
from pages.units._today_taken import today_taken
from pages.units._today_view import PATH, Wanted, counts, foretell, foretold, listed, not_listed, ticked_work, wanted
from pages.units._today_words import sentence
from pages.units._view import group_name
from store.work_reads import open_dossiers

PAGE = Page(
    path=PATH,
    title="Today's work",
    question="Which dossiers must my unit handle now, and what would that do to its rank?",
    audience="units",
    order=2,
    icon=":material/checklist:",
    needs="dossiers",
    shares=("unit",),
    ahead=True,
)


def draw() -> None:
    """The unit of the address, or the list to choose one from."""
    here = live()
    choices = Choices(here.today)
    unit = chosen_unit(here, choices, PATH)
    if not unit:
        return
    key = (PATH, address_now())
    asked, problems = once_equal(here, key, lambda: (wanted(here, choices, unit), tuple(choices.problems)))
    show_problems(problems)
    _what_to_do(asked, counts(here, asked))
    with together(draw_last):
        draw_html(once(here, (*key, "procedures"), lambda: procedures_table(here, asked)))
        # Its dossiers are those that the figures above have counted; for visitors of other rights it is another list.
        draw_html(html_once(here, (*key, "list"), lambda: _list(here, asked)))
        draw_html(html_once(here, (*key, "below"), lambda: _compose_below(here, asked)))


def _compose_below(here: Live, asked: Wanted) -> None:
    draw_html(h2(_("Reckoned by another indicator or period")))
    form(
        PATH,
        hidden("unit", asked.unit),
        hidden("due", asked.due),
        hidden("procedure", asked.procedure),
        indicator_field(asked.indicator.key, here.today),
        select("period", _("Period"), to_today_names(), asked.period_name),
        select("kind", _("Ranked among"), {key: group_name(one) for key, one in asked.groups.items()}, asked.group.key),
    )
    download_bar(PATH, dossiers=True)


def viewed(here: Live, choices: Choices) -> Viewed:
    """The unit's work; without a unit of the address the units to choose from."""
    units = Units(here.counters, here.today)
    unit = unit_asked(choices, units)
    return today_taken(here, wanted(here, choices, unit), PAGE) if unit else units_taken(here, units, PAGE)


@refreshing_html("what_to_do", shared=True)
def _what_to_do(asked: Wanted, drawn: Mapping[str, int]) -> None:
    """The part that refreshes. `drawn`: what the unit held when the list below was drawn, which stays as it is under
    the finger."""
    here = live()
    warn_of_silence(here, asked.indicator)
    held = counts(here, asked)
    told = foretold(here, asked, held)
    said = sentence(here, asked, held, told)
    draw_html(f'{style(__file__, "_today.css")}<p class="ioc-sentence">{escape(said)}</p>')
    draw_html(parts_table(asked, held, told))
    chosen = ticked_work(asked) if asked.ticked else listed(here, asked)
    if asked.ticked or asked.procedure or asked.due not in ("all", "waiting"):
        draw_html(under_forecast(here, asked, chosen))
    draw_html(lateness_note(here, asked))
    if held != drawn:
        anew = f'<a href="{escape(asked.href())}" target="_self">{escape(_("Load it anew"))}</a>'
        changed = escape(_("The work has changed since the list below was drawn."))
        draw_html(f'<p class="ioc-note">{changed} {anew}</p>')


def _list(here: Live, asked: Wanted) -> None:
    work = listed(here, asked)
    total, found = open_dossiers(here.engine, work, here.now, SHOWN)
    apart = not_listed(here, work, total)
    ticked = foretell(here, asked, ticked_work(asked)) if asked.ticked else None
    draw_html(heading(here, asked) + dossier_form(here, asked, total, found, ticked, apart))
