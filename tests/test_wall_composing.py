"""When the wall looks anew: a scene that follows the polls of an indicator's sources, and targets asked for once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Engine

from pages import _goals
from pages._live import Live
from store.rows import Batch, Rejected, Unit
from tests.wall_here import here_at, poll
from wall.blocks import Scene, Span
from wall.composing import Composer
from wall.layout import SceneUse
from wall.scenes import _targets
from wall.scenes._contract import SceneKind, SceneModule

NOON = datetime(2021, 12, 10, 5, 0, 10, tzinfo=UTC)
PROVINCE = Unit(code="H28", valid_from=date(2020, 1, 1), kind="tinh", name="Tỉnh Hòa Bình")
SOURCES = {"hop": "bigbluebutton", "vanban": "qlvb"}


@pytest.fixture
def store(fresh_engine: Callable[[str], Engine]) -> Engine:
    return fresh_engine("sqlite")


class Looks:
    """A scene that follows the polls of meetings, or all; counts its looks, and how often it is composed."""

    def __init__(self, polls_of: str = "meetings_held") -> None:
        self.count = self.composed = 0
        kind = SceneKind(title="Overview", follows="polls", polls_of=polls_of)
        module = SimpleNamespace(SCENE=kind, look=self._look, compose=self._compose)
        self.composer = Composer("vi", {"meetings": cast(SceneModule, module)})
        self.use = SceneUse(id="meetings", scene="meetings", parameters={}, dwell=timedelta(seconds=30))

    def after(self, here: Live) -> int:
        """How often it has been looked at once this state was shown."""
        self.composer.pictures(here, [self.use])
        return self.count

    def _look(self, _here: Live, _parameters: Any) -> None:
        self.count += 1

    def _compose(self, _looked: None, _here: Live, _parameters: Any) -> Scene:
        self.composed += 1
        return Scene(title="", sentence=[Span("")], blocks={})


def test_scene_that_follows_an_indicators_polls_is_not_looked_at_for_other_sources(store: Engine) -> None:
    looks = Looks()
    assert looks.after(here_at(store, NOON, SOURCES)) == 1
    poll(store, "vanban", Batch(), NOON + timedelta(seconds=1))
    assert looks.after(here_at(store, NOON + timedelta(seconds=2), SOURCES)) == 1
    poll(store, "hop", Batch(), NOON + timedelta(seconds=3))
    assert looks.after(here_at(store, NOON + timedelta(seconds=4), SOURCES)) == 2


def test_scene_of_the_centre_is_looked_at_when_more_is_held_back_and_composed_after_every_poll(store: Engine) -> None:
    looks = Looks(polls_of="")
    bad = Rejected(kind="dossiers", source_id="1", reason="bad_date", detail="x", payload={"n": 1})
    told = []
    for second, batch in enumerate([Batch(), Batch(units=[PROVINCE]), Batch(rejected=[bad])]):
        poll(store, "vanban", batch, NOON + timedelta(seconds=2 * second))
        told.append((looks.after(here_at(store, NOON + timedelta(seconds=2 * second + 1), SOURCES)), looks.composed))
    assert told == [(1, 1), (1, 2), (2, 3)]
    assert looks.after(here_at(store, NOON + timedelta(minutes=1), SOURCES)) == 3


def test_targets_are_read_once_for_all_scenes(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Engine] = []
    monkeypatch.setattr(_goals, "targets", lambda engine: reads.append(engine) or [])
    here = here_at(store, NOON, SOURCES)
    for key in ("on_time_rate", "overdue_rate", "on_time_rate"):
        assert _targets.goals_today(here, key) == {}
    assert len(reads) == 1
