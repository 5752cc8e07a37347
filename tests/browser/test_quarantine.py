"""The quarantine and what it leaves out of the figures, in a real browser."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from clock import LOCAL_ZONE
from store import tables
from store.engine import reading, writing
from store.quarantine import forget, held
from store.rows import Batch, Rejected
from store.runs import begin_run, end_run
from store.writes import write_batch
from tests.browser.conftest import Centre, Visit


@pytest.fixture
def two_held(centre: Centre) -> Iterator[list[int]]:
    """Two dossiers of a commune: one that can be read by now, so far only registered, and one of an unknown channel."""
    with reading(centre.engine) as connection:
        commune = connection.scalar(sa.select(tables.units.c.code).where(tables.units.c.kind == "xa").limit(1))
        procedure = connection.scalar(sa.select(tables.procedures.c.code).limit(1))
    source = next(source.name for source in centre.settings.sources if source.dialect == "dvcqg")
    now = centre.clock.now()
    told = now.astimezone(LOCAL_ZONE).strftime("%Y%m%d%H%M%S")
    common = {"MaTTHC": procedure, "TrangThaiHoSo": "1", "DonViXuLy": commune, "NgayCapNhat": told}
    rejected = [
        Rejected(
            kind="dossiers",
            source_id=name,
            reason="unknown_channel",
            detail="KenhThucHien is not one of the known codes: 7",
            payload={"MaHoSo": name, "KenhThucHien": channel, **common},
            unit_code=commune,
        )
        for name, channel in (("thu-nghiem-1", "2"), ("thu-nghiem-2", "7"))
    ]
    run, at = begin_run(centre.engine, source, now), now + timedelta(milliseconds=1)
    write_batch(centre.engine, source, Batch(rejected=rejected), run, None, at)
    end_run(centre.engine, run, "ok", at, fetched=2)
    numbers = [record.id for record in held(centre.engine) if str(record.source_id).startswith("thu-nghiem")]
    yield numbers
    with writing(centre.engine) as connection:
        forget(connection, numbers)
        forget(connection, [record.id for record in held(centre.engine, source=source)])


def test_what_figures_lack_leads_to_the_records_and_those_that_can_come_in_do(
    centre: Centre, visit: Callable[..., Visit], two_held: list[int]
) -> None:
    seen = visit(centre.address, 360, 800)
    seen.open("/overview")
    note = seen.page.locator(".ioc-left-out")
    expect(note).to_contain_text("Chưa tính 0,1 % hồ sơ (2 hồ sơ bị giữ lại).", timeout=15_000)
    note.get_by_role("link").click()
    seen.page.get_by_label("Nhóm").select_option("unknown_code")
    seen.page.wait_for_url("**/quarantine?class=unknown_code")
    seen.page.get_by_role("link", name=f"Số {two_held[1]}", exact=True).click()
    expect(seen.page.locator(".ioc-payload")).to_contain_text('"MaHoSo": "thu-nghiem-2"')
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    seen.page.get_by_role("link", name="Quay lại danh sách").click()
    seen.page.get_by_role("button", name="Nhập lại 2 bản ghi này").click()
    expect(seen.page.get_by_role("status").filter(has_text="1 đã nhập, 1 vẫn giữ.")).to_be_visible(timeout=15_000)
    expect(seen.page.get_by_role("button", name="Nhập lại 1 bản ghi này")).to_be_visible()
    [left] = [record for record in held(centre.engine) if record.reason == "unknown_channel"]
    assert left.source_id == "thu-nghiem-2"
    assert (seen.errors, seen.outside) == ([], [])
