"""Real sign-ins in a real browser at a real provider: who gets what, and what is nobody's any more."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

from config import read_settings
from pages._discovery import page_modules
from tests.browser.conftest import Visit
from tests.browser.english import english_words
from tests.browser.looks import by_keyboard, learn_to_look, violations_of
from tests.guarded_centre import MACHINE_TOKEN, Guarded, cookies_in, guarded_centre, sign_in
from tests.oidc_provider import COOKIE_SECRET
from tests.servers import NotInstalledError
from tests.sign_ins import claims, cookies_of
from tests.wall_stream import comes_true

Visiting = Callable[..., Visit]
FOR_ALL = {
    "overview", "index766", "wall", "my-unit", "ranking", "explore", "chance", "report-06a", "notes", "definitions",
    "articles",
}  # fmt: skip
OPERATORS = {"sources", "reconciliation", "targets", "returns", "screens", "messages", "quarantine", "audit"}
# Login, name and role as shown, the pages of the menu, one that is not for this role.
PEOPLE = {
    "staff": ("minh", "Bùi Văn Minh", "Cán bộ đơn vị", FOR_ALL | {"today"}, "sources"),
    "operator": ("tuan", "Đinh Anh Tuấn", "Cán bộ vận hành", FOR_ALL | OPERATORS, "today"),
    "leader": ("lan", "Nguyễn Thị Lan", "Lãnh đạo", FOR_ALL | {"today", "audit"}, "targets"),
    "analyst": ("hoa", "Quách Thị Hoa", "Chuyên viên phân tích", FOR_ALL | {"today"}, "quarantine"),
}
# What a stranger asks for: files, figures of machines, an upload, what others have brought or drawn.
DOORS = [
    ("GET", "/export/ranking.csv?kind=so"),
    ("GET", "/metrics"),
    ("GET", "/health/data"),
    ("GET", "/_stcore/metrics"),
    ("PUT", "/_stcore/upload_file/any-session/any-file"),
    ("GET", "/media/any-picture.png"),
    ("GET", "/no-path-that-anybody-has-thought-of"),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, settings_file: Path) -> Iterator[Guarded]:
    try:
        with guarded_centre(tmp_path_factory.mktemp("guarded"), read_settings(settings_file)) as running:
            yield running
    except NotInstalledError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def guarded(running: Guarded) -> Iterator[Guarded]:
    """The centre, with every account as in the beginning."""
    yield running
    running.provider.heal()


@pytest.fixture
def arrive(guarded: Guarded, visit: Visiting) -> Callable[..., Page]:
    """Opens a page of the centre as somebody who has not signed in, and signs in as `login` where that is given."""

    def go(path: str, login: str = "", **size: int) -> Page:
        page = visit(guarded.web.address, **size).page
        page.goto(guarded.web.address + path)
        if login:
            sign_in(page, login)
        return page

    return go


def gate(page: Page) -> Locator:
    """The heading of the page to sign in."""
    return page.get_by_role("heading", name="Đăng nhập để tiếp tục")


def expect_nothing_but_the_gate(page: Page) -> None:
    """Nothing of the centre is left on the page: no figure, no menu."""
    expect(gate(page)).to_be_visible()
    expect(page.locator(".ioc-table, .ioc-bars, .ioc-tiles, .ioc-top, .ioc-group")).to_have_count(0)


@pytest.mark.parametrize("role", PEOPLE)
def test_a_role_comes_to_the_page_that_was_wanted_and_is_offered_its_own(
    role: str, guarded: Guarded, arrive: Callable[..., Page]
) -> None:
    login, name, shown, offered, refused = PEOPLE[role]
    page = arrive("/ranking?kind=xa&lang=vi")
    expect_nothing_but_the_gate(page)
    sign_in(page, login)
    expect(page.locator(".ioc-bars").first).to_be_visible()
    assert page.url == f"{guarded.web.address}/ranking?kind=xa&lang=vi"
    expect(page.locator(".ioc-who")).to_have_text(f"{name}{shown}")
    links = page.get_by_test_id("stSidebar").get_by_role("link")
    expect(links).to_have_count(len(offered))
    assert {link.get_attribute("href").rpartition("/")[2].partition("?")[0] for link in links.all()} == offered
    page.goto(f"{guarded.web.address}/{refused}")
    expect(page.get_by_text("Trang này không dành cho vai trò của bạn.")).to_be_visible()
    assert page.locator(".ioc-table, [data-testid=stForm]").count() == 0


def test_staff_of_one_unit_come_to_its_work_and_may_look_at_another(
    guarded: Guarded, arrive: Callable[..., Page]
) -> None:
    page = arrive("/today", "minh")
    expect(page.locator(".ioc-whose b")).to_have_text("Sở Tài chính")
    page.get_by_role("link", name="Đổi đơn vị").click()
    expect(page.get_by_text("Đơn vị của bạn là đơn vị nào?")).to_be_visible()


@pytest.mark.chaos
def test_who_has_no_role_is_told_whom_to_ask_and_can_leave(guarded: Guarded, arrive: Callable[..., Page]) -> None:
    page = arrive("/sources", "khach")
    expect(page.get_by_role("heading", name="Tài khoản chưa được phân quyền")).to_be_visible()
    expect(page.get_by_text("Đề nghị liên hệ người quản lý nhóm tại 127.0.0.1")).to_be_visible()
    assert page.locator(".ioc-group, .ioc-table").count() == 0
    assert {guarded.ask(path, cookies_in(page), method) for method, path in DOORS} == {401}
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_role("button", name="Yes, sign me out")).to_be_visible()


def test_after_sign_out_neither_the_browser_nor_a_copy_of_its_cookies_gets_anything(
    guarded: Guarded, arrive: Callable[..., Page], browser: Browser
) -> None:
    page = arrive("/ranking", "lan")
    expect(page.locator(".ioc-bars").first).to_be_visible()
    copied = cookies_in(page)
    assert guarded.ask("/export/ranking.csv", copied) == 200
    page.get_by_role("button", name="Đăng xuất").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page.get_by_text("Đã đăng xuất.")).to_be_visible()
    assert cookies_in(page) == {}
    assert {guarded.ask(path, copied, method) for method, path in DOORS} == {401}
    with thief_of(copied, guarded, browser) as thief:
        thief.goto(f"{guarded.web.address}/ranking")
        expect_nothing_but_the_gate(thief)
        expect(thief.get_by_text("Đã đăng xuất.")).to_be_visible()


class thief_of:  # noqa: N801  # reads as a word of the test
    """Another person's browser that shows these cookies."""

    def __init__(self, cookies: dict[str, str], guarded: Guarded, browser: Browser) -> None:
        self._context = browser.new_context()
        own: Any = [{"name": name, "value": value, "url": guarded.web.address} for name, value in cookies.items()]
        self._context.add_cookies(own)

    def __enter__(self) -> Page:
        return self._context.new_page()

    def __exit__(self, *_error: object) -> None:
        self._context.close()


def test_an_open_page_follows_the_groups_and_stops_showing_figures(
    guarded: Guarded, arrive: Callable[..., Page]
) -> None:
    page = arrive("/sources", "tuan")
    expect(page.locator(".ioc-who")).to_contain_text("Cán bộ vận hành")
    cookies = cookies_in(page)
    assert guarded.ask("/metrics", cookies) == 200
    guarded.provider.tell(tuan=["toan-co-quan"])
    expect(page.get_by_role("heading", name="Tài khoản chưa được phân quyền")).to_be_visible()
    expect(page.locator(".ioc-table, .ioc-top, .ioc-group")).to_have_count(0)
    assert guarded.ask("/metrics", cookies) == 401
    guarded.provider.tell(tuan=["ioc-phan-tich"])
    assert comes_true(lambda: guarded.ask("/metrics", cookies) == 403)  # who is known, and may not
    page.reload()
    expect(page.locator(".ioc-who")).to_contain_text("Chuyên viên phân tích")


@pytest.mark.chaos
def test_an_open_page_stops_when_its_time_is_over_and_comes_back_after_signing_in(
    guarded: Guarded, arrive: Callable[..., Page]
) -> None:
    page = arrive("/explore?part=days", "hoa")
    expect(page.locator(".ioc-top")).to_be_visible()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Xếp hạng").click()
    expect(page.locator(".ioc-bars").first).to_be_visible()
    here = page.url
    guarded.let_time_pass(8)
    expect(page.get_by_text("Phiên đăng nhập đã hết hạn.")).to_be_visible()
    expect_nothing_but_the_gate(page)
    sign_in(page, "hoa")
    expect(page.locator(".ioc-bars").first).to_be_visible()
    assert page.url == here


@pytest.mark.chaos
def test_what_the_provider_has_ended_is_over_here(guarded: Guarded, arrive: Callable[..., Page]) -> None:
    page = arrive("/ranking", "lan")
    expect(page.locator(".ioc-bars").first).to_be_visible()
    guarded.provider.tell(userinfo=401)
    expect(page.get_by_text("127.0.0.1 đã kết thúc phiên đăng nhập.")).to_be_visible()
    expect_nothing_but_the_gate(page)


def forged(guarded: Guarded, page: Page) -> dict[str, dict[str, str]]:
    """Cookies that are worth nothing here, beside those of the person on the page, which are."""
    good, origin = cookies_in(page), guarded.web.address
    user = good["_streamlit_user"]
    said = claims(origin=origin, groups=["ioc-lanh-dao", "ioc-van-hanh"])
    return {
        "none": {},
        "tampered": {**good, "_streamlit_user": user[:10] + ("A" if user[10] != "A" else "B") + user[11:]},
        "of another secret": cookies_of(said, secret=COOKIE_SECRET[::-1]),
        "of another centre": cookies_of({**said, "origin": "https://elsewhere.example.vn"}),
        "of another client": cookies_of({**said, "aud": "elsewhere"}),
        "made up by who knows the secret": cookies_of(said),
    }


def test_stolen_foreign_and_made_up_cookies_and_tokens_get_nothing_at_any_door(
    guarded: Guarded, arrive: Callable[..., Page], browser: Browser
) -> None:
    page = arrive("/sources", "tuan")
    expect(page.locator(".ioc-who")).to_be_visible()
    assert guarded.ask("/metrics", cookies_in(page)) == 200
    for what, cookies in forged(guarded, page).items():
        answers = {path: guarded.ask(path, cookies, method) for method, path in DOORS}
        assert set(answers.values()) == {401}, (what, answers)
        assert closed_with(guarded, cookies) == 4401, what
    for token in ("", "x", MACHINE_TOKEN[:-1], MACHINE_TOKEN + "x", cookies_in(page)["_streamlit_user"]):
        assert {guarded.ask(path, method=method, token=token) for method, path in DOORS} == {401}
    assert closed_with(guarded, cookies_in(page)) == 4401  # a person is no screen
    with thief_of(forged(guarded, page)["made up by who knows the secret"], guarded, browser) as thief:
        thief.goto(f"{guarded.web.address}/sources")
        expect_nothing_but_the_gate(thief)


def closed_with(guarded: Guarded, cookies: dict[str, str]) -> int:
    """The code with which the wall's stream sends away who shows these cookies."""
    words = "; ".join(f"{name}={value}" for name, value in cookies.items())
    address = f"{guarded.web.address.replace('http', 'ws')}/api/wall/stream?screen=1"
    with connect(address, additional_headers={"Cookie": words}, origin=Origin(guarded.web.address)) as stream:
        try:
            while True:
                assert "blocks" not in str(stream.recv(20))
        except ConnectionClosed:
            return stream.close_code or 0


def test_a_machine_gets_its_figures_and_no_more(guarded: Guarded) -> None:
    assert guarded.ask("/metrics", token=MACHINE_TOKEN) == 200
    assert guarded.ask("/health/data", token=MACHINE_TOKEN) in (200, 503)  # whatever the sources' age
    assert guarded.ask("/export/ranking.csv", token=MACHINE_TOKEN) == 403
    for path in ("/health/live", "/health/ready"):
        assert guarded.ask(path) == 200


def test_a_screen_of_the_wall_is_shown_no_page_to_sign_in(guarded: Guarded, arrive: Callable[..., Page]) -> None:
    page = arrive("/wall?screen=1")
    expect(page.locator(".pairing-title")).to_be_visible()
    assert gate(page).count() == 0


@pytest.mark.parametrize("wanted", ["//elsewhere.example/ranking", "https://elsewhere.example", "/auth/logout"])
@pytest.mark.chaos
def test_a_link_to_sign_in_leads_to_no_other_server(wanted: str, guarded: Guarded, arrive: Callable[..., Page]) -> None:
    page = arrive(f"/sign-in?to={wanted}")
    page.get_by_placeholder("Enter any login").fill("lan")
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    expect(page.locator(".ioc-who")).to_be_visible()
    assert page.url == f"{guarded.web.address}/"


def test_an_answer_of_the_provider_that_nobody_asked_for_begins_nothing(
    guarded: Guarded, arrive: Callable[..., Page]
) -> None:
    page = arrive("/oauth2callback?state=made-up&code=made-up")
    expect(page.get_by_text("Đăng nhập không thành công.")).to_be_visible()
    assert cookies_in(page) == {}


@pytest.mark.chaos
def test_the_cookies_of_a_sign_in_end_with_it_and_no_script_reads_them(
    guarded: Guarded, arrive: Callable[..., Page]
) -> None:
    page = arrive("/ranking", "lan")
    expect(page.locator(".ioc-who")).to_be_visible()
    held = [cookie for cookie in page.context.cookies() if cookie["name"].startswith("_streamlit_user")]
    now = page.evaluate("Date.now() / 1000")
    assert {(cookie["httpOnly"], cookie["sameSite"]) for cookie in held} == {(True, "Lax")}
    assert all(0 < cookie["expires"] - now <= 8 * 3600 for cookie in held)
    assert page.evaluate("document.cookie").count("_streamlit_user") == 0


@pytest.mark.parametrize("language", ["vi", pytest.param("en", marks=pytest.mark.chaos)])
def test_the_page_to_sign_in_is_for_everybody(language: str, guarded: Guarded, visit: Visiting) -> None:
    seen = visit(guarded.web.address, 360, 800)
    page = seen.page
    page.goto(f"{guarded.web.address}/ranking?lang={language}")
    enter = page.get_by_role("link", name="Đăng nhập" if language == "vi" else "Sign in", exact=True)
    expect(enter).to_be_visible()
    learn_to_look(page)
    assert violations_of(page) == []
    assert by_keyboard(page) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    if language == "vi":
        assert english_words([said for said in page.evaluate("look.said()") if said != "English"]) == []
    assert seen.outside == []
    assert {"/" + module.PAGE.path for module in page_modules()} & set(page.content().split('"')) == set()
