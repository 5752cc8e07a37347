"""The store's pulse, and the holder that follows it: cheap, and never other than what is read anew."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, event

from config import parse_settings
from pages._live import Holder
from store.engine import writing
from store.health import pulse, source_health
from store.runs import begin_run, end_run
from store.versions import bump
from tests.connected import SteppedClock
from tests.stores import lay_tables

MORNING = datetime(2021, 12, 10, 2, tzinfo=UTC)
NAMES = ("motcua", "vanban", "hop")


def end(engine: Engine, name: str, outcome: str, at: datetime, fetched: int = 0) -> None:
    run = begin_run(engine, name, at - timedelta(seconds=1))
    end_run(engine, run, outcome, at, f"{outcome} {at}", fetched, fetched)


def test_pulse_changes_with_each_write_and_each_end_of_a_poll_only(engine: Engine) -> None:
    first = pulse(engine)
    run = begin_run(engine, "motcua", MORNING)
    assert pulse(engine) == first
    end_run(engine, run, "ok", MORNING)
    second = pulse(engine)
    assert second != first
    with writing(engine) as connection:
        bump(connection, "wall")
    assert pulse(engine) not in (first, second)


@pytest.fixture
def centre(tmp_path: Path) -> Holder:
    sources = "".join(f'[[sources]]\nname = "{name}"\ndialect = "dvcqg"\n' for name in NAMES)
    holder = Holder(parse_settings(f'[store]\nurl = "sqlite:///{tmp_path}/store.db"\n{sources}'.encode(), "test"))
    holder.clock = SteppedClock(MORNING)
    lay_tables(holder.engine)
    return holder


def now(centre: Holder) -> None:
    """The next question feels the pulse."""
    centre._next_check = 0.0


def count_questions(engine: Engine) -> list[str]:
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_rest: asked.append(statement))
    return asked


def test_holder_that_follows_polls_knows_what_reading_anew_would_tell(centre: Holder) -> None:
    random, clock = Random(7), centre.clock
    assert isinstance(clock, SteppedClock)
    centre.live()
    for _step in range(60):
        clock.advance(timedelta(minutes=random.randrange(30)))  # the day ends within them
        for _poll in range(random.randrange(4)):
            outcome = random.choice(["ok", "ok", "unavailable", "changed"])
            end(centre.engine, random.choice([*NAMES, "gone"]), outcome, clock.now(), random.randrange(50))
        if random.random() < 0.1:
            centre._next_read = 0.0
        now(centre)
        assert centre.live().sources == source_health(centre.engine, centre.settings.sources, clock.now())


def test_silence_costs_one_question_and_a_poll_one_more(centre: Holder) -> None:
    end(centre.engine, "motcua", "ok", MORNING - timedelta(hours=1))
    assert centre.live().sources[0].state == "stale"
    asked = count_questions(centre.engine)
    now(centre)
    centre.live()
    assert len([one for one in asked if one.startswith("SELECT")]) == 1
    end(centre.engine, "motcua", "ok", MORNING)
    del asked[:]
    now(centre)
    assert centre.live().sources[0].state == "fresh"
    assert len([one for one in asked if one.startswith("SELECT")]) == 2
