"""The words of a formula: what each measure and each question in it counts."""

import re

from pages._language import _

_WORD = re.compile(r"[a-z][a-z_0-9]{3,}")
# Words that the formulas themselves explain by their place.
GRAMMAR = frozenset(
    {"with", "level", "days", "both", "below", "dossiers", "units", "entry", "numerator", "denominator"}
)


def explained(formula: str) -> dict[str, str]:
    """Every measure and question in a formula, in its order, with what it counts."""
    known = term_words()
    return {term: known[term] for term in dict.fromkeys(_WORD.findall(formula)) if term in known}


def terms(formula: str) -> set[str]:
    """Every word of a formula that somebody must explain."""
    return set(_WORD.findall(formula)) - GRAMMAR


def whens(formula: str) -> dict[str, str]:
    """The signs in a formula that say when something counts, with their meaning."""
    known = {
        "[P]": _("in the period"),
        "[P-1]": _("in the period before, of the same length"),
        "[..D]": _("running sum to the end of the period's last day"),
        "[D]": _("on the period's last day"),
    }
    return {sign: meaning for sign, meaning in known.items() if sign in formula}


def term_words() -> dict[str, str]:
    """Every term that formulas use, with what it counts."""
    return {
        "received": _("dossiers received"),
        "received_online": _("dossiers received online"),
        "received_post": _("dossiers received by public post"),
        "received_counter": _("dossiers received at the counter"),
        "received_l34": _("dossiers received of procedures at level 3 or 4"),
        "online_l34": _("dossiers received online of procedures at level 3 or 4"),
        "online_l4": _("dossiers received online of procedures at level 4"),
        "online_authenticated": _("dossiers received online, applicant authenticated"),
        "supplemented": _("dossiers received that a supplement was asked for"),
        "withdrawn": _("dossiers received and withdrawn later"),
        "registered": _("dossiers registered online"),
        "registered_refused": _("dossiers registered and refused"),
        "completed_early": _("dossiers completed before the due day"),
        "completed_on_time": _("dossiers completed on the due day or without one"),
        "completed_late": _("dossiers completed after the due day"),
        "completed_on_due_day": _("dossiers completed on the due day itself"),
        "returned_by_post": _("dossiers completed, the result sent by public post"),
        "fee_due": _("dossiers completed with a fee due"),
        "fee_paid_online": _("dossiers completed, the fee paid online"),
        "digitised": _("dossiers completed with digitised parts"),
        "e_result": _("dossiers completed with an electronic result"),
        "received_untold": _("dossiers received of which the source does not tell it"),
        "online_untold": _("dossiers received online of which the source does not tell it"),
        "completed_untold": _("dossiers completed of which the source does not tell it"),
        "rated": _("dossiers completed and rated by the applicant"),
        "satisfied": _("ratings satisfied or very satisfied"),
        "open_change": _("dossiers that become open, less those that are ended"),
        "overdue_change": _("dossiers that become overdue, less those settled"),
        "working_days": _("working days from receipt to completion"),
        "issued": _("documents issued, not classified"),
        "issued_electronic": _("electronic documents issued, not classified"),
        "signing_known": _("electronic documents issued of which it is known whether they are signed"),
        "signed": _("electronic documents issued with a digital signature"),
        "signed_exchanged": _("documents issued, signed and sent over the exchange axis"),
        "incoming_due": _("incoming documents that fall due"),
        "incoming_on_time": _("incoming documents completed by their due day"),
        "incoming_overdue_change": _("incoming documents that become overdue, less those settled"),
        "meetings_held": _("video conferences that ended"),
        "meeting_seconds": _("seconds that those conferences lasted"),
        "points_invited": _("points invited to those conferences"),
        "points_connected": _("invited points that were connected for 5 minutes at least"),
        "active_points_change": _("bridge points that become active, less those that no longer are"),
        "units_below": _("units below the one asked"),
        "units_in_force": _("units of a kind in force"),
        "units_with_stock": _("of those, the units that have one themselves"),
        "units_over_stock": _("of those, the units with one below them"),
        "procedures": _("distinct procedures that the unit offers"),
        "national_portal": _("integrated with the national portal"),
        "returned": _("as the unit itself returned it; nothing is added up"),
        "huyen": _("districts"),
        "xa": _("communes"),
    }
