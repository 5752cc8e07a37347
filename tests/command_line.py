"""`python ioc.py …` and how it ended: as a process of its own, or in this one, which has loaded everything already."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import ioc

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What was printed, as JSON."""
        return json.loads(self.out)


def run_ioc(words: tuple[str, ...], environment: Mapping[str, str]) -> Ended:
    """In a process of its own, as its users run it: a second of importing; with PATH and `environment` only."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "ioc.py"), *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
        env={**_known(), **environment},
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def call_ioc(words: tuple[str, ...], environment: Mapping[str, str]) -> Ended:
    """In this process, by the function that `python ioc.py` calls; in its folder and environment too. For stores in
    files: a command leaves its connections to the end of its process."""
    printed = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(stream, "utf-8", write_through=True) for stream in printed)
    with (
        chdir(ROOT),
        patch.dict(os.environ, {**_known(), **environment}, clear=True),
        patch.object(sys, "argv", [str(ROOT / "ioc.py"), *words]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = _exit_code()
    return Ended(code, *(stream.getvalue().decode() for stream in printed))


def _exit_code() -> int:
    try:
        ioc.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _known() -> dict[str, str]:
    known = {"PATH", "HOME", "LANG", "LC_ALL"}
    return {name: value for name, value in os.environ.items() if name in known} | {"PYTHONUTF8": "1"}
