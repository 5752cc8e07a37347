"""How polls went and why records are held back, in plain words."""

from pages._language import _


def outcome_word(outcome: str | None) -> str:
    """How a poll run went, in one or two words."""
    words = {
        None: _("not polled yet"),
        "ok": _("good"),
        "unavailable": _("no answer"),
        "refused": _("access refused"),
        "changed": _("unexpected answer"),
        "store": _("not stored"),
        "failed": _("failed"),
    }
    return words.get(outcome, str(outcome))


def advice(outcome: str | None) -> str:
    """What a failed run means and who must act, in plain words."""
    words = {
        "unavailable": _("The source does not answer; it is polled again by itself."),
        "refused": _("The source refuses our access: renew user, password or token."),
        "changed": _("The answer is not as agreed: read the raw answer and tell the source's owner."),
    }
    return words.get(outcome or "", _("The run failed; it is tried again by itself."))


def reason_word(reason: str) -> str:
    """Why records are held back, in plain words; the class itself when it is new."""
    words = {
        "not_an_object": _("not a record"),
        "missing_key": _("no key"),
        "missing_field": _("a field is missing"),
        "missing_completion": _("finished without a date"),
        "bad_date": _("impossible date"),
        "bad_number": _("text where a number belongs"),
        "bad_text": _("no readable text"),
        "bad_flag": _("neither yes nor no"),
        "bad_list": _("no list"),
        "bad_code": _("malformed code"),
        "bad_cell": _("malformed cell"),
        "bad_row": _("no row of a table"),
        "bad_xml": _("no readable XML"),
        "contradiction": _("says two different things"),
        "hostile_xml": _("XML that could do harm"),
        "no_packet": _("no packet of the document axis"),
        "not_delivered": _("listed, but not given out"),
        "too_large": _("too large"),
        "unknown_message": _("unknown kind of message"),
        "unknown_postal": _("unknown way of delivery"),
        "unknown_status": _("unknown status"),
        "unknown_channel": _("unknown channel"),
        "unknown_direction": _("unknown direction"),
        "unknown_kind": _("unknown kind"),
        "unknown_level": _("unknown level"),
        "unknown_payment": _("unknown payment"),
        "unknown_procedure": _("unknown procedure"),
        "unknown_rating": _("unknown rating"),
        "unknown_state": _("unknown state"),
        "unknown_tier": _("unknown tier"),
        "unknown_unit": _("unknown unit"),
    }
    return words.get(reason, reason)
