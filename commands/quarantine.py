"""The commands about records that could not be stored: quarantine list, show, replay."""

from typing import Annotated

import typer

from commands._shared import failures, open_store, wrong_usage
from commands._writing import Format, FormatOption, text, write, write_json
from config import read_settings

app = typer.Typer(no_args_is_help=True, help="Records that could not be stored.")


@app.command("list")
def list_held(
    source: Annotated[str | None, typer.Option()] = None,
    reason: Annotated[str | None, typer.Option()] = None,
    form: FormatOption = Format.table,
) -> None:
    """The held records: number, source, kind, id, reason, since when."""
    from store.quarantine import held

    with failures():
        columns = ["id", "source", "kind", "source_id", "reason", "detail", "first_seen_at", "last_seen_at"]
        records = held(open_store(), source=source, reason=reason)
        rows = [{name: text(getattr(record, name)) for name in columns} for record in records]
        write(rows, columns, form)


@app.command("show")
def show_held(number: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """One held record with its payload (without personal data)."""
    from store.quarantine import held

    with failures():
        found = held(open_store(), ids=[number])
        if not found:
            raise wrong_usage(f"no held record has the number {number}; see: quarantine list")
        write_json({name: text(value) for name, value in found[0]._asdict().items()})


@app.command("replay")
def replay_held(
    numbers: Annotated[list[int] | None, typer.Argument(metavar="[ID]...")] = None,
    source: Annotated[str | None, typer.Option()] = None,
    reason: Annotated[str | None, typer.Option()] = None,
) -> None:
    """Try held records again: those of these numbers, this source, this reason; without any, all."""
    from replay import replay
    from store.quarantine import held

    with failures():
        settings = read_settings()
        records = held(open_store(), ids=numbers or None, source=source, reason=reason)
        stored, still_held = replay(open_store(), settings, settings.make_clock(), records)
        typer.echo(f"{stored} stored, {still_held} still held")
