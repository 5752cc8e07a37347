"""Parts of the facts worked through by many processes at once; a part whose process died is done again by another."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from distributed import Client, as_completed
from distributed.scheduler import KilledWorker, NoWorkerError

import store
from errors import ConfigError, StoreError
from memory import keep_freed_arrays
from store.recompute import Kept, Part, Run

Found = TypeVar("Found")


def on(client: Client) -> Run:
    """How parts are worked through by the workers of this client.

    What it raises: ConfigError when a worker runs another version of the definitions, StoreError when workers die
    again and again or none comes; else what the function raises.
    """

    def run(count: Callable[[Kept, Part], Found], kept: Kept, parts: Sequence[Part]) -> Iterable[Found]:
        program = definitions()
        # Not pure: the store is another next time.
        futures = client.map(lambda part: _checked(program, count, kept, part), parts, pure=False)
        try:
            for _future, found in as_completed(futures, with_results=True):
                yield found
        except KilledWorker as error:
            raise StoreError(f"workers died of the same part again and again: {error}") from error
        except NoWorkerError as error:
            raise StoreError(f"no worker came to count: {error}") from error
        finally:
            client.cancel(futures)

    return run


def _checked(program: str, count: Callable[[Kept, Part], Found], kept: Kept, part: Part) -> Found:
    if definitions() != program:
        raise ConfigError("a worker runs another version of this program: it would count otherwise")
    keep_freed_arrays()
    return count(kept, part)


@cache
def definitions() -> str:
    """A fingerprint of what is counted how: all of `store`."""
    [folder] = store.__path__
    files = sorted(Path(folder).glob("*.py"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
