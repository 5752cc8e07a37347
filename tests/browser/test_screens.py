"""Screens as devices, in real browsers: one shows the wall, another is the operator's."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as TakesTooLong

from clock import real_clock, still_clock
from config import StoreSettings, WallSettings, read_settings, write_settings
from store.engine import open_engine
from store.pairing import approve_pairing, begin_pairing, claim
from store.screens import ScreenReport, forget_screen, pins, put_reports, unpin
from tests.browser.conftest import PLACE, Centre, Visit, web_server

Visiting = Callable[..., Visit]
LAYOUT = """version = 1
language = "vi"
[every_screen]
width = 1366
height = 768
height_mm = 685
distance_mm = 4000
"""
SCREEN = """[[screens]]
number = {number}
scenes = [{{ scene = "conferences", dwell = "1h" }}, {{ scene = "centre", dwell = "1h" }}]
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("screens")


@pytest.fixture(scope="module")
def paired(home: Path, settings_file: Path) -> Iterator[Centre]:
    """A centre of three screens that all need a token, with a store and a layout of its own."""
    settings = read_settings(settings_file)
    with sqlite3.connect(settings.database_url.removeprefix("sqlite:///")) as polled:
        with sqlite3.connect(home / "store.db") as own:
            polled.backup(own)
        own.close()
    polled.close()
    write_layout(home)
    settings = msgspec.structs.replace(
        settings,
        store=StoreSettings(url=f"sqlite:///{home}/store.db"),
        wall=WallSettings(layout=str(home / "layout.toml"), pairing="always"),
    )
    write_settings(settings, home / "ioc.toml")
    engine = open_engine(settings.database_url)
    with web_server(home / "ioc.toml") as address:
        yield Centre(address, engine, settings, still_clock(PLACE.start))
    engine.dispose()


@pytest.fixture
def centre_of_screens(paired: Centre, home: Path) -> Iterator[Centre]:
    """That centre, with no screen paired or held and its good layout."""
    yield paired
    write_layout(home)
    unpin(paired.engine, [1, 2, 3])
    for number in (1, 2, 3):
        forget_screen(paired.engine, number)


def write_layout(home: Path, more: str = "") -> None:
    screens = "".join(SCREEN.format(number=number) for number in (1, 2, 3))
    (home / "layout.toml").write_text(LAYOUT + screens + more, "utf-8")


def state(page: Page) -> dict[str, Any]:
    """What the wall's page says of itself."""
    found: dict[str, Any] = page.evaluate("globalThis.iocWall?.state() ?? {}")
    return found


def wait_for(page: Page, condition: str, *, seconds: float = 20) -> dict[str, Any]:
    """Until the wall's page says so of itself: `condition` on `state`, in JavaScript."""
    told = f"() => {{ const state = globalThis.iocWall?.state(); return state && ({condition}); }}"
    page.wait_for_function(told, timeout=seconds * 1000)
    return state(page)


def paired_wall(centre: Centre, visit: Visiting, number: int) -> Page:
    """The open wall of a screen that has its token."""
    now = real_clock().now()
    begun = begin_pairing(centre.engine, number, now)
    assert begun
    approve_pairing(centre.engine, begun.code, number, "Bùi Thị Mai", now)
    token = claim(centre.engine, begun.secret, number, now).token
    page = visit(centre.address).page
    cookie = {"name": f"ioc_screen_{number}", "value": token, "domain": "127.0.0.1", "path": "/api/wall"}
    page.context.add_cookies([{**cookie, "httpOnly": True, "sameSite": "Strict"}])  # type: ignore[list-item]
    page.goto(f"{centre.address}/wall?screen={number}")
    wait_for(page, "state.connected && state.scene")
    return page


def operator(centre: Centre, visit: Visiting) -> Visit:
    seen = visit(centre.address)
    seen.open("/screens")
    seen.page.get_by_role("button", name="Thu hồi").wait_for()
    return seen


def choose(page: Page, place: str, option: str) -> None:
    """Choose an option of one of the page's lists, found by the key of its element."""
    wanted = page.get_by_role("option", name=option, exact=True)
    # Streamlit closes a list that is open while the page above it grows: then an operator opens it again.
    for _attempt in range(3):
        page.locator(f".st-key-{place} [role=combobox]").press("ArrowDown")
        with suppress(TakesTooLong):
            wanted.click(timeout=5000)
            return
    pytest.fail(f"the list {place} does not stay open")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def type_code(page: Page, code: str, by: str) -> None:
    page.get_by_label("Mã ghép nối").fill(code)
    page.get_by_label("Người nhập (họ và tên)").fill(by)
    press(page, "Ghép nối")


def row(page: Page, number: int) -> Any:
    return page.locator(".ioc-screens tr").filter(has_text=f"Màn hình {number}")


def test_a_screen_lives_from_the_typing_of_its_code_to_its_revocation(
    centre_of_screens: Centre, visit: Visiting
) -> None:
    wall = visit(centre_of_screens.address).page
    address = f"{centre_of_screens.address}/wall?screen=2"
    wall.goto(address)
    code = wait_for(wall, "state.pairing")["pairing"]
    assert wall.get_by_text(code, exact=True).is_visible()
    desk = operator(centre_of_screens, visit).page
    expect(desk.get_by_role("status").filter(has_text="đang chờ nhập")).to_contain_text("màn hình 2")
    expect(row(desk, 2)).to_contain_text("đang hiện mã")

    type_code(desk, code, "")
    desk.get_by_text("Hãy ghi rõ người nhập.").wait_for()
    type_code(desk, code, "Bùi Thị Mai")
    desk.get_by_text("Mã này là của màn hình khác").wait_for()
    choose(desk, "pairing_screen", "Màn hình 2")
    type_code(desk, f"{code.lower().replace('-', ' ')} ", "Bùi Thị Mai")
    desk.get_by_text("Màn hình 2 đã được ghép nối, sẽ chiếu sau vài giây.").wait_for()

    assert wait_for(wall, "state.connected && state.scene")["pairing"] is None
    [token] = [kept for kept in wall.context.cookies() if kept["name"] == "ioc_screen_2"]  # type: ignore[typeddict-item]
    assert wall.url == address
    assert "ioc_" not in wall.evaluate("document.cookie")
    assert token["value"] not in wall.content()  # type: ignore[typeddict-item]
    desk.locator(".ioc-devices").get_by_text("Bùi Thị Mai").wait_for()

    choose(desk, "revoked_screen", "Màn hình 2")
    press(desk, "Thu hồi")
    press(desk, "Hủy")
    expect(desk.get_by_role("button", name="Đồng ý, thu hồi")).to_have_count(0)
    assert state(wall)["pairing"] is None
    press(desk, "Thu hồi")
    press(desk, "Đồng ý, thu hồi")
    desk.get_by_text("Đã thu hồi quyền của Màn hình 2").wait_for()
    assert wait_for(wall, "state.pairing")["pairing"] != code


def test_operator_steers_one_screen_and_all_and_is_told_what_happened(
    centre_of_screens: Centre, visit: Visiting
) -> None:
    engine = centre_of_screens.engine
    wall = paired_wall(centre_of_screens, visit, 1)
    first = state(wall)["scene"]
    desk = operator(centre_of_screens, visit).page
    press(desk, "Giữ")
    desk.get_by_text("Màn hình 1 chiếu và giữ cảnh").wait_for()
    assert {number: pin.scene for number, pin in pins(engine).items()} == {1: first}
    expect(row(desk, 1)).to_contain_text("đang giữ")
    press(desk, "Tiếp")
    other = wait_for(wall, f"state.scene !== '{first}'")["scene"]
    assert {first, other} == {"conferences", "centre"}
    press(desk, "Lùi")
    wait_for(wall, f"state.scene === '{first}'")

    choose(desk, "wall_screen", "Tất cả màn hình")
    choose(desk, "wall_scene", "Họp trực tuyến")
    press(desk, "Chiếu cảnh này trên tất cả")
    desk.get_by_text("trên cả 3 màn hình cho đến khi được trả về vòng?").wait_for()
    assert set(pins(engine)) == {1}, "nothing before it is confirmed"
    press(desk, "Hủy")
    expect(desk.get_by_text("cho đến khi được trả về vòng?")).to_have_count(0)
    press(desk, "Chiếu cảnh này trên tất cả")
    press(desk, "Đồng ý, chiếu tất cả")
    desk.get_by_text("Cả 3 màn hình chiếu và giữ cảnh “Họp trực tuyến”.").wait_for()
    wait_for(wall, "state.scene === 'conferences'")
    assert {number: pin.scene for number, pin in pins(engine).items()} == dict.fromkeys((1, 2, 3), "conferences")
    press(desk, "Chiếu theo vòng")
    desk.get_by_text("Cả 3 màn hình chiếu tiếp theo vòng.").wait_for()
    assert pins(engine) == {}
    expect(row(desk, 1)).to_contain_text("theo vòng")


def test_page_alarms_by_itself_when_a_screen_is_silent_or_a_layout_is_refused(
    centre_of_screens: Centre, visit: Visiting, home: Path
) -> None:
    desk = operator(centre_of_screens, visit)
    expect(desk.page.get_by_role("alert")).to_have_count(0)
    now = real_clock().now()
    alive = ScreenReport(1, now, "centre", "old", 31_000_000, -1500, "late", now, 2, 1, 800, 600)
    silent = alive._replace(screen=3, seen_at=now - timedelta(minutes=4))
    put_reports(centre_of_screens.engine, [alive, silent])
    alarm = desk.page.get_by_role("alert").filter(has_text="Màn hình 3 im lặng từ")
    alarm.wait_for(timeout=10_000)
    expect(row(desk.page, 3)).to_contain_text("im lặng")
    for told in ("hoạt động", "giây trước", "chậm"):
        expect(row(desk.page, 1)).to_contain_text(told)
    technical = desk.page.locator(".ioc-devices tbody tr").first
    for told in ("31 MB", "▲ −1.500 ms", "▲ 800×600, bố cục ghi 1366×768", "▲ bản cũ: old", "không cần mã truy cập"):
        expect(technical).to_contain_text(told)
    write_layout(home, "[[screens]]\nnumber = 4\nscenes = []\n")
    desk.page.get_by_role("alert").filter(has_text="line").wait_for(timeout=10_000)
    write_layout(home)
    expect(desk.page.get_by_role("alert")).to_have_count(1)
    assert desk.errors == []
