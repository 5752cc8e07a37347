"""The commands that many processes share: rebuild, facts, rollup."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from commands._progress import progress
from commands._shared import open_store, wrong_usage

Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes on this machine that share the work; else this one.")
]
Scheduler = Annotated[
    str, typer.Option("--scheduler", metavar="ADDRESS", help="A dask scheduler whose workers do it: tls://HOST:PORT.")
]
Exported = Annotated[list[Path], typer.Argument(metavar="FOLDER…", help="What `facts` wrote, of one or many centres.")]
New = Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder that is not there yet.")]
Out = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="A folder that is not there yet.")]


def rebuild(workers: Workers = None, scheduler: Scheduler = "") -> None:
    """Recompute every counter from the facts; prints how many differed (0 unless something was wrong)."""
    with _running(workers, scheduler) as run:
        from store.recompute import mend

        typer.echo(f"{mend(open_store(), run)} counters differed")


def facts(
    folder: New,
    workers: Workers = None,
    scheduler: Scheduler = "",
    reason: Annotated[str, typer.Option(help="Why single dossiers leave, for the audit log.")] = "",
) -> None:
    """Write all facts, as they are at one moment, as Parquet files."""
    with _running(workers, scheduler) as run:
        from store.audit import Deed, host_user, record
        from store.exported_facts import export_facts

        engine = open_store()
        record(engine, Deed(host_user(), "export", "facts.parquet", reason, {"folder": str(folder.absolute())}))
        typer.echo(f"{folder}: {export_facts(engine, folder.absolute(), run)} rows of facts")


def rollup(folders: Exported, out: Out, workers: Workers = None, scheduler: Scheduler = "") -> None:
    """Count the exported facts of many centres; writes the daily measures of all together as Parquet files."""
    with _running(workers, scheduler) as run:
        from national.rollup import roll_up

        for table, rows in sorted(roll_up(folders, out, run).items()):
            typer.echo(f"{out / table}: {rows} rows")


@contextmanager
def _running(workers: int | None, scheduler: str) -> Iterator[Any]:
    """How parts of the work are done, with a bar while a person watches."""
    if scheduler and workers:
        raise wrong_usage("either --workers or --scheduler: a scheduler has workers of its own")
    with progress() as told:
        if not scheduler and not workers:
            from memory import keep_freed_arrays
            from store.recompute import in_turn

            keep_freed_arrays()
            yield _shown(in_turn, told)
            return
        from national.cluster import local_workers, workers_of

        with local_workers(workers) if workers else workers_of(scheduler) as client:
            from national.job import on  # loads the store, as the workers do meanwhile

            yield _shown(on(client), told)


def _shown(run: Any, told: Callable[[str, float], None]) -> Any:
    def shown(count: Any, kept: Any, parts: Any) -> Iterable[Any]:
        for done, found in enumerate(run(count, kept, parts), start=1):
            told("counting", done / len(parts))
            yield found

    return shown
