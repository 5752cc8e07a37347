"""The polling process sends messages, and what a kill at the worst moment leaves."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from config import ClockSettings, Settings, StoreSettings, write_settings
from tests.message_centre import FINANCE, NOW, MessageCentre, box, due, here, told
from tests.message_sinks import SECRET, Mailbox

__all__ = ["box", "here"]
HOUR = timedelta(hours=1)
ROOT = Path(__file__).parents[1]


def poll_and_tell(here: MessageCentre, folder: Path, first: str = "") -> "subprocess.Popen[bytes]":
    """The polling process of a centre without sources, with a round of messages ten times a second."""
    here.receive([due(FINANCE, 1, NOW + HOUR)])
    store = StoreSettings(here.engine.url.render_as_string(hide_password=False))
    settings = Settings(store=store, clock=ClockSettings(start=NOW, speed=0.0), recipients=(told(),))
    write_settings(settings, folder / "ioc.toml")
    program = (
        f"import atexit, sys, poller; from config import read_settings;{first}"
        "print({'apprise', 'metrics'} & set(sys.modules)); atexit.register(lambda: print('streamlit' in sys.modules));"
        "poller.MESSAGE_SECONDS = 0.1; poller.run_forever(read_settings(sys.argv[1]))"
    )
    command = [sys.executable, "-c", program, str(folder / "ioc.toml")]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ)


def test_polling_process_sends_and_loads_what_it_needs_when_somebody_is_to_be_told(
    here: MessageCentre, box: Mailbox, tmp_path: Path
) -> None:
    process = poll_and_tell(here, tmp_path)
    try:
        assert box.arrived.wait(60)
        process.send_signal(signal.SIGTERM)
        said, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0
    assert [str(mail["Subject"]) for mail in box.taken] == ["Hồ sơ sẽ quá hạn vào ngày mai"]
    assert SECRET.encode() not in errors
    assert said.split() == [b"set()", b"False"]  # nothing of it before, and never the web


@pytest.mark.chaos
def test_polling_process_killed_between_sending_and_noting(here: MessageCentre, box: Mailbox, tmp_path: Path) -> None:
    dies = "import os, messages._sending as s; s.note_sent = lambda *_: os.kill(os.getpid(), 9);"
    process = poll_and_tell(here, tmp_path, dies)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    [message] = here.ledger()
    assert (message.state, len(box.taken)) == ("sending", 1)
    here.after(here.rounds(told()), minutes=5)
    assert (here.ledger()[0].state, here.ledger()[0].attempts) == ("sent", 2)
    assert [mail["Idempotency-Key"] for mail in box.taken] == [message.key] * 2
