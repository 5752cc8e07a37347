"""Stop watches: wall time, processor time of this process and of the database server, and medians."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

Answer = TypeVar("Answer")
_TICKS = os.sysconf("SC_CLK_TCK")
_LOOK_SECONDS = 0.1


class Cost(NamedTuple):
    """What an act cost, in seconds: by the clock on the wall, and of one core (this process with those of its children
    that have ended; the database server)."""

    wall: float
    own_core: float
    server_core: float

    @property
    def core(self) -> float:
        """Seconds of one core, this process and the database server together."""
        return self.own_core + self.server_core


def cost_of(act: Callable[[], object], server_pid: int | None = None) -> Cost:
    """What one call costs; `server_pid` is the database server whose processor time counts too."""
    wall, own, server = time.perf_counter(), _own_seconds(), tree_seconds(server_pid)
    act()
    return Cost(time.perf_counter() - wall, _own_seconds() - own, tree_seconds(server_pid) - server)


def median_cost(costs: Sequence[Cost]) -> Cost:
    """The median of each part."""
    return Cost(*(statistics.median(part) for part in zip(*costs, strict=True)))


def median_ms(ask: Callable[[], Answer], repeats: int) -> tuple[float, Answer]:
    """The median wall time of a question in milliseconds, after one that does not count; and its last answer."""
    answer = ask()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        answer = ask()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), answer


def _own_seconds() -> float:
    return time.process_time() + children_seconds()


def children_seconds() -> float:
    """Processor time of the processes that we started and that have ended, with those that they started."""
    ended = os.times()
    return ended.children_user + ended.children_system


def tree_seconds(pid: int | None) -> float:
    """Processor time of a process, of its living children, and of those that have ended."""
    if pid is None:
        return 0.0
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:  # it has ended meanwhile
            continue
        fields = text.rpartition(")")[2].split()
        if int(stat.parent.name) == pid:
            ticks += sum(map(int, fields[11:15]))
        elif int(fields[1]) == pid:
            ticks += sum(map(int, fields[11:13]))
    return ticks / _TICKS


def peak_until_end(*processes: "subprocess.Popen[bytes]") -> int:
    """Wait for the end of processes; the most bytes that one of them, or of those they had started, held at a time.

    Not the rusage's: in it counts what we held ourselves when we started the process.
    """
    peak = 0
    running = list(processes)
    while running:
        peak = max([peak, *(_peak(pid) for one in running for pid in (one.pid, *children(one.pid)))])
        try:
            running[0].wait(_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        running.pop(0)
    return peak


def children(pid: int) -> list[int]:
    """The processes that a process has started and that have not ended."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for one in found for child in _text(one).split()]


def _peak(pid: int) -> int:
    held = [line.split() for line in _text(Path(f"/proc/{pid}/status")).splitlines() if line.startswith("VmHWM")]
    return int(held[0][1]) * 1024 if held else 0


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:  # it has ended meanwhile
        return ""
