"""Python's collector of cyclic garbage in a server that runs for months."""

import gc


def leave_to_collector_what_comes() -> None:
    """What is loaded by now, the collector need not look at any more; what comes from now on it looks at soon."""
    gc.collect()
    gc.freeze()
    # Python waits with a full look until a quarter more has come than was there at the last one. Without this one,
    # that is a quarter of all that was just frozen: tens of thousands of dead objects, and the frames they hold.
    gc.collect()
