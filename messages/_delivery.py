"""Handing one message to apprise, and why it was not taken, in codes that hold nothing of the address.

Apprise says how a delivery went only in its log, with hosts and names in it. The log is kept from everywhere else, and
of its lines only numbers are taken: an HTTP status, an SMTP code, an error number of the system.
"""

import errno
import logging
import re

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat
from apprise.plugins.email.base import NotifyEmail
from apprise.result import AppriseResult, AppriseResultStatus

from messages._reasons import ANSWERED, BAD_ADDRESS, FAILED, NO_VARIABLE, TIMEOUT, UNREACHABLE
from recipients import RecipientSettings
from store.message_rows import Message

# Carried by every attempt of a message: a webhook can drop a second one, a mail shows it among its headers.
KEY_HEADER = "Idempotency-Key"
SENDER = "IOC"
_STATUS = re.compile(r"\berror=(\d{3})\b")
_SMTP_CODE = re.compile(r"\(([45]\d\d), b['\"]")
_ERROR_NUMBER = re.compile(r"\[Errno (-?\d+)\]")
_TIMED_OUT = re.compile(r"timed out", re.IGNORECASE)


def deliver(recipient: RecipientSettings, message: Message) -> str:
    """Send a message; "" when it was taken, else why not, as a code of `messages/_reasons.py`."""
    url = recipient.address()
    if not url:
        return NO_VARIABLE
    _keep_the_log()
    service = address(url)
    if service is None:
        return BAD_ADDRESS
    headers = getattr(service, "headers", None)
    if isinstance(headers, dict):
        headers[KEY_HEADER] = message.key
    sender = Apprise(asset=service.asset)
    sender.add(service)
    mail = isinstance(service, NotifyEmail)
    body, form = (message.html, NotifyFormat.HTML) if mail else (message.text, NotifyFormat.TEXT)
    with sender.notify(body, title=message.title, body_format=form, log_level=logging.DEBUG) as result:
        return "" if result else _reason(result)


def address(url: str) -> NotifyBase | None:
    """What apprise makes of an address; None when it is none. Nothing is asked of anybody."""
    _keep_the_log()
    asset = AppriseAsset(
        app_id=SENDER,
        app_desc=SENDER,
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        interpret_emojis=False,
        http_redirects=False,  # only to the address configured, whoever says it has moved
        storage_mode="memory",
        service_timeout=0,  # each step has its time limit; one for all steps would need threads that outlive us
    )
    made = Apprise.instantiate(url, asset=asset)
    return made if isinstance(made, NotifyBase) else None


def _reason(result: AppriseResult) -> str:
    said = "\n".join(entry.message for entry in result.logs())
    if found := _STATUS.search(said) or _SMTP_CODE.search(said):
        return f"{ANSWERED}:{found[1]}"
    if result.status == AppriseResultStatus.TIMEOUT or _TIMED_OUT.search(said):
        return TIMEOUT
    if found := _ERROR_NUMBER.search(said):
        return f"{UNREACHABLE}:{errno.errorcode.get(int(found[1]), found[1])}"
    return FAILED


def _keep_the_log() -> None:
    """Apprise's log reaches nobody but the result of the delivery that it tells of; what carries it says nothing."""
    library = logging.getLogger("apprise")
    library.propagate = False
    library.setLevel(logging.DEBUG)
    if not library.handlers:  # without one its warnings would go to standard error
        library.addHandler(logging.NullHandler())
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
