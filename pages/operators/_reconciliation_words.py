"""What reconciliation found, in plain words."""

from pages import _format
from pages._badges import Standing, standing_shape
from pages._language import _
from store.reconciliation_results import Figure

_SHAPES: dict[str, Standing] = {
    "agree": "reached",
    "differ": "missed",
    "silent": "near",
    "incomparable": "none",
    "never": "none",
}


def state_word(state: str) -> str:
    """Whether source and centre agree on a figure, in a few words; "never": it was never compared."""
    words = {
        "agree": _("agree"),
        "differ": _("differ"),
        "incomparable": _("cannot be compared"),
        "silent": _("the source did not answer"),
        "never": _("never compared"),
    }
    return words[state]


def state_badge(state: str) -> str:
    """Shape and word of a state, as HTML."""
    return standing_shape(_SHAPES[state], state_word(state))


def figure_words() -> dict[str, str]:
    """The figures that both sides count, in the order in which they are read."""
    return {
        "received": _("Dossiers received"),
        "received_online": _("Dossiers received online"),
        "completed": _("Dossiers completed"),
        "completed_in_time": _("Completed early or on time"),
        "completed_early": _("Completed early"),
        "completed_on_time": _("Completed on the due day"),
        "completed_late": _("Completed late"),
        "open": _("Open on the last day"),
        "overdue": _("Overdue on the last day"),
        "dossiers": _("Dossiers, one by one"),
        "documents": _("Documents, one by one"),
    }


def figure_word(figure: str) -> str:
    """The figure that both sides count; its own name when it is new."""
    return figure_words().get(figure, figure)


def reason_words(figure: Figure) -> str:
    """Why a figure could not be compared, or why nothing was removed; "" when all is plain."""
    words = {
        "short": _("fewer records came than the source says it holds; nothing was removed"),
        "shrinking": _("the source held fewer records while it was read; nothing was removed"),
        "unreadable": _("some records have no readable id; nothing was removed"),
        "too_many": _("so many records are gone that none was removed: ask the source's owner"),
        "untold": _("the source does not tell it for these days"),
    }
    return words.get(figure.reason, figure.reason)


def difference_word(difference: str) -> str:
    """In what a record differs."""
    words = {
        "missing": _("missing here"),
        "held": _("in quarantine here"),
        "other": _("another state here"),
        "gone": _("no longer at the source"),
    }
    return words[difference]


def settled_word(difference: str, settled: bool) -> str:
    """What has become of a record that differed."""
    if not settled:
        return _("still open")
    return _("removed, kept as history") if difference == "gone" else _("stored")


def days_words(figure: Figure) -> str:
    """The local days that were compared, both included."""
    return f"{_format.day(figure.first_day)} – {_format.day(figure.last_day)}"
