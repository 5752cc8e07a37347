"""What a killed run of tests has started ends too, whoever is its parent by then, and its temporary files go."""

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.left_behind import none_left_behind

ROOT = Path(__file__).parents[1]
# A server that is nobody's child any more, one that does not hear that it is to end, and a run that waits for ever.
RUN = """
import subprocess, tempfile, time
from tests.left_behind import none_left_behind
with none_left_behind():
    print(tempfile.mkdtemp(), flush=True)
    subprocess.run("sleep 600 >&- 2>&- & echo $!", shell=True)
    deaf = subprocess.Popen(["sh", "-c", "trap '' TERM; echo $$; while :; do sleep 1; done"])
    time.sleep(600)
"""


def gone(folder: Path, seconds: float) -> bool:
    """Whether a folder is no more within so many seconds."""
    deadline = time.monotonic() + seconds
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not folder.exists()


def ended(process: int, seconds: float) -> bool:
    """Whether a process that is nobody's child is gone within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def test_what_a_killed_run_has_started_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", RUN], cwd=ROOT, stdout=subprocess.PIPE) as run:
        assert run.stdout
        folder = Path(run.stdout.readline().decode().strip())
        assert folder.is_dir()
        servers = [int(run.stdout.readline()) for _server in range(2)]
        assert not any(ended(server, 0.1) for server in servers)
        run.kill()
    assert all(ended(server, 20) for server in servers)
    assert gone(folder, 20)


def test_what_is_left_behind_ends_with_the_run_and_nothing_else_does() -> None:
    with subprocess.Popen(["sleep", "600"]) as other:
        with none_left_behind():
            left = subprocess.Popen(["sleep", "600"])
            written = Path(tempfile.mkdtemp())
        assert left.wait(0.1) == -signal.SIGTERM
        assert not written.exists()
        assert other.poll() is None
        other.kill()
