"""Our own way in a process of its own, prepared as that of `ioc.py poll`; told on standard input what to read and where
to store it."""

import sys

from memory import leave_to_collector_what_comes, prepare_poller

prepare_poller()  # before polars is imported

import msgspec  # noqa: E402

from bench.ingestion import Polled, poll, read_alone  # noqa: E402
from bench.measure import cost_of  # noqa: E402
from store.engine import open_engine  # noqa: E402

leave_to_collector_what_comes()


def main() -> None:
    """Read the source to its end, then say what it cost as JSON. AssertionError when anything fails or is rejected."""
    told = msgspec.json.decode(sys.stdin.read(), type=Polled)
    engine, settings = open_engine(told.url), read_alone(told.base_url)
    cost = cost_of(lambda: poll(engine, settings), told.server_pid)
    sys.stdout.write(msgspec.json.encode(cost).decode())


if __name__ == "__main__":
    main()
