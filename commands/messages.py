"""The commands about messages: messages list, test."""

from typing import Annotated

import typer

from commands._shared import known, open_store
from commands._writing import Format, FormatOption, text, write
from config import read_settings

app = typer.Typer(no_args_is_help=True, help="Messages to people: what was sent, and whether it can be.")


@app.command("list")
def list_messages(
    recipient: Annotated[str, typer.Option()] = "",
    state: Annotated[str, typer.Option(help="queued, sending, sent or failed.")] = "",
    rule: Annotated[str, typer.Option(help="A rule's name, digest or test.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="So many of the newest.")] = 100,
    form: FormatOption = Format.table,
) -> None:
    """The delivery ledger, the newest first."""
    from store.message_reads import ledger

    columns = ["id", "queued_at", "recipient", "rule", "kind", "title", "state", "attempts", "tried_at", "reason"]
    _total, found = ledger(open_store(), recipient, state, rule, limit)
    rows = [{name: text(getattr(message, name)) for name in (*columns, "next_at", "key")} for message in found]
    write(rows, columns, form)


@app.command("test")
def test_recipient(recipient: Annotated[str, typer.Option(help="Name of the recipient.")]) -> None:
    """Send one message now; exit 1 with the reason when it is not taken."""
    from messages.trial import find_recipient, send_test

    settings = read_settings()
    found = known(find_recipient, settings, recipient)
    reason = send_test(open_store(), settings, settings.make_clock(), found)
    if reason:
        typer.echo(f"ioc.py: {recipient}: {reason}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{recipient}: taken")
