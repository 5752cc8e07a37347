"""Classes of reasons, kinds of records and ways out of the quarantine, in the operator's words."""

from pages._language import _
from store import reason_classes as classes


def class_words() -> dict[str, str]:
    """The classes of reasons with their names."""
    return {
        classes.UNKNOWN_UNIT: _("Unknown unit"),
        classes.UNKNOWN_PROCEDURE: _("Unknown procedure"),
        classes.UNKNOWN_CODE: _("Code outside the agreed list"),
        classes.INCOMPLETE: _("Something is missing"),
        classes.IMPOSSIBLE_TIME: _("Impossible time"),
        classes.CONTRADICTION: _("Contradicts itself"),
        classes.NOT_UNDERSTOOD: _("Not understood"),
        classes.TOO_LARGE: _("Too large"),
        classes.UNSAFE: _("Refused for safety"),
        classes.NOT_DELIVERED: _("Listed, but not given out"),
    }


def class_advice(reason_class: str) -> str:
    """What an operator does about a class of reasons."""
    advice = {
        classes.UNKNOWN_UNIT: _("Bring in the list of units that names it; the records then come in by themselves."),
        classes.UNKNOWN_PROCEDURE: _("Bring in the procedure's list; the records then come in by themselves."),
        classes.UNKNOWN_CODE: _("Agree with the source's owner what the code means, then replay."),
        classes.INCOMPLETE: _("Ask the unit to fill it in; the mended record comes in by itself."),
        classes.IMPOSSIBLE_TIME: _("Ask the unit to put the time right; the mended record comes in by itself."),
        classes.CONTRADICTION: _("Ask the source's owner which of the two counts."),
        classes.NOT_UNDERSTOOD: _("The source's form has changed: tell its owner; replay once the centre reads it."),
        classes.TOO_LARGE: _("Ask the source's owner to send it smaller."),
        classes.UNSAFE: _("Tell the source's owner: such content is refused for safety."),
        classes.NOT_DELIVERED: _("Replay asks for it again; else ask the source's owner."),
    }
    return advice[reason_class]


def kind_word(kind: str) -> str:
    """The kind of a held record."""
    words = {
        "dossiers": _("dossier"),
        "documents": _("document"),
        "meetings": _("meeting"),
        "recordings": _("recording of a meeting"),
        "participants": _("participant of a meeting"),
        "bridge_points": _("bridge point"),
        "returns": _("return"),
        "units": _("unit"),
        "procedures": _("procedure"),
    }
    return words.get(kind, kind)


def why_word(why: str) -> str:
    """Why the quarantine let records go."""
    words = {
        "age": _("too old"),
        "crowd": _("too many of one source"),
        "size": _("only the content, which was too large"),
    }
    return words[why]
