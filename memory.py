"""The memory of processes that run for months: Python's collector, and the free blocks of two allocators."""

import asyncio
import ctypes
import gc
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
_LARGE_BYTES = 1 << 20
_LARGEST_BYTES = 32 << 20  # that glibc takes
_KEPT_BYTES = 128 << 20
_GIVE_BACK_SECONDS = 60.0


def leave_to_collector_what_comes() -> None:
    """What is loaded by now, the collector need not look at any more; what comes from now on it looks at soon."""
    gc.collect()
    gc.freeze()
    # Python waits with a full look until a quarter more has come than was there at the last one. Without this one,
    # that is a quarter of all that was just frozen: tens of thousands of dead objects, and the frames they hold.
    gc.collect()


def give_back_large_arrays() -> None:
    """From now on an array of more than 1 MB that is dropped goes back to the system at once.

    glibc takes the first such array for a sign that more will come, and puts those (up to 32 MB each) among the small
    blocks: every poll brings new sums, and where a small block comes to lie behind the old ones they stay as a hole.
    Other C libraries decide this for themselves.
    """
    _choose({_M_MMAP_THRESHOLD: _LARGE_BYTES})


def keep_freed_arrays() -> None:
    """From now on up to 128 MB that is free is kept for what comes; for a process that only counts.

    One part after the other needs the same arrays. glibc gives the system back what is free above some MB, and where
    dask has set MALLOC_TRIM_THRESHOLD_, every array: each page of the next is then asked for anew, which takes a
    seventh or a third of all the work. Other C libraries decide this for themselves.
    """
    _choose({_M_TRIM_THRESHOLD: _KEPT_BYTES, _M_MMAP_THRESHOLD: _LARGEST_BYTES})


def _choose(limits: Mapping[int, int]) -> None:
    if choose := getattr(ctypes.CDLL(None), "mallopt", None):
        for parameter, limit in limits.items():
            choose(parameter, limit)


def give_back_freed_pages() -> None:
    """Give the system back what is free between the small blocks now.

    glibc keeps it for what may come: after each outage of the network, in which messages pile up, a little more. Other
    C libraries decide this for themselves.
    """
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)


@asynccontextmanager
async def giving_back() -> AsyncIterator[None]:
    """Within the block what is free is given back at once and every minute, by a thread: it takes some milliseconds."""

    async def again_and_again() -> None:
        while True:
            await asyncio.to_thread(give_back_freed_pages)
            await asyncio.sleep(_GIVE_BACK_SECONDS)

    task = asyncio.create_task(again_and_again())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def give_back_columns() -> None:
    """From now on polars gives back soon what was freed; call it before polars is first imported.

    Otherwise its allocator keeps that for ten seconds, in which a first load stores several pages. At once would cost
    such a load a tenth of its client's work: what is freed is needed again some milliseconds later.
    """
    os.environ["_RJEM_MALLOC_CONF"] = "dirty_decay_ms:100,muzzy_decay_ms:0"


def compute_in_one_thread() -> None:
    """From now on polars and numpy compute in one thread, unless the environment says in how many; call it before they
    are first imported.

    Of some thousand records at a time, waking a second one costs more than it does.
    """
    for name in ("POLARS_MAX_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def prepare_poller() -> None:
    """A process that polls: it computes in one thread and keeps little of what it frees; before polars is imported."""
    compute_in_one_thread()
    give_back_columns()
    give_back_large_arrays()
