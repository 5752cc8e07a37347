"""A progress bar on standard error for long work, while a person watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress() -> Iterator[Callable[[str, float], None]]:
    """What to call with what is being done and which share of it, 0 to 1; nothing is shown where nobody watches."""
    from rich.console import Console
    from rich.progress import Progress, TaskID

    watched = Console(stderr=True)
    tasks: dict[str, TaskID] = {}
    with Progress(console=watched, disable=not watched.is_terminal) as shown:

        def told(what: str, share: float) -> None:
            if what not in tasks:
                tasks[what] = shown.add_task(what, total=1.0)
            shown.update(tasks[what], completed=share)

        yield told
