"""Where does my unit stand, why did it move, and what is missing to its targets?"""

from pages._contract import Page
from pages._filters import Choices
from pages._html import draw_drill_style
from pages._links import follow_links
from pages._live import live
from pages.units._my_choice import chosen_unit

PAGE = Page(
    path="my-unit",
    title="My unit",
    question="Where does my unit stand, why did it move, and what is missing to its targets?",
    audience="units",
    order=1,
    icon=":material/person_pin_circle:",
)


def draw() -> None:
    """The unit of the address, or the list to choose one from."""
    draw_drill_style()
    follow_links()
    here = live()
    choices = Choices(here.today)
    if not chosen_unit(here, choices, PAGE.path):
        return
