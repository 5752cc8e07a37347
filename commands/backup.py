"""The commands that carry the store to safety and back: backup, restore."""

import re
from pathlib import Path
from typing import Annotated

import typer

from clock import LOCAL_ZONE, real_clock
from commands._progress import progress
from config import read_settings

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup: a ZIP with manifest and database.")]
_CHANGELOG = Path(__file__).parent.parent / "CHANGELOG.md"


def backup(file: File) -> None:
    """Write the whole store to a file while the centre runs; an older backup of that name is replaced at the end."""
    from store.backup import back_up
    from store.engine import open_engine

    with progress() as told:
        engine = open_engine(read_settings().database_url)
        made = back_up(engine, file.absolute(), real_clock().now(), _program(), told)
        engine.dispose()
    typer.echo(f"{file}: tables at version {made.migration}; {made.sums}")


def restore(file: File) -> None:
    """Fill the configured store, which must be empty, from a backup, and prove that all of it is there."""
    from store.audit import Deed, host_user, record
    from store.backup import restore as restore_store
    from store.engine import open_engine, pending_migration
    from store.sign_ins import forget_sign_ins

    with progress() as told:
        engine = open_engine(read_settings().database_url)
        made = restore_store(engine, file.absolute(), told)
        pending = pending_migration(engine)
        if not pending:  # older tables may have no log yet
            told_of = {"made_at": made.made_at, "head": made.sums.audit}
            record(engine, Deed(host_user(), "restore", file.name, details=told_of))
        forget_sign_ins(engine)
        engine.dispose()
    at = made.made_at.astimezone(LOCAL_ZONE).isoformat(timespec="seconds")
    typer.echo(f"{file}: restored as of {at}, program {made.program}; rows and checksums are the same: {made.sums}")
    if pending:
        typer.echo(f"the next run, web or poll migrates it: {pending}")


def _program() -> str:
    """The version of this program: the newest of its changelog."""
    found = re.search(r"^## (\S+),", _CHANGELOG.read_text("utf-8"), re.MULTILINE)
    return found[1] if found else "unknown"
