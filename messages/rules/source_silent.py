"""Which source has brought nothing for three times its expected age, or was never read although it was asked?"""

from collections.abc import Iterator

from messages._contract import Finding, Rule
from messages._seen import Seen
from pages._badges import silence
from recipients import RecipientSettings


def find(seen: Seen, _recipient: RecipientSettings) -> Iterator[Finding]:
    """A finding for each silent source."""
    for source in seen.sources:
        if source.state == "stale" or (source.state == "unknown" and source.last_run_at):
            link = seen.link("sources")
            yield Finding(subject=source.name, what=source.name, text=silence(source), link=link)


RULE = Rule(
    title="Source silent",
    subject="Sources are silent ({n})",
    resolved="Sources are back ({n})",
    find=find,
    roles=frozenset({"operator"}),
    of_units=False,
)
