"""The command that holds the published figures against ours: figures."""

from collections.abc import Iterable, Iterator
from typing import Annotated, TypeVar

import typer

from commands._shared import wrong_usage
from commands._writing import Format, FormatOption, write

Step = TypeVar("Step")


def figures_of_articles(
    place: Annotated[str | None, typer.Option(help="Only the figures of this simulated place.")] = None,
    form: FormatOption = Format.table,
) -> None:
    """The published figures of the source articles beside what the centre computes; exit 1 when one differs."""
    from commands import _figures_run as figures_run

    names = figures_run.places()
    if place and place not in names:
        raise wrong_usage(f"no article is about {place!r}; known: {', '.join(names)}")
    names = [place] if place else names
    found = dict(_counted(figures_run.compared_places(names), len(names), "places"))
    rows = [figures_run.as_row(figure) for name in names for figure in found[name]]
    write(rows, list(figures_run.COLUMNS), form)
    if any(row["ok"] == "differs" for row in rows):
        raise typer.Exit(1)


def _counted(steps: Iterable[Step], total: int, what: str) -> Iterator[Step]:
    """The steps of long work, with a progress bar while a person watches."""
    from rich.console import Console
    from rich.progress import track

    watched = Console(stderr=True)
    yield from track(steps, what, total, console=watched, disable=not watched.is_terminal)
