"""What a module in messages/rules/ must hold: the first file to read before adding a rule.

A module whose name does not begin with `_` is a rule of that name in a recipient's `rules`. Its docstring is the one
question it answers. It defines `RULE` and the function that this names:

    find(seen, recipient)       what holds now for the recipient, as `Finding`s: for nobody else's units

`seen` is `messages/_seen.py`: counters, units, targets, sources, screens and rankings of one round. The words are in
the recipient's language: `_()`, `pages/_format.py` and `pages/_names.py` as on pages; the Vietnamese stands in
`messages/locale/vi.po`. A finding names its thing by `subject`, the same from round to round: that is how a message is
not sent again while nothing changes, and "resolved" when it is found no more. No personal data. A rule imports
metrics, store's reads, clock and pages' machinery; never streamlit, apprise, sqlalchemy, connectors.
Tests over every rule found: tests/test_message_rules.py (both languages, empty store).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from messages._seen import Seen
from recipients import RecipientSettings, Role

DAY = timedelta(days=1)


class Finding(NamedTuple):
    """One thing that holds. `what`: the thing in a few words; `text`: all about it in one line; `measure`: how bad it
    is (more is worse); `unit`: the code of the unit it is about, "" for none; `link`: where to look, "" for nowhere.
    `until`: the instant from which it is over in any case, and its end no news; None: never."""

    subject: str
    what: str
    text: str
    measure: float = 1.0
    unit: str = ""
    link: str = ""
    until: datetime | None = None


def never_worse(_told: float, _now: float) -> bool:
    """What cannot get worse is told again only when its reminder is due."""
    return False


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One kind of thing to tell. Texts are English msgids; `{n}` stands for how many findings there are.

    title       what it is about, on the page
    subject     the title of a message that tells it
    resolved    the title of a message that tells its end
    roles       who is told without having asked for it by `rules`
    of_units    it is about the recipient's own units; else about the centre itself
    to_owners   it is told to whoever is responsible for another recipient, whatever they asked for
    remind      so long after a message the same thing is told again while it holds
    worse       (measure told, measure now): whether it got so much worse that it is told before that
    """

    title: str
    subject: str
    resolved: str
    find: Callable[[Seen, RecipientSettings], Iterable[Finding]]
    roles: frozenset[Role] = frozenset()
    of_units: bool = True
    to_owners: bool = False
    remind: timedelta = DAY
    worse: Callable[[float, float], bool] = never_worse


class RuleModule(Protocol):
    """A module that is a rule."""

    RULE: Rule
