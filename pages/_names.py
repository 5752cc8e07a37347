"""What units and indicators are called on a page."""

from datetime import date

from metrics import Indicator
from pages._language import language
from pages._levels import level_words

_SHORT = {
    "Ủy ban nhân dân ": "",
    "Thành phố ": "TP ",
    "Thị xã ": "TX ",
    "Thị Xã ": "TX ",
    "Thị trấn ": "TT ",
    "Huyện ": "",
    "huyện ": "",
    "thành phố ": "TP ",
    "xã ": "",
    "Xã ": "",
    "Phường ": "P. ",
    "phường ": "P. ",
}


def short_name(name: str) -> str:
    """ "Huyện Đà Bắc" as "Đà Bắc", "Thành phố Hòa Bình" as "TP Hòa Bình"; other names unchanged."""
    for word, short in _SHORT.items():
        if name.startswith(word):
            name = short + name.removeprefix(word)
    return name


def indicator_name(indicator: Indicator, day: date) -> str:
    """An indicator's name in the visitor's language, its service levels called as on that local day."""
    spoken = language()
    return level_words(indicator.name_vi if spoken == "vi" else indicator.name, day, spoken)


def indicator_definition(indicator: Indicator, day: date) -> str:
    """The one sentence that defines an indicator, in the visitor's language and the words of that local day."""
    spoken = language()
    return level_words(indicator.definition_vi if spoken == "vi" else indicator.definition, day, spoken)
