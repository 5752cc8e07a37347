"""What indicators are called where a line has room for two words."""

from collections.abc import Mapping
from datetime import date

from metrics import Indicator
from pages._language import _
from pages._names import indicator_name


def short_indicator(indicator: Indicator, day: date) -> str:
    """A word or two in small letters; the full name, as of a local day, of an indicator that has none."""
    return _words().get(indicator.key) or indicator_name(indicator, day)


def _words() -> Mapping[str, str]:
    return {
        "received": _("dossiers received"),
        "online_dossier_rate": _("online dossiers"),
        "on_time_rate": _("in time"),
        "overdue": _("overdue now"),
        "satisfaction_rate": _("satisfaction"),
        "online_payment_rate": _("paid online"),
        "signed_document_rate": _("signed documents"),
        "participation_rate": _("points taking part"),
        "authenticated_rate": _("applicants authenticated"),
        "meetings_held": _("video conferences"),
    }
