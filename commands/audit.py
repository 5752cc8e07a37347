"""The commands about the audit log: audit verify, list."""

from typing import Annotated, Any

import typer

from commands._shared import open_store, wrong_usage
from commands._writing import Format, FormatOption, text, write
from errors import StoreError

app = typer.Typer(no_args_is_help=True, help="Who did what, when and why.")


@app.command("verify")
def verify_log(
    heads: Annotated[
        list[str] | None, typer.Option("--head", metavar="NUMBER:HASH", help="A head noted before; may be repeated.")
    ] = None,
) -> None:
    """Reckon the chain of the audit log again, and look for heads noted before. Exit 1 when it is not what was written.

    Prints the head: note it where nobody who can change the database can change it.
    """
    from store.audit_reads import differing, verify

    noted = [_head(words) for words in heads or ()]
    engine = open_store()
    chain = verify(engine)
    if chain.broken is not None:
        raise StoreError(
            f"audit log: row {chain.broken} is not what was written, or is missing; sound up to {chain.head}"
        )
    for lost in differing(engine, noted):
        cut = lost.number > chain.head.number
        what = "rows were cut off at the end" if cut else "rows up to it were written anew"
        raise StoreError(f"audit log: the head {lost} is not in it: {what}; it ends with {chain.head}")
    typer.echo(f"audit log: {chain.head.number} rows, every one as it was written\nhead {chain.head}")


@app.command("list")
def list_log(
    kind: Annotated[list[str] | None, typer.Option("--kind", help="Only this kind; may be repeated.")] = None,
    who: Annotated[str, typer.Option(help="Only of this person.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 200,
    form: FormatOption = Format.table,
) -> None:
    """The newest acts first: number, when, who, what kind, upon what, why."""
    from store.audit import ACTS
    from store.audit_reads import entries

    for wrong in set(kind or ()) - set(ACTS):
        raise wrong_usage(f"{wrong!r} is no kind of act; one of: {', '.join(ACTS)}")
    _total, found = entries(open_store(), kind or ACTS, who, limit=limit)
    rows = [{name: text(value) for name, value in entry._asdict().items()} for entry in found]
    write(rows, ["number", "at", "who", "act", "what", "reason"], form)


def _head(words: str) -> Any:
    from store.audit import Head

    number, _, digest = words.strip().partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 10 and len(digest) == 64):
        raise wrong_usage(f"--head {words!r} is no head; write it as audit verify prints it: NUMBER:HASH")
    return Head(int(number), digest.lower())
