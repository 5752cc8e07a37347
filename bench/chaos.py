"""`python -m bench.chaos --minutes 10`: the whole centre, while everything that can go wrong does; then the truth.

Two pollers, a web server and nine screens on one PostgreSQL, seven sources behind fault stands. Prints what happens as
it happens, and at the end how often each thing was done and survived, and what was held against the sources' own
records. Exit code 1 when anything was not survived or is not true.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from tests.chaos_centre import chaos_centre
from tests.chaos_checks import Check, checks
from tests.chaos_run import ChaosRun, Outcome


class Report(NamedTuple):
    """What was done, what came of it, and what was checked in the end. `cost`: seconds of one core, of ours and all
    that we started."""

    outcome: Outcome
    checked: list[Check]
    late_commits: int
    deletes: int
    wall_seconds: float
    cost: float

    @property
    def problems(self) -> list[str]:
        """Everything that is not as it must be."""
        return [*self.outcome.problems, *(f"{check.name}: {wrong}" for check in self.checked for wrong in check.wrong)]

    def __str__(self) -> str:
        """A table of the faults, then of the checks, then the problems."""
        outcome = self.outcome
        lines = ["", f"{'fault':<44}{'injected':>9}{'survived':>9}"]
        lines += [
            f"{name:<44}{count:>9}{outcome.survived[name]:>9}" for name, count in sorted(outcome.injected.items())
        ]
        lines += [f"{'all':<44}{outcome.injected.total():>9}{outcome.survived.total():>9}", ""]
        lines += [f"{'checked':<44}{'compared':>9}{'wrong':>9}"]
        lines += [f"{check.name:<44}{check.compared:>9}{len(check.wrong):>9}" for check in self.checked]
        slowest = max(outcome.take_overs, default=0.0)
        lines += [
            "",
            f"{outcome.steps} steps of the sources, {self.late_commits} late commits, {self.deletes} deletes",
            f"{len(outcome.take_overs)} take-overs, the slowest {slowest:.1f} s",
            f"{self.wall_seconds:.0f} s, {self.cost:.0f} s of one core",
            *(f"PROBLEM {problem}" for problem in self.problems[:50]),
            f"{len(self.problems)} problems" if self.problems else "survived",
        ]
        return "\n".join(lines)


def chaos(home: Path, seconds: float, seed: int, say: Callable[[str], None]) -> Report:
    """One run in the empty folder `home`, on the nine screens of the shipped layout."""
    began, cost = time.monotonic(), _core_seconds()
    with chaos_centre(home, seed) as centre:
        say(f"seed {seed}: everything runs after {time.monotonic() - began:.0f} s")
        run = ChaosRun(centre, seed, say)
        run.run(seconds)
        run.settle()
        say("settled; the pollers are asked to end")
        run.end_pollers()
        run.reconcile()
        checked = list(checks(centre))
        late, deletes = centre.sources.late_commits, len(centre.sources.deleted)
    return Report(run.outcome, checked, late, deletes, time.monotonic() - began, _core_seconds() - cost)


def _core_seconds() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def main() -> None:
    """Run, print the report, and say by the exit code whether all was survived."""
    chosen = _options()
    began = time.monotonic()

    def say(words: str) -> None:
        print(f"[{timedelta(seconds=int(time.monotonic() - began))}] {words}", flush=True)

    with tempfile.TemporaryDirectory(prefix="ioc-chaos-") as home:
        report = chaos(Path(home), chosen.minutes * 60, chosen.seed, say)
    print(report)
    sys.exit(1 if report.problems else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long things go wrong (default: 10)")
    parser.add_argument("--seed", type=int, default=1, help="what draws the order of things (default: 1)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
