"""What a web server finds otherwise than it was last noted, when it starts: what the figures mean, and who has access.

The indicators' definitions, the code that counts and the settings change with a new program or a restart, behind the
store's back; so the audit log is told then.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import structlog

from config import Settings
from errors import ConfigError, StoreError
from metrics import catalogue, formula
from store.audit import host_user, record_state
from store.engine import Engine

log = structlog.get_logger("web")
_ROOT = Path(__file__).parent.parent
# What one fact adds to which measure, and when a target is reached.
_COUNTING = ("store/contributions.py", "store/point_contributions.py", "metrics/_target.py", "metrics/_deadlines.py")
_DIGITS = 12


def note_at_start(engine: Engine, settings: Settings) -> None:
    """Note what has changed since the last start of any web server; a store that cannot be written is only logged."""
    who = host_user()
    try:
        record_state(engine, who, "definition", "indicators", definitions())
        record_state(engine, who, "definition", "counting", _counting())
        record_state(engine, who, "access", "groups", _groups(settings))
        record_state(engine, who, "token", "machines", _machines(settings))
    except StoreError as error:
        log.warning("state at start not noted", reason=str(error))


def definitions() -> Mapping[str, str]:
    """A fingerprint of each indicator's formula and of its definition in both languages."""
    found = {}
    for key, indicator in catalogue().items():
        recorded = formula(indicator)
        texts = (recorded.numerator, recorded.denominator or "", indicator.definition, indicator.definition_vi)
        found[key] = _fingerprint("\0".join(texts))
    return found


def _counting() -> Mapping[str, str]:
    return {name: _fingerprint((_ROOT / name).read_text("utf-8")) for name in _COUNTING}


def _groups(settings: Settings) -> Mapping[str, str]:
    """Each group's role and units; the same group may have several."""
    found: dict[str, str] = {}
    for group in settings.groups:
        said = f"{group.role} {' '.join(sorted(group.units))}".rstrip()
        found[group.group] = "; ".join(filter(None, (found.get(group.group), said)))
    return found


def _machines(settings: Settings) -> Mapping[str, str]:
    """A fingerprint of each machine's token, which nobody can guess from it: a token is long and random."""
    found = {}
    for machine in settings.machines:
        try:
            found[machine.name] = _fingerprint(f"{machine.name}\0{machine.token()}")
        except ConfigError:
            found[machine.name] = ""  # it has none, and gets in nowhere
    return found


def _fingerprint(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_DIGITS]
