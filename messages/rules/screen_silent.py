"""Which screen of the wall has said nothing for three minutes?"""

from collections.abc import Iterator

from messages._contract import Finding, Rule
from messages._seen import Seen
from pages import _format
from pages._language import _
from recipients import RecipientSettings


def find(seen: Seen, _recipient: RecipientSettings) -> Iterator[Finding]:
    """A finding for each silent screen that was paired or has ever reported."""
    for screen in seen.screens:
        if screen.silent:
            what = _("Screen {n}", n=screen.number)
            since = _format.moment(screen.last_seen_at or screen.paired_at)
            text = _("{screen} has been silent since {since}.", screen=what, since=since)
            yield Finding(subject=str(screen.number), what=what, text=text, link=seen.link("screens"))


RULE = Rule(
    title="Screen silent",
    subject="Screens are silent ({n})",
    resolved="Screens are back ({n})",
    find=find,
    roles=frozenset({"operator"}),
    of_units=False,
)
