"""/export/PAGE.FORM: a page's view as a file, asked over HTTP."""

import asyncio
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import unquote

import httpx
import polars as pl
import pytest
from starlette.applications import Starlette

from exports.viewed import Table, Viewed
from exports.writing import FORMS
from pages import _export_routes
from pages._export_routes import export_routes, page_views
from pages._filters import Choices
from pages._live import Live, holder
from store.engine import open_engine
from store.rows import Batch, Dossier, Procedure, Unit
from tests.delivery import write
from tests.settings_text import ONE_STOP, STANDING
from tests.stores import lay_tables

NOON = datetime(2021, 12, 10, 5, tzinfo=UTC)
FEW = ("csv", "xlsx", "parquet")
WHY = "reason=so+sanh+voi+he+thong+mot+cua"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the settings of a migrated, empty store."""
    folder = tmp_path_factory.mktemp("export")
    (folder / "ioc.toml").write_text((STANDING + ONE_STOP).format(home=folder, time="16:00"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("IOC_CONFIG", str(folder / "ioc.toml"))
        holder.cache_clear()
        engine = open_engine(f"sqlite:///{folder}/store.db")
        lay_tables(engine)
        yield folder
        engine.dispose()
        holder().engine.dispose()
        holder.cache_clear()


@pytest.fixture
def two_units(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A store with a province and a district that has received eleven dossiers; its source was never polled."""
    path = f"sqlite:///{home}/two.db"
    (home / "two.toml").write_text((home / "ioc.toml").read_text().replace("store.db", "two.db"))
    monkeypatch.setenv("IOC_CONFIG", str(home / "two.toml"))
    holder.cache_clear()
    engine = open_engine(path)
    lay_tables(engine)
    units = [
        Unit(code="H28", valid_from=date(2020, 1, 1), kind="tinh", name="Tỉnh Hòa Bình"),
        Unit(code="H28.150", valid_from=date(2020, 1, 1), kind="huyen", name="=Huyện Đà Bắc", parent_code="H28"),
    ]
    procedure = Procedure(code="1.01", valid_from=date(2020, 1, 1), name="Kê khai giá", level=3, tier="tinh")
    write(engine, "khac", Batch(units=units, procedures=[procedure], dossiers=[_dossier(n) for n in range(11)]))
    yield
    engine.dispose()
    holder().engine.dispose()
    holder.cache_clear()
    (home / "two.db").unlink()


def _dossier(number: int) -> Dossier:
    return Dossier(
        source_id=f"a{number}",
        unit_code="H28.150",
        procedure_code="1.01",
        channel="online" if number < 9 else "counter",
        state=2,
        received_at=NOON,
        updated_at=NOON,
    )


def ask(path: str, method: str = "GET") -> httpx.Response:
    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app=Starlette(routes=export_routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://centre") as client:
            return await client.request(method, path)

    return asyncio.run(answer())


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("path", page_views())
def test_every_view_of_an_empty_store_is_a_file_in_both_languages(home: Path, path: str, language: str) -> None:
    for form in FEW:
        answer = ask(f"/export/{path}.{form}?lang={language}&{WHY}")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store"), answer.text


@pytest.mark.usefixtures("two_units")
@pytest.mark.parametrize("path", page_views())
def test_every_view_of_a_small_store_is_a_file_in_every_form(path: str) -> None:
    for form, media_type in FORMS.items():
        answer = ask(f"/export/{path}.{form}?{WHY}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, media_type), answer.text


@pytest.mark.usefixtures("two_units")
def test_file_says_what_the_page_says_of_a_silent_source_and_of_wrong_values() -> None:
    text = ask("/export/ranking.csv?indicator=speed&period=always").content.decode("utf-8-sig")
    assert "Không có chỉ số “speed”" in text
    assert "Không có kỳ “always”" in text
    assert "Đang hiển thị giá trị mặc định thay thế." in text
    assert "# Lưu ý: Nguồn motcua chưa từng đọc được." in text
    # 9 of 11 online: the usual indicator of the year.
    assert "1;;H28.150;'=Huyện Đà Bắc;0,8181818181818182;9;11;" in text


@pytest.mark.usefixtures("two_units")
def test_file_is_that_of_the_query_string() -> None:
    frame = pl.read_parquet(io.BytesIO(ask("/export/ranking.parquet?indicator=received&period=2020&lang=en").content))
    assert frame.select("unit", "value").rows() == [("H28.150", 0.0)]


@pytest.mark.usefixtures("two_units")
def test_file_has_a_vietnamese_name_that_no_system_trips_over() -> None:
    told = ask("/export/ranking.csv?period=2021-Q4").headers["content-disposition"]
    plain, _, full = told.partition("; filename*=UTF-8''")
    assert plain == 'attachment; filename="ranking-2021-12-10.csv"'
    assert unquote(full) == "Xếp hạng Hồ sơ trực tuyến mức độ 3, 4 Quý IV 2021 01-10-2021 – 31-12-2021.csv".replace(
        "Quý IV 2021", "Quý IV-2021"
    )


@pytest.mark.parametrize("path", ["/export/nothing.csv", "/export/overview.doc", "/export/wall.csv", "/export/x/y.csv"])
def test_what_is_not_there_is_404_as_a_page(home: Path, path: str) -> None:
    answer = ask(path)
    assert answer.status_code == 404
    assert "Không có tệp này." in answer.text


def test_only_reading_is_allowed(home: Path) -> None:
    assert ask("/export/sources.csv", "POST").status_code == 405
    head = ask("/export/sources.csv", "HEAD")
    assert (head.status_code, head.content) == (200, b"")


def _lacking(_here: Live, _choices: Choices) -> Viewed:
    table = Table(name="<b>Hồ sơ</b>", frame=pl.DataFrame({"a": [1]}), heads={}, in_all=1_000_000)
    return Viewed(
        name="x", title="x", sentence="", filters=(), period="", data_time=None, definitions=(), tables=[table]
    )


@pytest.mark.parametrize(
    ("language", "said"), [("vi", "có 1.000.000 dòng, nhiều hơn"), ("en", "has 1,000,000 rows, more than")]
)
def test_view_that_cannot_be_given_whole_is_refused_with_a_page_to_read(
    home: Path, monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    monkeypatch.setattr(_export_routes, "page_views", lambda: {"long": _lacking})
    answer = ask(f"/export/long.xlsx?unit=H28&lang={language}")
    assert (answer.status_code, answer.headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert said in answer.text
    assert "<b>Hồ sơ" not in answer.text
    assert f'<a href="/long?unit=H28&amp;lang={language}">' in answer.text


TODAY = "/export/today.csv?unit=H28.150&lang=en"


@pytest.mark.usefixtures("two_units")
@pytest.mark.parametrize("reason", ["", "&reason=", "&reason=+%20x%00%0A", "&reason=abcd"])
def test_dossiers_do_not_leave_without_a_reason_which_is_asked_for(reason: str) -> None:
    answer = ask(TODAY + reason)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert '<form action="/export/today.csv" method="get">' in answer.text
    assert '<input type="hidden" name="unit" value="H28.150">' in answer.text
    assert "a0" not in answer.text


@pytest.mark.usefixtures("two_units")
def test_dossiers_leave_with_a_reason_and_figures_without() -> None:
    answer = ask(f"{TODAY}&reason=%20So%20s%C3%A1nh%20%00s%E1%BB%95%0A")
    assert answer.status_code == 200
    assert "a0" in answer.text
    assert ask("/export/explore.csv?part=unit").status_code == 200
    assert ask("/export/explore.csv?part=dossiers&dossiers=received&unit=H28.150").status_code == 400
