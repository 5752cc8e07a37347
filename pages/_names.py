"""What units and indicators are called on a page."""

from metrics import Indicator
from pages._language import language

_SHORT = {
    "Ủy ban nhân dân ": "",
    "Thành phố ": "TP ",
    "Thị xã ": "TX ",
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


def indicator_name(indicator: Indicator) -> str:
    """An indicator's name in the visitor's language."""
    return indicator.name_vi if language() == "vi" else indicator.name


def indicator_definition(indicator: Indicator) -> str:
    """The one sentence that defines an indicator, in the visitor's language."""
    return indicator.definition_vi if language() == "vi" else indicator.definition
