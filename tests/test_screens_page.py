"""The buttons of the page Screens act on what is chosen when they are pressed, not on what they were drawn for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from store.engine import open_engine
from store.screens import pin, pins
from tests.looked_at import looked_at
from tests.settings_text import STANDING
from tests.stores import lay_tables

SCREEN, SCENE, REVOKED = "wall_screen", "wall_scene", "revoked_screen"
ALL = 0


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty store that the page looks at, with the shipped layout of nine screens."""
    opened = open_engine(f"sqlite:///{tmp_path}/store.db")
    lay_tables(opened)
    with looked_at(tmp_path, STANDING.format(home=tmp_path, time="12:00")):
        yield opened
    opened.dispose()


@pytest.fixture
def page(engine: Engine) -> AppTest:
    """The page, drawn once: screen 1 is chosen everywhere."""
    drawn = AppTest.from_string("from pages.operators.screens import draw\ndraw()", default_timeout=30).run()
    assert not drawn.exception
    return drawn


def choose(page: AppTest, key: str, value: Any) -> None:
    """Choose, without waiting until the page is drawn for it."""
    page.selectbox(key=key).set_value(value)


def press(page: AppTest, key: str) -> None:
    page.button(key=key).click().run()
    assert not page.exception


def test_a_screen_is_held_that_was_chosen_just_before_the_press(page: AppTest, engine: Engine) -> None:
    choose(page, SCREEN, 3)
    press(page, "wall_pause")
    assert set(pins(engine)) == {3}


def test_a_screen_goes_on_that_was_chosen_just_before_the_press(page: AppTest, engine: Engine) -> None:
    pin(engine, {1: "overview", 4: "overview"}, 0)
    choose(page, SCREEN, 4)
    press(page, "wall_repeat")
    assert set(pins(engine)) == {1}


def test_a_scene_is_shown_that_was_chosen_just_before_the_press(page: AppTest, engine: Engine) -> None:
    first = page.session_state[SCENE]
    choose(page, SCREEN, 2)
    page.selectbox(key=SCENE).select_index(1)
    press(page, "wall_play_arrow")
    [(number, pinned)] = pins(engine).items()
    assert number == 2
    assert pinned.scene == page.session_state[SCENE] != first


def test_all_screens_change_only_after_a_question_also_when_all_were_chosen_just_before(
    page: AppTest, engine: Engine
) -> None:
    choose(page, SCREEN, ALL)
    press(page, "wall_play_arrow")
    assert pins(engine) == {}
    press(page, "wall_check")
    assert set(pins(engine)) == set(range(1, 10))


def test_the_question_is_about_the_screen_that_was_chosen_just_before_the_press(page: AppTest) -> None:
    choose(page, REVOKED, 2)
    press(page, "revoked_ask")
    asked = [element.proto.body for element in page.get("html") if "2" in element.proto.body]
    assert page.session_state["revoked_asked"] == 2
    assert any('role="alert"' in body for body in asked)
    press(page, "revoked_no")
    assert "revoked_asked" not in page.session_state
