"""The few words that a screen says by itself, when no server is there to say them."""

from collections.abc import Mapping

from pages._language import _


def client_words() -> Mapping[str, str]:
    """By the names that wall/assets/ uses, in the language spoken now; what stands in braces is filled in there."""
    return {
        "lost": _("Connection lost since {time} on {date}"),
        "never_connected": _("No connection to the centre's server yet"),
        "connecting": _("Connecting to the centre's server"),
        "data_until": _("Data until {time}"),
        "date": "{weekday} {date}",
        "weekdays": _("Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday"),
        "left_out": _("{count} more"),
        "no_scene": _("The layout has no scene for this hour"),
        "no_screen": _("The layout has no screen {screen}"),
        "pair_title": _("Screen {screen} is not paired yet"),
        "pair_hint": _("An operator types this code on the page “Screens”."),
        "pair_wait": _("Asking the server for a code"),
    }
