"""The wall's layout file: what it says, what is refused with its line, how it is read again; how large type must be."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from math import atan, degrees
from pathlib import Path
from random import Random
from typing import cast

import pytest
from fontTools.ttLib import TTFont

import launch
from config import parse_settings, read_settings, write_settings
from errors import ConfigError
from wall.layout import CAPITAL, SHIPPED, LayoutError, Screen, read_layout, type_sizes
from wall.scenes._contract import SceneKind, SceneModule
from wall.schedule import loop
from wall.watch import LayoutWatch, layout_path

ROOT = Path(__file__).parent.parent
LARGE = SHIPPED.with_name("layout-3840x2160.toml")


@dataclass(frozen=True)
class Fake:
    SCENE: SceneKind


SCENES = cast(
    Mapping[str, SceneModule],
    {
        "overview": Fake(SceneKind(title="Overview")),
        "ranking": Fake(
            SceneKind(title="Ranking", parameters={"indicator": ("online", "on_time"), "kind": ("huyen", "so", "xa")})
        ),
    },
)
WHOLE = """\
version = 1
language = "en"

[night]
from = "22:00"
to = "05:30"
brightness = 0.4

[every_screen]  # common
width = 1920
height = 1080
height_mm = 685
distance_mm = 4000

[[screens]]
number = 2
height_mm = 1210
scenes = [
  # two scenes
  { scene = "overview", dwell = "40s" },
  { scene = "ranking", dwell = "1.5m", hours = "07:00-18:00", parameters = { kind = "so", indicator = "online" } },
]

[[screens]]
number = 1

[[screens.scenes]]
scene = "ranking"
dwell = "90s"
parameters.kind = "xa"
parameters.indicator = "on_time"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "layout.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_layout_is_read_with_defaults_filled_in(tmp_path: Path) -> None:
    layout = read_layout(written(tmp_path, WHOLE), SCENES)
    assert (layout.version, layout.language, list(layout.screens)) == (1, "en", [1, 2])
    assert layout.night is not None
    assert (layout.night.start, layout.night.end, layout.night.brightness) == (time(22), time(5, 30), 0.4)
    first, second = layout.screens.values()
    assert (first.width, first.height, first.height_mm, first.distance_mm) == (1920, 1080, 685, 4000)
    assert (second.height_mm, second.distance_mm) == (1210, 4000)
    overview, ranking = second.uses
    assert (overview.id, overview.parameters, overview.dwell, overview.hours) == (
        "overview",
        {},
        timedelta(seconds=40),
        None,
    )
    # The indicator told is the default: the scene is the same as without.
    assert (ranking.id, ranking.dwell, ranking.hours) == ("ranking?kind=so", timedelta(seconds=90), (time(7), time(18)))
    assert ranking.parameters == {"indicator": "online", "kind": "so"}
    assert [use.id for use in first.uses] == ["ranking?indicator=on_time&kind=xa"]


TWICE = '  { scene = "ranking", dwell = "40s", parameters = { kind = "so" } },'
ONLY_BY_DAY = '  { scene = "overview", dwell = "40s", hours = "06:00-20:00" },'


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("version = 1", "version = 2", 1, "version must be 1: the one"),
        ("version = 1\n", "", 1, "version must be 1: the one"),
        ('language = "en"', 'language = "fr"', 2, "language 'fr' is unknown; known: vi, en"),
        ('language = "en"', "lang = 3", 2, "unknown key 'lang'; known here: version, language, night, every_screen"),
        ('from = "22:00"', 'from = "24:00"', 5, "from must be a time such as \"22:00\", not '24:00'"),
        ('to = "05:30"', 'to = "22:00"', 6, "to must be another time than from"),
        ("brightness = 0.4", "brightness = 4", 7, "brightness must be a number from 0.05 to 1, not 4"),
        ("brightness = 0.4", "", 4, "brightness must be a number from 0.05 to 1, not missing"),
        ("brightness = 0.4", "brightness = nan", 7, "brightness must be"),
        ("[night]", "night = 5\n[evening]", 5, "unknown key 'evening'"),
        ("width = 1920", 'width = "1920"', 10, "width must be a whole number from 640 to 7680, not '1920'"),
        ("width = 1920", "width = true", 10, "width must be"),
        ("distance_mm = 4000\n", "", 14, "distance_mm must be a whole number from 300 to 50000, not missing"),
        ("height_mm = 1210", "height_mm = 12", 17, "height_mm must be a whole number from 100 to 5000, not 12"),
        ("number = 1", "number = 2", 25, "number 2 stands there twice"),
        ("number = 1", "", 24, "number must be a whole number from 1 to 99, not missing"),
        ('"40s"', '"40"', 20, "dwell '40' is no duration; write it as 30s, 1.5m or 1h"),
        ('"40s"', '"4s"', 20, "dwell '4s' is not allowed; 5s to 3600s"),
        ('"90s"', '"90h"', 29, "dwell '90h' is not allowed"),
        ('"90s"', '"999999999999999d"', 29, "is no duration"),
        ('dwell = "90s"\n', "", 27, "dwell missing is no duration"),
        ('"07:00-18:00"', '"7-18"', 21, "hours must be such as \"07:00-18:00\", not '7-18'"),
        ('"07:00-18:00"', '"07:00-25:00"', 21, "hours must be such as"),
        ('{ scene = "overview"', '{ scene = "overveiw"', 20, "scene 'overveiw' is unknown; known: overview, ranking"),
        ('{ scene = "overview",', "{", 20, "scene must be a text, not missing"),
        ('kind = "so"', 'kind = "tinh"', 21, "kind 'tinh' is unknown; known: huyen, so, xa"),
        ('parameters.kind = "xa"', 'parameters.kin = "xa"', 30, "unknown key 'kin'; known here: indicator, kind"),
        ("# two scenes", TWICE, 21, "scene 'ranking?kind=so' stands there twice in one loop"),
        ('  { scene = "overview", dwell = "40s" },', ONLY_BY_DAY, 18, "leave screen 2 with nothing to show at 20:00"),
        ('[night]\nfrom = "22:00"', '[night\nfrom = "22:00"', 4, "no TOML"),
        ('"1.5m", hours', '"1.5m" hours', 21, "no TOML"),
        ('indicator = "on_time"\n', 'indicator = "on_time', 31, "no TOML"),
        ("version = 1", "version = " + "1" * 5000, 31, "no TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, reason: str) -> None:
    assert old in WHOLE
    path = written(tmp_path, WHOLE.replace(old, new, 1))
    with pytest.raises(LayoutError) as raised:
        read_layout(path, SCENES)
    assert str(raised.value).startswith(f"{path} line {raised.value.line}: ")
    assert reason in raised.value.reason
    assert raised.value.line == line


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"none\.toml: cannot be read \(No such file"):
        read_layout(tmp_path / "none.toml", SCENES)
    (tmp_path / "layout.toml").write_bytes(b"version = 1\n# \xff\n")
    with pytest.raises(LayoutError, match="line 2: is not written in UTF-8"):
        read_layout(tmp_path / "layout.toml", SCENES)


def refused_at(path: Path) -> int:
    """The line for which a file is refused; 0 when it is taken."""
    try:
        read_layout(path, SCENES)
    except LayoutError as error:
        return error.line or -1
    return 0


def test_a_damaged_file_is_a_layout_or_a_line_never_a_crash(tmp_path: Path) -> None:
    random, path = Random(6), tmp_path / "layout.toml"
    refused = 0
    for _attempt in range(150):
        text = list(WHOLE)
        for _damage in range(random.randint(1, 3)):
            text[random.randrange(len(text))] = random.choice(["", "\n", '"', "[", "]", "9", "=", "x", "{", "."])
        path.write_text("".join(text), "utf-8")
        line = refused_at(path)
        refused += line > 0
        assert 0 <= line <= len("".join(text).splitlines())
    assert refused > 75


@pytest.mark.parametrize("path", [SHIPPED, LARGE], ids=["1920×1080", "3840×2160"])
def test_shipped_layout_has_nine_screens_that_change_together(path: Path) -> None:
    layout = read_layout(path)
    assert layout.language == "vi"
    assert layout.night is not None
    first = [screen.uses[0].id for screen in layout.screens.values()]
    assert first == ["overview", "map", "ranking", "overdue", "online", "documents", "conferences", "moved", "centre"]
    assert list(layout.screens) == list(range(1, 10))
    for moment in (time(3), time(10)):
        loops = [loop(screen, moment) for screen in layout.screens.values()]
        assert all(2 <= len(found) <= 3 for found in loops)
        assert len({tuple(dwell for _scene, dwell in found) for found in loops}) == 1
        # At every moment the nine screens show nine different pictures.
        for shown in zip(*loops, strict=True):
            assert len({scene for scene, _dwell in shown}) == 9


def test_the_two_shipped_layouts_differ_in_their_pixels_only() -> None:
    small, large = read_layout(SHIPPED), read_layout(LARGE)
    assert {(screen.width, screen.height) for screen in small.screens.values()} == {(1920, 1080)}
    assert {(screen.width, screen.height) for screen in large.screens.values()} == {(3840, 2160)}
    for number, screen in small.screens.items():
        assert screen.uses == large.screens[number].uses
        assert (screen.height_mm, screen.distance_mm) == (685, 4000)
    told = [
        [line for line in path.read_text("utf-8").splitlines() if not line.startswith(("#", "width", "height "))]
        for path in (SHIPPED, LARGE)
    ]
    assert told[0] == told[1]


def screen(height: int, height_mm: int, distance_mm: int) -> Screen:
    return Screen(
        number=1, width=height * 16 // 9, height=height, height_mm=height_mm, distance_mm=distance_mm, uses=()
    )


def test_type_of_the_default_screen_is_as_worked_out_by_hand() -> None:
    # 22 arc-minutes at 4 m are 25.6 mm, 40.4 px of 1080 on 685 mm: 41 px, type of 41 / 0.74 = 55.4 px.
    assert type_sizes(screen(1080, 685, 4000)) == {"head": 56.0, "read": 41.0, "small": 26.0}
    assert type_sizes(screen(2160, 685, 4000)) == {"head": 110.0, "read": 80.0, "small": 50.0}


@pytest.mark.parametrize(("height", "height_mm", "distance_mm"), [(1080, 685, 4000), (2160, 1210, 7350), (1080, 60, 9)])
def test_a_capital_is_seen_under_the_angle_that_its_text_needs(height: int, height_mm: int, distance_mm: int) -> None:
    least = {"head": 22, "read": 16, "small": 10}
    for name, size in type_sizes(screen(height, height_mm, distance_mm)).items():
        millimetres = int(size * CAPITAL) * height_mm / height
        assert degrees(2 * atan(millimetres / 2 / distance_mm)) * 60 >= least[name]


def test_capitals_of_the_shipped_fonts_are_as_high_as_we_say() -> None:
    fonts = sorted((ROOT / "pages" / "static").glob("be-vietnam-pro-*.woff2"))
    assert len(fonts) == 8
    for path in fonts:
        font = TTFont(path)
        assert font["OS/2"].sCapHeight / font["head"].unitsPerEm == CAPITAL


def replaced(path: Path, text: str) -> None:
    """Replace a file as an editor does; the new one is surely another."""
    beside = path.with_suffix(".new")
    beside.write_text(text, "utf-8")
    os.replace(beside, path)


def test_a_changed_file_is_read_again_and_a_bad_one_refused(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    watch = LayoutWatch(path, SCENES)
    first, problem = watch.current()
    assert (list(first.screens), problem) == ([1, 2], None)
    assert watch.current()[0] is first
    replaced(path, WHOLE.replace("number = 1", "number = 2"))
    kept, problem = watch.current()
    assert kept is first
    assert problem == f"{path} line 25: number 2 stands there twice"
    assert watch.current() == (kept, problem)
    path.unlink()
    kept, problem = watch.current()
    assert kept is first
    assert problem == f"{path}: cannot be read (No such file or directory)"
    replaced(path, WHOLE.replace("number = 1", "number = 7"))
    changed, problem = watch.current()
    assert (list(changed.screens), problem) == ([2, 7], None)


def test_a_file_that_is_bad_from_the_start_leaves_the_shipped_layout(tmp_path: Path) -> None:
    watch = LayoutWatch(written(tmp_path, "version = 3\n"))
    layout, problem = watch.current()
    assert len(layout.screens) == 9
    assert problem is not None
    assert "layout.toml line 1: version must be" in problem


def test_check_tells_whether_the_layout_is_good(tmp_path: Path) -> None:
    def told(layout: str) -> list[tuple[str, bool]]:
        settings = parse_settings(f'[store]\nurl = "sqlite:///{tmp_path}/a.db"\n{layout}'.encode(), "ioc.toml")
        return [check for check in launch.checks(settings) if check[0].startswith("wall:")]

    path = written(tmp_path, "version = 1\nlanguage = 'lo'\n")
    assert told("") == [("wall: the layout shows 9 screens", True)]
    assert told(f'[wall]\nlayout = "{path}"\n') == [
        (f"wall: {path} line 2: language 'lo' is unknown; known: vi, en", False)
    ]


def test_settings_name_the_layout_from_where_they_lie(tmp_path: Path) -> None:
    told = tmp_path / "ioc.toml"
    told.write_text('[wall]\nlayout = "wall/ours.toml"\npairing = "always"\n', "utf-8")
    settings = read_settings(told)
    assert (layout_path(settings), settings.wall.pairing) == (tmp_path / "wall" / "ours.toml", "always")
    write_settings(settings, tmp_path / "again.toml")
    assert read_settings(tmp_path / "again.toml") == settings
    plain = parse_settings(b"", "ioc.toml")
    assert (layout_path(plain), plain.wall.pairing) == (SHIPPED, "remote")
    with pytest.raises(ConfigError, match="Invalid enum value 'never'"):
        parse_settings(b'[wall]\npairing = "never"\n', "ioc.toml")
    with pytest.raises(ConfigError, match=r"unknown setting \[wall\] layuot; known here: layout, pairing"):
        parse_settings(b'[wall]\nlayuot = "a"\n', "ioc.toml")
