"""Asking again after a SourceUnavailable: exponential waits with jitter, honouring Retry-After."""

import random
import threading
from collections.abc import Callable
from typing import TypeVar

import tenacity

from connectors._http import OutOfTime, Retry
from errors import SourceUnavailable

ATTEMPTS = 4
FIRST_WAIT_SECONDS = 0.5
# Whoever asks us to wait longer than this is asked again by a later poll, not by this one.
LONGEST_WAIT_SECONDS = 60.0

Result = TypeVar("Result")


def patient(stop: threading.Event, attempts: int = ATTEMPTS, first_wait: float = FIRST_WAIT_SECONDS) -> Retry:
    """A retry that makes a call up to `attempts` times; setting `stop` ends all waiting at once."""

    def wait(state: tenacity.RetryCallState) -> float:
        growing: float = min(first_wait * 2.0 ** (state.attempt_number - 1), LONGEST_WAIT_SECONDS)
        jitter = random.uniform(0, first_wait)  # noqa: S311  # nosec B311  # spreads requests, guards nothing
        return max(growing, _asked_wait(state.outcome.exception() if state.outcome else None)) + jitter

    def retry(call: Callable[[], Result], /) -> Result:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_worth_retrying),
            stop=tenacity.stop_after_attempt(attempts) | tenacity.stop_when_event_set(stop),
            wait=wait,
            # stamina would be shorter, but its waits cannot be ended when the process is asked to stop.
            sleep=tenacity.sleep_using_event(stop),
            reraise=True,
        )
        return retrying(call)

    return retry


def _asked_wait(error: BaseException | None) -> float:
    return (error.retry_after or 0.0) if isinstance(error, SourceUnavailable) else 0.0


def _worth_retrying(error: BaseException) -> bool:
    if isinstance(error, OutOfTime):
        return False
    return isinstance(error, SourceUnavailable) and _asked_wait(error) <= LONGEST_WAIT_SECONDS
