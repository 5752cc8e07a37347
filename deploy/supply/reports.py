"""`store`: ask now and write docs/supply/. `check`: what `make check` asks; exit 1 for what is known against us."""

import typer

from clock import real_clock
from deploy.supply import audit, bill, licences
from deploy.supply.pins import PRODUCT, REPORTS, TOOLS, pins, without_hash

app = typer.Typer(add_completion=False, help=__doc__)


@app.command()
def store() -> None:
    """Write audit.json, licences.md and sbom.cdx.json; an audit that answers for less than the kept one is not kept."""
    today = real_clock().today()
    REPORTS.mkdir(exist_ok=True)
    now, wanted = audit.ask(today), pins(TOOLS)
    if not audit.REPORT.exists() or _of(now, wanted) >= _of(audit.stored(), wanted):
        audit.store(now)
    licences.store(licences.licences(), today)
    bill.store()


def _of(report: audit.Audit, wanted: dict[str, str]) -> int:
    return len(report.answered.items() & wanted.items())


@app.command()
def check() -> None:
    """Hashes, advisories, licences, and whether the bill is of what is pinned."""
    lines, good = audit.verdict(audit.ask(real_clock().today()), audit.stored(), audit.ACCEPTED)
    faults = [f"no hash: {name}" for file in (PRODUCT, TOOLS) for name in without_hash(file)]
    faults += [f"licence that nobody has agreed to: {said}" for said in licences.unallowed(licences.licences())]
    if bill.listed() != pins(PRODUCT):
        faults.append(f"docs/supply/sbom.cdx.json of {bill.made_at()} is not of what is pinned: make supply")
    for line in [*lines, *faults]:
        typer.echo(line, err=True)
    raise typer.Exit(bool(faults) or not good)


if __name__ == "__main__":
    app()
