"""A centre that the pages of this very process look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clock import ANCHOR_VARIABLE
from pages._holder import holder


@contextmanager
def looked_at(home: Path, settings: str) -> Iterator[None]:
    """Within the block it is the one of these settings, which are written as TOML into `home`."""
    (home / "ioc.toml").write_text(settings)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("IOC_CONFIG", str(home / "ioc.toml"))
        patched.delenv(ANCHOR_VARIABLE, raising=False)
        patched.delenv("IOC_DATABASE_URL", raising=False)
        holder.cache_clear()
        yield
        holder().engine.dispose()
        holder.cache_clear()
