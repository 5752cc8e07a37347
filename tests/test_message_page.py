"""Messages as operators see them: the page, its files, and the command line; the address nowhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from clock import still_clock
from config import ClockSettings, Settings, StoreSettings, write_settings
from exports.writing import FORMS, written
from messages.rounds import Rounds
from pages._filters import Choices
from pages._language import speaking
from pages._live import holder, live
from pages.operators import messages
from tests.command_line import Ended, call_ioc
from tests.message_centre import FINANCE, JUSTICE, NOW, MessageCentre, box, due, here, told
from tests.message_sinks import SECRET, Mailbox

__all__ = ["box", "here"]
CHIEF = told("Chánh Văn phòng", "leader", rules=("due_tomorrow",), units=(JUSTICE,), env="NOBODY")


@pytest.fixture
def settings_file(here: MessageCentre, box: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Settings with three recipients, of whom two were told something and one did not get it."""
    here.receive([due(FINANCE, 1, NOW), due(JUSTICE, 2, NOW)])
    recipients = (told("Sở Tài chính", digest="friday 07:30"), CHIEF, told("trực", "operator"))
    store = StoreSettings(here.engine.url.render_as_string(hide_password=False))
    settings = Settings(store=store, clock=ClockSettings(start=NOW, speed=0.0), recipients=recipients)
    Rounds(here.engine, settings, still_clock(NOW)).run()
    write_settings(settings, tmp_path / "ioc.toml")
    monkeypatch.setenv("IOC_CONFIG", str(tmp_path / "ioc.toml"))
    monkeypatch.delenv("IOC_CLOCK_ANCHOR", raising=False)
    holder.cache_clear()
    yield tmp_path / "ioc.toml"
    holder().engine.dispose()
    holder.cache_clear()


def page(**query: str) -> str:
    seen = AppTest.from_string("from pages.operators.messages import draw\ndraw()", default_timeout=30)
    for name, value in query.items():
        seen.query_params[name] = value
    seen.run()
    assert not seen.exception
    return "".join(element.proto.body for element in seen.get("html"))


def section(html: str, title: str) -> str:
    return html.partition(f">{title}</h2>")[2].partition("<h2")[0]


@pytest.mark.usefixtures("settings_file")
def test_page_tells_what_was_sent_to_whom_and_what_holds() -> None:
    shown = page()
    assert "3 người nhận; 0 tin chờ gửi, 1 tin chưa gửi được; 2 cảnh báo đang tồn tại." in shown
    ledger = section(shown, "Sổ gửi tin")
    assert ledger.count("<summary>Hồ sơ sẽ quá hạn vào ngày mai</summary>") == 2
    assert "Bản tin tuần, ngày 10/12/2021" in ledger
    why = "Biến môi trường chứa địa chỉ đang trống. Sẽ gửi lại lúc 10/12/2021 08:01."
    assert f'▲ chưa gửi được</span><br><span class="ioc-small">{why}' in ledger
    recipients = section(shown, "Người nhận tin")
    assert "Thứ Sáu 07:30" in recipients
    assert recipients.count("● đã gửi") == 1
    assert "chưa gửi tin nào" in recipients
    holding = section(shown, "Cảnh báo đang tồn tại")
    assert "Sở Tư pháp: 1 hồ sơ sẽ quá hạn vào ngày mai" in holding
    assert SECRET not in shown


@pytest.mark.usefixtures("settings_file")
def test_address_chooses_recipient_state_and_rule() -> None:
    ledger = section(page(state="failed"), "Sổ gửi tin")
    assert (ledger.count("<details>"), "Chánh Văn phòng" in ledger) == (1, True)
    assert section(page(recipient="trực"), "Sổ gửi tin").count("<details>") == 0
    assert section(page(rule="digest"), "Sổ gửi tin").count("<details>") == 1
    assert "queued, sending, sent, failed" in page(state="lost")


@pytest.mark.usefixtures("settings_file")
def test_what_is_taken_away_is_what_is_shown() -> None:
    with speaking("vi"):
        made = messages.viewed(live(), Choices(NOW.date(), given={"state": "sent"}))
        assert [table.frame.height for table in made.tables] == [2, 3, 2]
        assert set(made.tables[0].frame["recipient"]) == {"Sở Tài chính"}
        for form in FORMS:
            content = written(made, form, "vi")
            assert content
            assert SECRET.encode() not in content


def test_empty_ledger_says_what_to_do(here: MessageCentre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = StoreSettings(here.engine.url.render_as_string(hide_password=False))
    write_settings(Settings(store=store, clock=ClockSettings(start=NOW, speed=0.0)), tmp_path / "ioc.toml")
    monkeypatch.setenv("IOC_CONFIG", str(tmp_path / "ioc.toml"))
    holder.cache_clear()
    assert "Chưa có người nhận tin: thêm [[recipients]] vào cấu hình rồi khởi động lại." in page()
    holder().engine.dispose()
    holder.cache_clear()


def ioc(settings_file: Path, *words: str, **environment: str) -> Ended:
    return call_ioc(("messages", *words), {"IOC_CONFIG": str(settings_file), **environment})


def test_test_message_is_sent_and_noted(settings_file: Path, box: Mailbox) -> None:
    before = len(box.taken)
    done = ioc(settings_file, "test", "--recipient", "trực", BOX=box.url)
    assert (done.code, done.out, done.err) == (0, "trực: taken\n", "")
    assert len(box.taken) == before + 1
    [noted] = ioc(settings_file, "list", "--rule", "test", "--format", "json").json
    assert (noted["recipient"], noted["state"], noted["attempts"]) == ("trực", "sent", 1)


def test_test_message_that_fails_says_why_and_is_not_tried_again(settings_file: Path, box: Mailbox) -> None:
    box.refusal = f"451 4.7.1 {SECRET} try again later"
    done = ioc(settings_file, "test", "--recipient", "trực", BOX=box.url)
    assert (done.code, done.out, done.err) == (1, "", "ioc.py: trực: the other side refused it with code 451\n")
    [noted] = ioc(settings_file, "list", "--rule", "test", "--format", "json").json
    assert (noted["state"], noted["next_at"]) == ("failed", None)
    assert SECRET not in ioc(settings_file, "list").out


def test_unknown_recipient_is_wrong_usage(settings_file: Path) -> None:
    done = ioc(settings_file, "test", "--recipient", "ai đó")
    assert done.code == 2
    assert "configured: Sở Tài chính, Chánh Văn phòng, trực" in done.err


def test_check_names_who_cannot_be_reached(settings_file: Path, box: Mailbox) -> None:
    done = call_ioc(("check",), {"IOC_CONFIG": str(settings_file), "BOX": box.url})
    assert "ok   recipient trực: has an address" in done.out
    assert (
        "FAIL recipient Chánh Văn phòng: the environment variable that holds the address is empty: NOBODY" in done.err
    )
