"""What can go wrong, sorted by what must happen next.

    IocError
    ├── ConfigError                a setting is missing or wrong      → mend the setting, restart
    ├── InputError                 a file, form or option is wrong    → mend it; nothing was stored
    ├── SourceError(source)
    │   ├── SourceUnavailable      no answer, 429, 5xx, cut off       → poll again later
    │   ├── SourceRefused          401, 403                           → an operator renews access
    │   └── SourceChanged          the answer is not as agreed        → someone reads the raw answer
    ├── AccessError                whoever asks may not               → sign in, or be given the group
    └── StoreError                 the database let us down           → poll again later
        └── LeaseLost              another poller works               → stand by until it does not

Messages name the source, the thing and the value; never a secret, never personal data.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class IocError(Exception):
    """Anything this centre raises on purpose."""


class ConfigError(IocError):
    """A setting is missing or wrong: mend it and restart."""


class InputError(IocError):
    """A file, a form or an option is wrong: mend it; nothing was stored."""


class SourceError(IocError):
    """A source system did not give what was asked."""

    outcome = "failed"

    def __init__(self, source: str, message: str) -> None:
        super().__init__(f"{source}: {message}")
        self.source = source


class SourceUnavailable(SourceError):
    """No answer, 429, 5xx or cut off: poll again later, not before `retry_after` seconds."""

    outcome = "unavailable"

    def __init__(self, source: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(source, message)
        self.retry_after = retry_after


class SourceRefused(SourceError):
    """401 or 403: an operator renews the access."""

    outcome = "refused"


class SourceChanged(SourceError):
    """The answer is not as agreed: someone reads the raw answer."""

    outcome = "changed"


class StoreError(IocError):
    """The database let us down: poll again later."""


class LeaseLost(StoreError):
    """Another poller has taken over, or may have: what this one was about to write is not stored."""


class AccessError(IocError):
    """Whoever asks may not: sign in, or ask whoever gives the groups; nothing was shown or done."""


@contextmanager
def exit_on_failure() -> Iterator[None]:
    """Within the block anything that this centre raises on purpose is a line on standard error, and exit code 1."""
    try:
        yield
    except IocError as error:
        sys.stderr.write(f"ioc.py: {error}\n")
        sys.exit(1)
