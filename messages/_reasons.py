"""Why a delivery failed, as codes that hold no address, and what they mean in words."""

from pages._language import _

NO_VARIABLE, BAD_ADDRESS, GONE = "no_variable", "bad_address", "no_recipient"
TIMEOUT, INTERRUPTED, FAILED = "timeout", "interrupted", "failed"
# With a number of the other side behind a colon: an HTTP status or an SMTP code, an error number of the system.
ANSWERED, UNREACHABLE = "answered", "unreachable"


def reason_words(reason: str) -> str:
    """A reason in the language in force; "" for none."""
    code, _colon, detail = reason.partition(":")
    words = {
        "": "",
        NO_VARIABLE: _("the environment variable that holds the address is empty"),
        BAD_ADDRESS: _("the address is none that can be delivered to"),
        GONE: _("the settings know no such recipient"),
        TIMEOUT: _("no answer in time"),
        INTERRUPTED: _("broken off while sending: it may have arrived"),
        ANSWERED: _("the other side refused it with code {code}", code=detail),
        UNREACHABLE: _("no connection ({reason})", reason=detail),
    }
    return words.get(code, _("it was not accepted"))
