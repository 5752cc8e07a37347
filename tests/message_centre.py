"""A centre that tells people: three departments, a clock that tests set, recipients, and rounds of messages."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest
from sqlalchemy import Engine

from clock import Clock, local_day
from config import Settings, SourceSettings
from messages._delivery import deliver
from messages._seen import Seen
from messages._sending import Sender
from messages.rounds import Rounds
from metrics import Counters
from recipients import MessageSettings, RecipientSettings
from store.dimensions import put_targets
from store.message_reads import ledger
from store.message_rows import Message
from store.reads import Target, read_snapshot
from store.rows import PROCESSING, RECEIVED, Batch, Dossier, Procedure, Unit
from store.runs import begin_run, end_run
from tests.delivery import write
from tests.message_sinks import Mailbox, mailbox
from tests.test_target import target

# A Friday, 08:00 in Hanoi.
NOW = datetime(2021, 12, 10, 1, tzinfo=UTC)
BEGIN = date(2020, 1, 1)
FINANCE, JUSTICE, HEALTH = "H28.03", "H28.04", "H28.05"
NAMES = {FINANCE: "Sở Tài chính", JUSTICE: "Sở Tư pháp", HEALTH: "Sở Y tế"}
HandOver = Callable[[RecipientSettings, Message], str]
SOURCE = SourceSettings(name="motcua", dialect="dvcqg")


@dataclass
class SetClock:
    """A clock that shows what a test sets."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def today(self) -> date:
        return local_day(self.at)


def dossiers(unit: str, online: int, total: int, day: date, name: str = "") -> list[Dossier]:
    """So many received online, so many in all, by a unit at noon of a day."""
    at = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    return [
        Dossier(
            source_id=f"{unit}-{day}-{name}-{number}",
            unit_code=unit,
            procedure_code="1.01",
            channel="online" if number < online else "counter",
            state=RECEIVED,
            received_at=at,
            updated_at=at,
        )
        for number in range(total)
    ]


def due(
    unit: str,
    number: int,
    due_at: datetime,
    procedure: str = "1.01",
    state: int = PROCESSING,
    done_at: datetime | None = None,
) -> Dossier:
    """A dossier in work, due at an instant."""
    at = NOW - timedelta(days=20)
    return Dossier(
        source_id=f"due-{unit}-{number}",
        unit_code=unit,
        procedure_code=procedure,
        channel="counter",
        state=state,
        received_at=at,
        due_at=due_at,
        completed_at=done_at,
        updated_at=at,
    )


class MessageCentre:
    """The store with three departments under a province, and what tests do to it."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.clock = engine, SetClock(NOW)
        province = Unit(code="H28", valid_from=BEGIN, kind="tinh", name="Tỉnh Hòa Bình")
        units = [Unit(code=code, valid_from=BEGIN, parent_code="H28", kind="so", name=NAMES[code]) for code in NAMES]
        procedures = [
            Procedure(code="1.01", valid_from=BEGIN, name="Kê khai giá", level=4, tier="tinh"),
            Procedure(code="1.02", valid_from=BEGIN, name="Cấp phiếu lý lịch", level=4, tier="tinh"),
        ]
        write(engine, "motcua", Batch(units=[province, *units], procedures=procedures))

    def receive(self, *parts: Sequence[Dossier]) -> None:
        for part in parts:
            write(self.engine, "motcua", Batch(dossiers=list(part)))

    def set_target(self, value: float = 0.51, kind: str = "so") -> Target:
        made = target(value=value, unit="", kind=kind)
        put_targets(self.engine, [made._asdict()], by="an", at=NOW)
        return made

    def polled(self, ago: timedelta) -> None:
        """The source was read well so long before the clock's time."""
        at = self.clock.at - ago
        end_run(self.engine, begin_run(self.engine, SOURCE.name, at), "ok", at)

    def settings(self, *recipients: RecipientSettings) -> Settings:
        return Settings(sources=(SOURCE,), messages=MessageSettings("https://ioc.test"), recipients=recipients)

    def rounds(self, *recipients: RecipientSettings, hand_over: HandOver = deliver) -> Rounds:
        """As a process that has just started."""
        settings, clock = self.settings(*recipients), cast(Clock, self.clock)
        return Rounds(self.engine, settings, clock, Sender(self.engine, settings, clock, hand_over))

    def seen(self, *recipients: RecipientSettings) -> Seen:
        """The store as it is now."""
        return Seen(self.engine, self.settings(*recipients), Counters(read_snapshot(self.engine)), self.clock.at)

    def after(self, rounds: Rounds, **waited: float) -> None:
        """A round after some time."""
        self.clock.at += timedelta(**waited)
        rounds.run()

    def ledger(self) -> list[Message]:
        """Every message, the oldest first."""
        return ledger(self.engine)[1][::-1]


def told(name: str = "an", role: str = "staff", env: str = "BOX", **more: object) -> RecipientSettings:
    """A recipient whose address stands in the variable `env`; staff of the department of finance."""
    words: dict[str, object] = {"name": name, "role": role, "url_env": env}
    units = {} if role == "operator" else {"units": (FINANCE,)}
    return RecipientSettings(**(words | units | more))  # type: ignore[arg-type]


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A running SMTP server, whose address stands in BOX."""
    with mailbox() as running:
        monkeypatch.setenv("BOX", running.url)
        yield running


@pytest.fixture
def here(fresh_engine: Callable[[str], Engine]) -> MessageCentre:
    """A centre on SQLite."""
    return MessageCentre(fresh_engine("sqlite"))
