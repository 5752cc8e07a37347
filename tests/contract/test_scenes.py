"""Every scene found: on an empty store, in both languages, with every parameter, with sources of every age, failing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, product
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from clock import end_of_day, still_clock
from config import Settings, parse_settings
from metrics import documents, returns
from pages._language import Language
from pages._live import Holder, Live
from store.health import Freshness, SourceHealth
from tests.delivery import deliver
from tests.stores import lay_tables
from tests.worlds import make_world
from wall.composing import Composer
from wall.discovery import scene_modules
from wall.layout import SceneUse, scene_id
from wall.scenes._contract import SceneModule

FEEDS = {
    "motcua": "dvcqg", "vanban": "qlvb", "hop": "bigbluebutton", "diemcau": "bridge_points", "baocao": "returns",
}  # fmt: skip
LIMIT = timedelta(minutes=5)
AGES: Mapping[Freshness, timedelta | None] = {
    "fresh": LIMIT,
    "late": LIMIT + timedelta(seconds=1),
    "stale": 3 * LIMIT + timedelta(seconds=1),
    "unknown": None,
}
# Which source an indicator hangs on, told by whoever defines it; every other hangs on the one-stop system.
HANGS_ON = {
    **{one.key: "vanban" for one in documents.INDICATORS},
    **{one.key: "baocao" for one in returns.INDICATORS},
    **dict.fromkeys(("meetings_held", "meeting_hours", "meeting_hours_change", "participation_rate"), "hop"),
    **dict.fromkeys(("bridge_points", "conference_coverage_rate", "district_coverage_rate"), "diemcau"),
}
LANGUAGES: tuple[Language, ...] = ("vi", "en")


def every_use() -> list[SceneUse]:
    """Every scene with every value of every parameter."""
    uses = []
    for name, module in scene_modules().items():
        told = module.SCENE.parameters
        defaults = {key: values[0] for key, values in told.items()}
        for chosen in product(*told.values()):
            parameters = dict(zip(told, chosen, strict=True))
            named = scene_id(name, parameters, defaults)
            uses.append(SceneUse(id=named, scene=name, parameters=parameters, dwell=timedelta(seconds=30)))
    return uses


USES = every_use()
DEFAULTS = [use for use in USES if use.id == use.scene]
each_use = pytest.mark.parametrize("use", USES, ids=lambda use: use.id)
each_scene = pytest.mark.parametrize("use", DEFAULTS, ids=lambda use: use.id)


class Centre:
    """A store, read on the last day on which something happened, with its sources just polled; and who draws it."""

    def __init__(self, home: Path, *, filled: bool) -> None:
        holder = Holder(settings_of(home))
        lay_tables(holder.engine)
        random = Random(11)
        told = make_world(random, dossiers=120, documents=60, polls=12)
        if filled:
            deliver(holder.engine, told, random)
        holder.clock = still_clock(end_of_day(told.last_day))
        self._read = holder.live()
        self._composers = {language: Composer(language, scene_modules()) for language in LANGUAGES}

    def here(self, states: Mapping[str, Freshness] | None = None) -> Live:
        """The sources last polled so long ago that they are in these states; those not named are fresh."""
        told = states or {}
        sources = [of_age(self._read, source, told.get(source.name, "fresh")) for source in self._read.sources]
        return replace(self._read, sources=sources)

    def drawn(self, use: SceneUse, here: Live | None = None, language: Language = "vi") -> Mapping[str, Any]:
        """The picture as a screen gets it; a scene that failed is a failure."""
        picture = self._composers[language].pictures(here or self.here(), [use])[use.id].document
        assert "Chưa dựng được" not in str(picture["sentence"])
        assert not str(picture["worst"].get("warning")).startswith("chưa làm mới được")
        return picture

    def states(self, use: SceneUse, state: Freshness) -> dict[str, str]:
        """The state of each block, and of the whole, when all sources are in this state."""
        picture = self.drawn(use, self.here(dict.fromkeys(FEEDS, state)))
        blocks = {name: block["mark"]["fresh"] for name, block in picture["blocks"].items()}
        return {**blocks, "": picture["worst"]["fresh"]}


@pytest.fixture(scope="module", params=["empty", "a world"])
def centre(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Centre:
    """With nothing in its store, and with everything."""
    return Centre(tmp_path_factory.mktemp("scenes"), filled=request.param != "empty")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Centre:
    """With everything in its store."""
    return Centre(tmp_path_factory.mktemp("scenes"), filled=True)


def settings_of(home: Path) -> Settings:
    sources = "".join(f'[[sources]]\nname = "{name}"\ndialect = "{dialect}"\n' for name, dialect in FEEDS.items())
    return parse_settings(f'[store]\nurl = "sqlite:///{home}/store.db"\n{sources}'.encode(), "test")


def of_age(here: Live, source: SourceHealth, state: Freshness) -> SourceHealth:
    age = AGES[state]
    known = source._replace(expected_age=LIMIT, last_good_at=None if age is None else here.now - age)
    assert known.at(here.now).state == state
    return known.at(here.now)


@each_use
def test_scene_has_title_answer_and_blocks_in_both_languages(centre: Centre, use: SceneUse) -> None:
    pictures = {language: centre.drawn(use, language=language) for language in LANGUAGES}
    for picture in pictures.values():
        assert picture["title"].strip()
        assert "".join(span["text"] for span in picture["sentence"]).strip()
    assert pictures["vi"]["title"] != pictures["en"]["title"]
    assert pictures["vi"]["sentence"] != pictures["en"]["sentence"]
    assert pictures["vi"]["blocks"].keys() == pictures["en"]["blocks"].keys()


@each_use
def test_blocks_stand_on_the_grid_and_beside_each_other(centre: Centre, use: SceneUse) -> None:
    places = [block["at"] for block in centre.drawn(use)["blocks"].values()]
    for at in places:
        assert min(at.values()) >= 1
        assert at["column"] + at["columns"] <= 13
        assert at["row"] + at["rows"] <= 13
    for one, other in combinations(places, 2):
        assert apart(one, other, "column") or apart(one, other, "row"), (one, other)


def apart(one: Mapping[str, int], other: Mapping[str, int], along: str) -> bool:
    first, second = sorted((one, other), key=lambda at: at[along])
    return first[along] + first[f"{along}s"] <= second[along]


@each_use
def test_rows_are_named_in_their_order_exactly_once(centre: Centre, use: SceneUse) -> None:
    for block in centre.drawn(use)["blocks"].values():
        rows = next((block[kept] for kept in ("rows", "columns", "parts", "lines", "cells") if kept in block), {})
        if "order" in block:
            assert sorted(block["order"]) == sorted(rows)


@each_scene
def test_same_store_gives_the_same_picture(world: Centre, use: SceneUse) -> None:
    once, again = (Composer("vi", scene_modules()).pictures(world.here(), [use]) for _time in range(2))
    assert once[use.id].document == again[use.id].document


@each_use
def test_frozen_source_ages_what_hangs_on_it_and_nothing_else(world: Centre, use: SceneUse) -> None:
    before = world.drawn(use)["blocks"]
    for frozen, state in product(FEEDS, AGES):
        after = world.drawn(use, world.here({frozen: state}))
        for name, block in after["blocks"].items():
            told = block["mark"]["fresh"]
            assert told in (before[name]["mark"]["fresh"], state)
            assert bool(block["mark"]["warning"]) == (told != "fresh")
            if block["figure"]:
                hangs = HANGS_ON.get(block["figure"], "motcua") == frozen
                assert told == (state if hangs else "fresh"), (name, block["figure"], frozen)
        some = any(block["mark"]["fresh"] == state for block in after["blocks"].values())
        assert after["worst"]["fresh"] == (state if some else "fresh")


@each_use
def test_all_figures_grow_old_together_with_all_sources(centre: Centre, use: SceneUse) -> None:
    found = {state: centre.states(use, state) for state in AGES}
    assert found["late"][""] == "late"
    for name, state in found["late"].items():
        # What the centre itself holds, such as its quarantine, is as fresh as the store.
        expected = list(AGES) if state == "late" else ["fresh"] * len(AGES)
        assert [found[age][name] for age in AGES] == expected, name


@each_scene
def test_store_that_cannot_be_read_ages_every_figure(world: Centre, use: SceneUse) -> None:
    good = world.here()
    for minutes, state in ((2, "late"), (4, "stale")):
        now = good.now + timedelta(minutes=minutes)
        picture = world.drawn(use, replace(good, stale_reason="down", now=now))
        assert {block["mark"]["fresh"] for block in picture["blocks"].values()} <= {state}
        assert picture["worst"]["fresh"] == state


@each_scene
@pytest.mark.parametrize("broken", ["look", "compose"])
def test_failed_refresh_leaves_the_last_good_picture_marked(world: Centre, use: SceneUse, broken: str) -> None:
    module, here = scene_modules()[use.scene], world.here()
    faulty = SimpleNamespace(SCENE=module.SCENE, look=module.look, compose=module.compose)
    composer = Composer("vi", {use.scene: cast(SceneModule, faulty)})
    good = composer.pictures(here, [use])[use.id].document
    setattr(faulty, broken, fault)
    later = replace(here, version=here.version + 1, now=here.now + timedelta(minutes=1))
    kept = composer.pictures(later, [use])[use.id].document
    assert without_marks(kept) == without_marks(good)
    for mark in [kept["worst"], *(block["mark"] for block in kept["blocks"].values())]:
        assert mark["fresh"] == "late"
        assert mark["warning"].startswith("chưa làm mới được từ")


def fault(*_asked: object) -> None:
    raise KeyError("a fault in a scene")


def without_marks(picture: Mapping[str, Any]) -> object:
    blocks = {name: {**block, "mark": block["mark"]["time"]} for name, block in picture["blocks"].items()}
    return {**picture, "blocks": blocks, "worst": None}
