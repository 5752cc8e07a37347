"""A poller that is killed at any point loses nothing, doubles nothing, and leaves a store that agrees with itself.

At named points: before or after the n-th statement or commit of a poll. At random instants: while the sources move on.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from random import Random

import pytest
from sqlalchemy import Engine

from store.engine import empty
from tests.kill_source import disordered_source, make_source
from tests.kill_stand import Process, assert_consistent, assert_true, forking, stand, stored, stored_once
from tests.often import first

BACKENDS = ("sqlite", "postgresql")
# Every n-th point of a poll, beginning with another one in each round: all rounds together meet them all.
ROUNDS = 61
KILLS_A_ROUND = 4


@pytest.fixture(scope="module")
def forks() -> Iterator[Process]:
    with forking() as process:
        yield process


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("round_number", first(1, range(ROUNDS)))
def test_a_poll_killed_between_statements_is_made_up_for(
    fresh_engine: Callable[[str], Engine], forks: Process, backend: str, round_number: int
) -> None:
    hits: Counter[str] = Counter()
    source = make_source(round_number)
    source.settle()
    with stand(fresh_engine(backend), source, forks) as killed:
        points = killed.poll().points
        assert stored_once(killed)
        for at in range(1 + round_number, points, ROUNDS):
            empty(killed.engine)
            ended = killed.poll(at=at)
            assert ended.outcome == "killed"
            hits[ended.point] += 1
            assert_consistent(killed)
            assert killed.poll().outcome == "done"
            assert_true(killed)
            assert stored_once(killed)
    report(f"{backend}, round {round_number}", hits)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("seed", first(1, range(40)))
def test_polls_killed_at_random_instants_end_with_the_truth(
    fresh_engine: Callable[[str], Engine], forks: Process, backend: str, seed: int
) -> None:
    hits: Counter[str] = Counter()
    random, source = Random(seed), make_source(seed)
    source.commit(len(source.coming) // 2)
    with stand(fresh_engine(backend), source, forks) as killed:
        lasts = killed.poll().seconds
        empty(killed.engine)
        source.every = 3
        for _ in range(KILLS_A_ROUND):
            ended = killed.poll(seconds=random.random() * lasts)
            assert ended.outcome != "failed"
            hits[f"after {ended.point}" if ended.outcome == "killed" else "nowhere: it had ended"] += 1
            assert_consistent(killed)
        source.settle()
        assert killed.poll().outcome == "done"
        assert_true(killed)
    report(f"{backend}, seed {seed}", hits)


def test_a_source_in_disorder_moves_the_cursor_past_nothing(
    fresh_engine: Callable[[str], Engine], forks: Process
) -> None:
    source = disordered_source()
    with stand(fresh_engine("sqlite"), source, forks) as killed:
        for commit in count(1):
            empty(killed.engine)
            killed.poll(at=commit, point="after COMMIT")
            if stored(killed.engine, "dossiers"):
                break
        assert len(stored(killed.engine, "dossiers")) < len(source.dossiers)
        assert_consistent(killed)
        assert killed.poll().outcome == "done"
        assert len(stored(killed.engine, "dossiers")) == len(source.dossiers)
        assert_consistent(killed)


def report(title: str, hits: Counter[str]) -> None:
    """Print how many kills hit at which point."""
    print(f"\n{title}: {hits.total()} kills")  # noqa: T201  # pytest shows it with -s, and when a test fails
    for point, times in hits.most_common():
        print(f"  {times:4} {point}")  # noqa: T201
