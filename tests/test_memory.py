"""The memory of a server that runs for months."""

import subprocess
import sys

import pytest

from tests.centres import ROOT

# Processes of their own: what is frozen stays so, and where malloc puts things depends on all that went before.
_VISITS = """
import gc
from memory import leave_to_collector_what_comes

loaded = [[] for _ in range(1_000_000)]
leave_to_collector_what_comes()
full = gc.get_stats()[2]["collections"]
lately = [[] for _ in range(150_000)]
print(gc.get_stats()[2]["collections"] - full)
"""
_POLLS = """
from pathlib import Path
from memory import give_back_large_arrays

def resident():
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) // 1024

first = b"1" * 20_000_000
give_back_large_arrays()
del first
sums, beside = [], []
for poll in range(10):
    sums.append(b"1" * 11_000_000)
    beside.append(b"1" * 10_000)
before = resident()
del sums
print(before - resident())
"""
_OUTAGE = """
from pathlib import Path
from memory import give_back_freed_pages

def resident():
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) // 1024

waiting, kept = [], []
for message in range(100_000):
    waiting.append(bytes(1_000))
    if message % 100 == 99:
        kept.append(bytes(1_000))
del waiting
before = resident()
give_back_freed_pages()
print(before - resident())
"""
_PARTS = """
from resource import RUSAGE_SELF, getrusage
from memory import keep_freed_arrays

def part():
    arrays = [b"1" * 20_000_000 for _ in range(3)]

keep_freed_arrays()
part()
before = getrusage(RUSAGE_SELF).ru_minflt
part()
print(getrusage(RUSAGE_SELF).ru_minflt - before)
"""


def test_what_was_loaded_at_the_start_does_not_put_off_the_full_look_at_what_came_later() -> None:
    assert int(_said_by(_VISITS)) > 0


def test_a_large_array_that_is_dropped_leaves_no_hole_below_what_came_after_it() -> None:
    assert int(_said_by(_POLLS)) > 100


def test_what_piled_up_in_an_outage_is_given_back_from_between_what_is_kept() -> None:
    assert int(_said_by(_OUTAGE)) > 70


def test_arrays_that_come_again_need_no_new_pages_also_where_dask_asked_for_such(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "65536")
    pages = 60_000_000 // 4096
    assert int(_said_by(_PARTS)) < pages / 100


def _said_by(program: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout
