"""Who asks, and what they may: the matrix of roles and capabilities. docs/security.md says it in words."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, get_args

from admission import GroupRole, GroupSettings
from errors import AccessError

Role = Literal[GroupRole, "screen", "machine"]
# figures: every unit's figures and ranks. dossiers: rows of single dossiers, of the own units. operate: sources,
# quarantine, reconciliation, returns, messages. wall: the stream of one's own screen. metrics: /metrics, /health/data.
Capability = Literal[
    "figures", "dossiers", "export_figures", "export_dossiers", "notes", "operate", "targets", "screens", "audit",
    "wall", "metrics",
]  # fmt: skip
ROLES: tuple[Role, ...] = ("leader", "staff", "analyst", "operator", "screen", "machine")
CAPABILITIES: tuple[Capability, ...] = get_args(Capability)
MATRIX: Mapping[Role, frozenset[Capability]] = {
    "leader": frozenset({"figures", "dossiers", "export_figures", "audit"}),
    "staff": frozenset({"figures", "dossiers", "export_figures", "export_dossiers", "notes"}),
    "analyst": frozenset({"figures", "dossiers", "export_figures", "export_dossiers", "notes"}),
    "operator": frozenset({"figures", "export_figures", "notes", "operate", "targets", "screens", "audit", "metrics"}),
    "screen": frozenset({"wall"}),
    "machine": frozenset({"metrics"}),
}


class Principal(NamedTuple):
    """Who asks. `name`: as shown and noted; `subject`: who that is for the provider, unchanging; `units`: the codes of
    the units whose dossiers they may see, with all below these; None: of all units."""

    name: str
    subject: str
    roles: frozenset[Role]
    units: frozenset[str] | None = None

    def may(self, capability: Capability) -> bool:
        """Whether one of the roles has this capability."""
        return any(capability in MATRIX[role] for role in self.roles)

    def must(self, capability: Capability) -> None:
        """Raise AccessError unless `may`."""
        if not self.may(capability):
            roles = ", ".join(sorted(self.roles)) or "no role"
            raise AccessError(f"access: {capability} is not for {roles}")


NOBODY = Principal("", "", frozenset(), frozenset())
DEMO = Principal("demo", "demo", frozenset({"leader", "staff", "analyst", "operator"}))


def principal_of(name: str, subject: str, groups: Iterable[str], known: Iterable[GroupSettings]) -> Principal:
    """Who the member of these groups of the provider is; without a role where none of them is `known`.

    Dossiers are those of all groups' units together; of every unit where a group that may see dossiers names none.
    """
    belongs = set(groups)
    mine = [group for group in known if group.group in belongs]
    seeing = [group for group in mine if "dossiers" in MATRIX[group.role]]
    everywhere = any(not group.units for group in seeing)
    units = None if everywhere else frozenset(code for group in seeing for code in group.units)
    return Principal(name, subject, frozenset(group.role for group in mine), units)
