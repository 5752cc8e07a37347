"""What a scene is given, made of a store that a test has filled."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine

from clock import still_clock
from config import Settings, SourceSettings, WallSettings
from metrics import Counters
from pages._language import speaking
from pages._live import Live
from store.health import source_health
from store.reads import read_snapshot
from store.rows import Batch
from store.runs import begin_run, end_run
from store.writes import write_batch
from wall.blocks import Scene
from wall.freshness import with_worst
from wall.scenes._contract import SceneModule


def poll(engine: Engine, source: str, batch: Batch, at: datetime, told: int | None = None) -> None:
    """A good poll run of a source that brought a batch; `told`: the source's own count."""
    run = begin_run(engine, source, at)
    write_batch(engine, source, batch, run, None, at)
    fetched = sum(len(rows) for rows in (batch.units, batch.dossiers, batch.meetings, batch.rejected))
    end_run(engine, run, "ok", at, source_count=told, fetched=fetched)


def here_at(
    engine: Engine, now: datetime, dialects: dict[str, str], stale_reason: str | None = None, layout: str = ""
) -> Live:
    """The state of a store at an instant, for sources given as name to dialect, each expected every five minutes."""
    sources = tuple(SourceSettings(name=name, dialect=dialect) for name, dialect in dialects.items())
    settings = Settings(sources=sources, wall=WallSettings(layout=layout))
    counters = Counters(read_snapshot(engine))
    return Live(
        counters=counters,
        sources=source_health(engine, settings.sources, now),
        version=counters.version,
        now=now,
        read_at=now,
        clock=still_clock(now),
        settings=settings,
        engine=engine,
        stale_reason=stale_reason,
    )


def shown(module: SceneModule, here: Live, looked_from: Live | None = None) -> Scene:
    """The scene in English; `looked_from`: looked at from an earlier state, and only composed anew."""
    looked = module.look(looked_from or here, {})
    with speaking("en"):
        return with_worst(module.compose(looked, here, {}))


def said(scene: Scene) -> str:
    """Its sentence."""
    return "".join(span.text for span in scene.sentence)


def written(lines: Sequence[object]) -> list[str]:
    """Lines of a listing as text."""
    return [" | ".join(filter(None, (line.head, line.text, line.value))) for line in lines]  # type: ignore[attr-defined]
