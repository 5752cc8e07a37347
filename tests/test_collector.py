"""The collector of a server that runs for months."""

import subprocess
import sys

from tests.centres import ROOT

# A process of its own: what is frozen stays so.
_VISITS = """
import gc
from pages._collector import leave_to_collector_what_comes

loaded = [[] for _ in range(1_000_000)]
leave_to_collector_what_comes()
full = gc.get_stats()[2]["collections"]
lately = [[] for _ in range(150_000)]
print(gc.get_stats()[2]["collections"] - full)
"""


def test_what_was_loaded_at_the_start_does_not_put_off_the_full_look_at_what_came_later() -> None:
    answer = subprocess.run([sys.executable, "-c", _VISITS], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(answer.stdout) > 0
