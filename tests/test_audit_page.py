"""The audit log as operators see it: the page, files that leave, who is the author, and the commands."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from access.principal import Principal
from pages._export_routes import export_routes
from pages._live import holder
from pages._visitor import acting
from pages.operators._audit_chain import ChainWatch, chain_watch
from store.audit import Deed, Head, record
from store.audit_reads import entries, head_of
from store.engine import open_engine, writing
from tests.command_line import Ended, call_ioc
from tests.looked_at import looked_at
from tests.settings_text import STANDING
from tests.stores import lay_tables

SIGN_IN = Deed("Lò Thị Mai", "sign_in", "sign-in", details={"roles": ["leader", "analyst"]})
TARGET = Deed("Bùi Văn Nam", "target", "online_dossier_rate so 2021-01-01", "<b>giao</b> đầu năm", {"after": 1})
MAI = Principal("Lò Thị Mai", "mai", frozenset({"operator", "analyst"}))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty store on a standing clock, which the pages look at."""
    chain_watch.cache_clear()
    engine = open_engine(f"sqlite:///{tmp_path}/store.db")
    lay_tables(engine)
    with looked_at(tmp_path, STANDING.format(home=tmp_path, time="12:00")):
        yield engine
    engine.dispose()


def opened(path: str = "operators.audit", **query: str) -> AppTest:
    page = AppTest.from_string(f"from pages.{path} import draw\ndraw()", default_timeout=30)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def html(page: AppTest) -> str:
    return "".join(element.proto.body for element in page.get("html"))


def cut(engine: Engine, *statements: str) -> None:
    with writing(engine) as connection:
        for act in ("update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS audit_no_{act}")
        for statement in statements:
            connection.exec_driver_sql(statement)


def rows_of(page: AppTest) -> list[str]:
    return html(page).split('<tr><th scope="row">')[1:]


def test_an_empty_log_says_so(engine: Engine) -> None:
    shown = html(opened())
    assert "Chưa ghi nhận thao tác nào." in shown
    assert "Nhật ký nguyên vẹn: cả 0 dòng đúng như khi ghi." in shown


def test_acts_stand_newest_first_in_words(engine: Engine) -> None:
    record(engine, SIGN_IN, TARGET)
    newest, oldest = rows_of(opened())
    assert newest.startswith("2</th>")
    for words in ("Bùi Văn Nam", "thay đổi chỉ tiêu giao", "mọi đơn vị: Sở, ban, ngành · từ ngày 01/01/2021"):
        assert words in newest
    assert "&lt;b&gt;giao&lt;/b&gt; đầu năm" in newest
    assert "lãnh đạo, chuyên viên phân tích" in oldest
    assert f'<code class="ioc-hash">{head_of(engine).hash}</code>' in newest


def test_sign_ins_stand_in_words(engine: Engine) -> None:
    record(engine, Deed("An", "refused", "sign-in", details={"roles": []}))
    record(engine, Deed("provider", "sign_out", "sign-in", details={"why": "untold"}))
    left, refused = rows_of(opened())[:2]
    assert "không nhóm nào của người này có vai trò ở đây" in refused
    assert "nhà cung cấp đăng nhập không còn báo nhóm của người này" in left


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"kind": "sign_in"}, ["3", "1"]),
        ({"who": "Bùi Văn Nam"}, ["2"]),
        ({"kind": "target", "who": "Lò Thị Mai"}, []),
        ({"before": "3"}, ["2", "1"]),
        ({"kind": "murder"}, ["3", "2", "1"]),
        ({"before": "x"}, ["3", "2", "1"]),
    ],
)
def test_the_address_narrows_the_list(engine: Engine, query: dict[str, str], numbers: list[str]) -> None:
    record(engine, SIGN_IN, TARGET, SIGN_IN)
    page = opened(**query)
    assert [row.partition("<")[0] for row in rows_of(page)] == numbers
    assert ('role="alert"' in html(page)) == (query in ({"kind": "murder"}, {"before": "x"}))


def test_older_acts_are_a_link_away(engine: Engine) -> None:
    record(engine, *[SIGN_IN] * 130)
    first = opened()
    assert [len(rows_of(first)), 'href="audit?before=31"' in html(first)] == [100, True]
    older = opened(before="31")
    assert [len(rows_of(older)), "Về mới nhất" in html(older), "Cũ hơn" in html(older)] == [30, True, False]


def test_the_page_tells_that_a_row_is_not_what_was_written(engine: Engine) -> None:
    record(engine, SIGN_IN, TARGET)
    cut(engine, "UPDATE audit SET who = 'X' WHERE number = 1")
    shown = html(opened())
    assert "Nhật ký bị đứt tại dòng 1" in shown
    assert 'role="alert"' in shown


def test_the_button_looks_at_the_chain_again_and_finds_what_was_cut_off_since(engine: Engine) -> None:
    record(engine, SIGN_IN, TARGET)
    page = opened()
    assert "cả 2 dòng" in html(page)
    cut(engine, "DELETE FROM audit WHERE number = 2")
    page.run()
    assert "cả 2 dòng" in html(page), "a rerun within a minute does not look again"
    page.button(key="audit_verify").click().run()
    assert "Nhật ký đã bị cắt bớt hoặc ghi lại: dòng 2" in html(page)


def test_what_was_lost_stays_told(engine: Engine) -> None:
    record(engine, SIGN_IN, TARGET)
    watch, noted = ChainWatch(), head_of(engine)
    assert watch.last(engine) is not None
    cut(engine, "DELETE FROM audit WHERE number = 2")
    record(engine, SIGN_IN)
    for _look in range(2):
        looked = watch.look(engine)
        assert looked is not None
        assert (looked.lost, looked.chain.broken) == (noted, None)


def test_an_unreadable_store_is_told(engine: Engine) -> None:
    holder().live()
    cut(engine, "DROP TABLE audit")
    assert "Không đọc được kho dữ liệu" in html(opened())


def fetched(path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=Starlette(routes=export_routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://centre") as client:
            return await client.get(path)

    return asyncio.run(ask())


def test_a_file_is_noted_before_it_leaves(engine: Engine) -> None:
    with acting(MAI):
        assert fetched("/export/targets.csv?which=all").status_code == 200
    [entry] = entries(engine)[1]
    assert (entry.who, entry.act, entry.what) == ("Lò Thị Mai", "export", "targets.csv")
    told = json.loads(entry.details)
    assert (told["subject"], told["choices"][1], told["rows"]) == (
        "mai",
        "Xem: tất cả, kể cả đã hết hạn và chưa đến hạn",
        0,
    )


def test_a_file_that_cannot_be_noted_does_not_leave(engine: Engine) -> None:
    holder().live()
    cut(engine, "DROP TABLE audit")
    with acting(MAI):
        answer = fetched("/export/targets.csv")
    assert answer.status_code == 503
    assert "content-disposition" not in answer.headers


_AS_MAI = """
from pages._visitor import acting
from pages.operators.targets import draw
from tests.test_audit_page import MAI
with acting(MAI):
    draw()
"""


def test_the_author_is_who_has_signed_in_and_in_the_demo_a_typed_name(engine: Engine) -> None:
    def names(page: AppTest) -> list[tuple[str | None, bool]]:
        return [(field.value, field.disabled) for field in page.text_input if field.label == "Người nhập (họ và tên)"]

    assert names(opened("operators.targets")) == [("", False)]
    signed_in = AppTest.from_string(_AS_MAI, default_timeout=30).run()
    assert names(signed_in) == [("Lò Thị Mai", True)]


def ioc(home: Path, *words: str) -> Ended:
    return call_ioc(("--config", str(home / "ioc.toml"), "audit", *words), {})


def test_verify_prints_the_head_and_fails_for_what_is_not_what_was_written(engine: Engine, tmp_path: Path) -> None:
    record(engine, SIGN_IN, TARGET, SIGN_IN)
    head = head_of(engine)
    ended = ioc(tmp_path, "verify", "--head", str(head))
    assert (ended.code, ended.out.splitlines()[-1]) == (0, f"head {head}")
    cut(engine, "DELETE FROM audit WHERE number = 3")
    assert ioc(tmp_path, "verify").code == 0, "a sound chain, only shorter"
    ended = ioc(tmp_path, "verify", "--head", str(head))
    assert (ended.code, "cut off at the end" in ended.err) == (1, True)
    record(engine, TARGET)
    ended = ioc(tmp_path, "verify", "--head", str(head))
    assert (ended.code, "written anew" in ended.err) == (1, True)
    cut(engine, "UPDATE audit SET reason = 'y' WHERE number = 2")
    ended = ioc(tmp_path, "verify")
    assert (ended.code, "row 2 is not what was written" in ended.err) == (1, True)


@pytest.mark.parametrize("head", ["3", "x:" + "0" * 64, "3:abc", f"99999999999:{'0' * 64}"])
def test_a_head_that_is_none_is_wrong_usage(engine: Engine, tmp_path: Path, head: str) -> None:
    assert ioc(tmp_path, "verify", "--head", head).code == 2


def test_list_shows_the_newest_first_of_a_kind_and_a_person(engine: Engine, tmp_path: Path) -> None:
    record(engine, SIGN_IN, TARGET, SIGN_IN)
    everything = ioc(tmp_path, "list", "--format", "json").json
    assert [row["number"] for row in everything] == [3, 2, 1]
    assert (everything[1]["reason"], everything[1]["hash"]) == (TARGET.reason, entries(engine)[1][1].hash)
    assert [row["number"] for row in ioc(tmp_path, "list", "--kind", "target", "--format", "json").json] == [2]
    of_mai = ioc(tmp_path, "list", "--who", "Lò Thị Mai", "--limit", "1", "--format", "csv").out.splitlines()
    assert [of_mai[0], of_mai[1].partition(",")[0], len(of_mai)] == ["number,at,who,act,what,reason", "3", 2]
    assert ioc(tmp_path, "list", "--kind", "murder").code == 2


def test_an_empty_head_is_before_every_log(engine: Engine, tmp_path: Path) -> None:
    assert ioc(tmp_path, "verify", "--head", str(Head())).code == 0
