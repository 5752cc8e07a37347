"""The commands about records that could not be stored: quarantine list, show, replay."""

from typing import Annotated

import typer

from commands._shared import open_store, wrong_usage
from commands._writing import Format, FormatOption, text, write, write_json
from config import read_settings
from store.reason_classes import CLASSES, class_of

ClassOption = Annotated[str | None, typer.Option("--class", help=f"One of: {', '.join(CLASSES)}.")]

app = typer.Typer(no_args_is_help=True, help="Records that could not be stored.")


@app.command("list")
def list_held(
    source: Annotated[str | None, typer.Option()] = None,
    reason: Annotated[str | None, typer.Option()] = None,
    reason_class: ClassOption = None,
    form: FormatOption = Format.table,
) -> None:
    """The held records: number, source, kind, id, unit, class of reasons, reason, since when."""
    from store.quarantine import held

    _check(reason_class)
    columns = ["id", "source", "kind", "source_id", "unit_code", "class", "reason", "detail"]
    columns += ["first_seen_at", "last_seen_at"]
    records = held(open_store(), source=source, reason=reason, reason_class=reason_class)
    classed = [{**record._asdict(), "class": class_of(record.reason)} for record in records]
    write([{name: text(record[name]) for name in columns} for record in classed], columns, form)


@app.command("show")
def show_held(number: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """One held record with its payload (without personal data)."""
    from store.quarantine import held

    found = held(open_store(), ids=[number])
    if not found:
        raise wrong_usage(f"no held record has the number {number}; see: quarantine list")
    told = {**found[0]._asdict(), "class": class_of(found[0].reason)}
    write_json({name: text(value) for name, value in told.items()})


@app.command("replay")
def replay_held(
    numbers: Annotated[list[int] | None, typer.Argument(metavar="[ID]...")] = None,
    source: Annotated[str | None, typer.Option()] = None,
    reason: Annotated[str | None, typer.Option()] = None,
    reason_class: ClassOption = None,
) -> None:
    """Try held records again: those of these numbers, this source, this reason or class; without any, all."""
    from replay import replay
    from store.quarantine import held

    _check(reason_class)
    settings = read_settings()
    records = held(open_store(), ids=numbers or None, source=source, reason=reason, reason_class=reason_class)
    stored, still_held = replay(open_store(), settings, settings.make_clock(), records)
    typer.echo(f"{stored} stored, {still_held} still held")


def _check(reason_class: str | None) -> None:
    if reason_class not in (None, *CLASSES):
        raise wrong_usage(f"{reason_class!r} is no class of reasons; one of: {', '.join(CLASSES)}")
