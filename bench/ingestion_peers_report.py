"""What other tools cost for the same delivered records, as a section to read: Markdown."""

from bench.ingestion_peers import Measured
from bench.measure import Cost
from bench.peer_stand import Peer

_HEAD = """\
## Dossiers ingested by other tools

{versions}. The same simulator and the same {dossiers:,} records over HTTP on loopback as in *Dossiers ingested end to
end*, into an empty database; the ORM, to save time, reads the first 20,000 alone. Core-seconds are those of the
process with its children, after its imports, and of the database server. *Ours* checks every record and
keeps quarantine, cursor, poll run and exact daily measures in the same transaction; the others keep the newest state
and nothing else. *dlt*: as its documentation advises, persons' fields and lists are mapped away so that no child
tables arise, `merge` by key with the newest of a load kept, its default file formats (pages of 5,000; Arrow tables of
20,000 rows of our finished table, not fetched and not decoded). *ORM*: pydantic decodes and checks a page, one ORM
upsert per page of 5,000 with `WHERE newer`, our columns and indexes. *Other state*: of the dossiers that it read, those
of which it holds in the end another state or update time than ours. *Limit*: the same pages fetched by http.client and
decoded by msgspec, the same finished dossiers and finished counters copied bare, then their keys and indexes; nothing
checked, converted, hashed, counted or compared. *Over it*: the peer's core-seconds per dossier over ours; *at most*:
over the limit's. No program that fetches and decodes these pages in this way and stores these rows and counters could
be more times over the peer, even if all else that it does cost nothing.

| way | database | dossiers | s wall | core-s (own + server) | per core-s | over it | at most | must be | other state |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"""

_LATE = """
Then {late:,} settled dossiers were delivered in their newest version, and in a later load in the version before it (a
source read anew from its begin, as after a restored backup). How many went back to the older state:

| way | database | gone back |
|---|---|---:|"""


def ingestion_peers_part(measured: Measured) -> list[str]:
    """The lines of the section."""
    lines = [_HEAD.format(versions=measured.versions, dossiers=measured.dossiers)]
    for database, cost in measured.ours.items():
        lines.append(_row("ours", database, measured.dossiers, cost, [""] * 4))
        lines.append(_row("limit", database, measured.dossiers, measured.limits[database], [""] * 4))
    for peer, cost, dossiers, differing in measured.peers:
        for_all = cost.core / dossiers * measured.dossiers
        ratio, at_most = (for_all / one[peer.ours].core for one in (measured.ours, measured.limits))
        against = f"{ratio:.1f}" if peer.ours == peer.database else f"{ratio:.1f} (ours on {peer.ours})"
        told = [against, f"{at_most:.1f}", _target(peer, ratio), f"{differing:,}"]
        lines.append(_row(peer.name, peer.database, dossiers, cost, told))
    lines.append(_LATE.format(late=measured.late))
    lines += [f"| {name} | {database} | {count:,} |" for name, database, count in measured.gone_back]
    return [*lines, ""]


def _row(name: str, database: str, dossiers: int, cost: Cost, told: list[str]) -> str:
    core = f"{cost.core:.1f} ({cost.own_core:.1f} + {cost.server_core:.1f})"
    cells = [name, database, f"{dossiers:,}", f"{cost.wall:.1f}", core, f"{dossiers / cost.core:,.0f}", *told]
    return "| " + " | ".join(cells) + " |"


def _target(peer: Peer, ratio: float) -> str:
    return f"{peer.target:g}: {'yes' if ratio >= peer.target else '**no**'}"
