"""What the page Quarantine was asked for, and what the store holds of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pages._address import address
from pages._filters import Choices, told
from pages._language import _
from pages._live import Live
from store.quarantine import Held, HeldGroup, held, held_groups
from store.quarantine_limits import Dropped, dropped
from store.reason_classes import CLASS_OF, CLASSES, class_of

PATH = "quarantine"
SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The choices of the address; "" for all. `record`: the number of the one to look at; None: the list."""

    source: str
    reason_class: str
    reason: str
    record: int | None

    @property
    def narrowed(self) -> bool:
        """Whether it asks for less than everything."""
        return bool(self.source or self.reason_class or self.reason)

    def href(self, record: int | None = None) -> str:
        """The address of the list of these choices, or of one record of it."""
        number = str(record) if record else None
        return address(PATH, source=self.source, class_=self.reason_class, reason=self.reason, record=number)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What is held of the choices: `groups` of them, `records` the oldest first; `dropped`: let go unread, of all."""

    groups: Sequence[HeldGroup]
    records: Sequence[Held]
    dropped: Sequence[Dropped]

    @property
    def total(self) -> int:
        """How many records are held of the choices."""
        return sum(group.records for group in self.groups)


def chosen(here: Live, choices: Choices) -> Chosen:
    """The choices, checked."""
    wanted = choices.given.get("record", "")
    if wanted and not (wanted.isascii() and wanted.isdigit() and len(wanted) < 10):
        choices.problems.append(_("“{text}” is no number of a record.", text=told(wanted)))
        wanted = ""
    return Chosen(
        source=choices.one_of("source", ["", *sources(here)], "", _("source")),
        reason_class=choices.one_of("class", ["", *CLASSES], "", _("class of reasons")),
        reason=choices.one_of("reason", ["", *CLASS_OF], "", _("reason")),
        record=int(wanted) if wanted else None,
    )


def sources(here: Live) -> list[str]:
    """The configured sources, and those of which something is still held."""
    names = [source.name for source in here.settings.sources]
    return [*names, *sorted({group.source for group in held_groups(here.engine)} - set(names))]


def shown(here: Live, asked: Chosen, limit: int) -> Shown:
    """What the store holds now, at most `limit` records one by one."""
    records = held(
        here.engine,
        source=asked.source or None,
        reason=asked.reason or None,
        reason_class=asked.reason_class or None,
        limit=limit,
    )
    groups = [group for group in held_groups(here.engine) if _matches(group, asked)]
    return Shown(groups=groups, records=records, dropped=dropped(here.engine))


def one(here: Live, number: int) -> Held | None:
    """The held record of a number; None when it is held no longer."""
    return next(iter(held(here.engine, ids=[number])), None)


def _matches(group: HeldGroup, asked: Chosen) -> bool:
    return (
        asked.source in ("", group.source)
        and asked.reason in ("", group.reason)
        and asked.reason_class in ("", class_of(group.reason))
    )
