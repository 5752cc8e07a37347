"""What a soak found, held against what must be, as a page to read: Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.machine import describe_computer
from bench.marks import Found
from bench.rotation import Rotation

_MB = 2**20


class Limits(NamedTuple):
    """What must be: see issue "The wall that cannot lie"."""

    lost_seconds: float = 30.0
    live_seconds: float = 60.0
    heap_growth: float = 1.1
    server_growth_mb: float = 5.0


LIMITS = Limits()


class Outage(NamedTuple):
    """How one outage went: seconds until every screen told so, and from the repair until every screen was live."""

    name: str
    good: bool
    lost: float
    live: float


@dataclass
class Soaked:
    """Everything that was found. Bytes by screen number; `memory`: (seconds since the beginning, bytes)."""

    command: Sequence[str]
    note: str = ""
    warm_seconds: float = 0.0
    soaked_seconds: float = 0.0
    heaps: list[dict[int, int]] = field(default_factory=list)
    memory: list[tuple[float, int]] = field(default_factory=list)
    rotation: Rotation = field(default_factory=lambda: Rotation(0, 0, 0.0))
    missed_by_pages: int = 0
    errors_of_pages: int = 0
    silences: int = 0
    marks: Found = field(default_factory=Found)
    silence_marks: Found = field(default_factory=Found)
    never_fresh: int = 0
    outages: list[Outage] = field(default_factory=list)
    polls: int = 0
    failed_polls: int = 0
    harness_errors: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether all that must be was so."""
        return all(well for _what, _said, well in _verdicts(self))

    @property
    def heap_growth(self) -> float:
        """The largest of all screens: heap at the end over heap after warming up."""
        if len(self.heaps) < 2:
            return 0.0
        first, last = self.heaps[0], self.heaps[-1]
        return max(last[number] / first[number] for number in first)

    @property
    def server_growth(self) -> float:
        """Bytes per hour by which the server grew after warming up; least squares over all measurements."""
        points = [(at, size) for at, size in self.memory if self.warm_seconds <= at <= self.soaked_seconds]
        if len(points) < 2:
            return 0.0
        middle = sum(at for at, _ in points) / len(points)
        mean = sum(size for _, size in points) / len(points)
        spread = sum((at - middle) ** 2 for at, _ in points)
        return sum((at - middle) * (size - mean) for at, size in points) / spread * 3600


def _verdicts(found: Soaked) -> list[tuple[str, str, bool]]:
    """(what, what was found, whether that is well)."""
    turned, growth = found.rotation, found.server_growth / _MB
    marks = found.marks.plus(found.silence_marks)
    kinds = sorted({outage.name for outage in found.outages})
    grown = f"{found.heap_growth:.2f} times" if len(found.heaps) > 1 else "not measured yet"
    return [
        (f"heap of a screen at the end, at most {LIMITS.heap_growth} times that after warming up", grown,
         found.heap_growth <= LIMITS.heap_growth),
        (f"server memory, at most {LIMITS.server_growth_mb:g} MB more an hour", f"{growth:+.1f} MB an hour",
         growth <= LIMITS.server_growth_mb),
        ("rotations missed or more than a second late, seen from outside", f"{turned.missed} of {turned.due}",
         turned.missed == 0),
        ("rotations missed, as the pages count", str(found.missed_by_pages), found.missed_by_pages == 0),
        ("scenes change together, most skew 1 s", f"{turned.skew:.2f} s", turned.skew <= 1.0),
        (f"marks that should have been, {found.silences} silences", f"{marks.unmarked} of {marks.looked_at} missing",
         marks.unmarked == 0),
        ("marks that should not have been", f"{marks.overmarked} of {marks.looked_at}", marks.overmarked == 0),
        ("never fresh again after a fault", str(found.never_fresh), found.never_fresh == 0),
        ("errors of the pages", str(found.errors_of_pages), found.errors_of_pages == 0),
        *[_outages_of(found, kind) for kind in kinds],
        ("errors of the harness", str(len(found.harness_errors)), not found.harness_errors),
    ]  # fmt: skip


def _outages_of(found: Soaked, kind: str) -> tuple[str, str, bool]:
    mine = [outage for outage in found.outages if outage.name == kind]
    good = sum(outage.good for outage in mine)
    slowest = f"told within {max(one.lost for one in mine):.1f} s, live within {max(one.live for one in mine):.1f} s"
    return f"{kind}: all screens tell it, and come back", f"{good} of {len(mine)}; {slowest}", good == len(mine)


def soak_report(found: Soaked) -> str:
    """The page."""
    lines = ["# What a soak of the wall found", "", *(f"- {line}" for line in describe_computer())]
    lines += [f"- command: python -m bench.soak {' '.join(found.command)}".rstrip()]
    lines += [f"- note: {found.note}"] if found.note else []
    warm = f"{found.warm_seconds / 60:.0f} to warm up, an outage of each kind among them"
    minutes = f"{found.soaked_seconds / 60:.0f} minutes, of which {warm}"
    lines += [f"- ran: {minutes}; {found.polls} polls, {found.failed_polls} of them not taken by the database"]
    lines += ["", "| what | found | |", "|---|---|---|"]
    lines += [f"| {what} | {said} | {'ok' if well else '**not so**'} |" for what, said, well in _verdicts(found)]
    if len(found.heaps) > 1:
        lines += ["", "| screen | heap after warming up, MB | at the end, MB |", "|---|---:|---:|"]
        first, last = found.heaps[0], found.heaps[-1]
        lines += [f"| {number} | {first[number] / _MB:.2f} | {last[number] / _MB:.2f} |" for number in first]
    if found.memory:
        told = ", ".join(f"{at / 60:.0f} min {size / _MB:.0f} MB" for at, size in _some(found.memory))
        lines += ["", f"Server memory (resident): {told}."]
    lines += ["", *(f"- {error}" for error in found.harness_errors)]
    return "\n".join(lines).rstrip() + "\n"


def _some(memory: Sequence[tuple[float, int]]) -> Sequence[tuple[float, int]]:
    """About twelve of them, spread over the run."""
    return memory[:: max(1, len(memory) // 12)]
