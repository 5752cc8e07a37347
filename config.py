"""The settings: one TOML file, read once, frozen. Secrets stand in it only as names of environment variables."""

import os
import re
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from admission import AccessSettings, GroupSettings, MachineSettings, check_access
from clock import Clock, real_clock, replay_clock
from durations import Duration as Duration
from durations import parse_duration as parse_duration
from errors import ConfigError
from recipients import MessageSettings, RecipientSettings, check_recipients

# What people import belongs to a source of this name, which none of the configured ones may have.
IMPORTED = "import"


class StoreSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the facts are kept; IOC_DATABASE_URL overrides the URL.

    The others are for PostgreSQL: each process holds up to `pool_size` connections, and for a moment `pool_overflow`
    more; it waits `pool_timeout` for a free one. The database ends what takes longer than its timeout.
    """

    url: str = "sqlite:///var/ioc.db"
    pool_size: int = 5
    pool_overflow: int = 10
    pool_timeout: Duration = Duration(seconds=10)
    statement_timeout: Duration = Duration(minutes=5)
    lock_timeout: Duration = Duration(seconds=30)
    idle_in_transaction_timeout: Duration = Duration(minutes=2)


class ClockSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A replay clock for a simulated place; a real installation has no [clock]."""

    start: datetime
    speed: float = 1.0


class RankingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Units with a smaller denominator than `minimum` are listed apart, not ranked."""

    minimum: int = 10


class PeerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An own peer group: units, by their codes, that are ranked against each other."""

    name: str
    title: str
    units: tuple[str, ...]


class SourceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One source system. `every`, `overlap` and `expected_age` are durations such as "60s", "15m", "1h".

    `requests_per_minute`: no minute holds more calls than that, whatever is to be read. `private_network`: the name in
    base_url may lead to private addresses.
    """

    name: str
    dialect: str
    base_url: str = ""
    username: str = ""
    password_env: str = ""
    token_env: str = ""
    secret_env: str = ""
    group_id: str = ""
    path: str = ""
    every: Duration = Duration(seconds=60)
    overlap: Duration = Duration(minutes=15)
    expected_age: Duration = Duration(minutes=5)
    requests_per_minute: Annotated[int, msgspec.Meta(ge=1)] = 6000
    private_network: bool = False

    def secret(self, setting: str) -> str:
        """The value of the environment variable that the setting `password_env`, `token_env` or `secret_env` names.

        Raises ConfigError when the setting is missing or the variable is empty.
        """
        variable = getattr(self, setting)
        if not variable:
            raise ConfigError(f"source {self.name}: setting {setting} is missing (it names an environment variable)")
        value = os.environ.get(variable, "")
        if not value:
            raise ConfigError(f"source {self.name}: environment variable {variable} (named by {setting}) is empty")
        return value


class WallSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The wall. `layout`: its layout file, seen from where the configuration lies; empty: the one shipped.

    `pairing`: who must be paired as a screen: "remote" all but a browser on this host, "always" everybody.
    """

    layout: str = ""
    pairing: Literal["remote", "always"] = "remote"


class QuarantineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of what cannot be stored is held back: `kept` since it was last met, at most `records_per_source`, with
    payloads of at most `largest_payload` characters. What goes is counted and told."""

    kept: Duration = Duration(days=90)
    records_per_source: Annotated[int, msgspec.Meta(ge=1)] = 10_000
    largest_payload: Annotated[int, msgspec.Meta(ge=1)] = 65_536


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of one installation."""

    store: StoreSettings = StoreSettings()
    sources: tuple[SourceSettings, ...] = ()
    clock: ClockSettings | None = None
    ranking: RankingSettings = RankingSettings()
    peers: tuple[PeerSettings, ...] = ()
    wall: WallSettings = WallSettings()
    quarantine: QuarantineSettings = QuarantineSettings()
    messages: MessageSettings = MessageSettings()
    recipients: tuple[RecipientSettings, ...] = ()
    access: AccessSettings = AccessSettings()
    groups: tuple[GroupSettings, ...] = ()
    machines: tuple[MachineSettings, ...] = ()

    @property
    def database_url(self) -> str:
        """The URL in force: IOC_DATABASE_URL, else `[store] url`."""
        return os.environ.get("IOC_DATABASE_URL") or self.store.url

    def make_clock(self) -> Clock:
        """The clock that every part of this installation asks."""
        return replay_clock(self.clock.start, self.clock.speed) if self.clock else real_clock()

    def source(self, name: str) -> SourceSettings:
        """The source of that name; ConfigError listing the right names when there is none."""
        for source in self.sources:
            if source.name == name:
                return source
        known = ", ".join(source.name for source in self.sources) or "none"
        raise ConfigError(f"unknown source {name!r}; configured: {known}")


def read_settings(path: str | Path | None = None) -> Settings:
    """The settings of `path`, else of the file that IOC_CONFIG names.

    Raises ConfigError for a missing file, broken TOML, an unknown or ill-typed setting, or a name used twice.
    """
    path = path or os.environ.get("IOC_CONFIG")
    if not path:
        raise ConfigError("no configuration: give --config FILE or set IOC_CONFIG")
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"configuration {path}: cannot be read ({error.strerror})") from error
    return _with_paths(parse_settings(text, str(path)), Path(path).resolve().parent)


def _with_paths(settings: Settings, folder: Path) -> Settings:
    """A source's file on this host, and the wall's layout, lie where the configuration says from where it lies."""
    local = [
        msgspec.structs.replace(source, path=str(folder / source.path))
        if source.path and not source.base_url
        else source
        for source in settings.sources
    ]
    wall = settings.wall
    if wall.layout:
        wall = msgspec.structs.replace(wall, layout=str(folder / wall.layout))
    return msgspec.structs.replace(settings, sources=tuple(local), wall=wall)


def parse_settings(text: bytes, name: str) -> Settings:
    """The settings in a TOML text; `name` is what error messages call it."""
    try:
        written = tomllib.loads(text.decode("utf-8"))
        _refuse_unknown(name, "", written, Settings)
        settings = msgspec.convert(written, Settings, dec_hook=_decode)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ConfigError(f"configuration {name}: {error}") from error
    names = [source.name for source in settings.sources]
    for twice in {source for source in names if names.count(source) > 1}:
        raise ConfigError(f"configuration {name}: two sources are named {twice!r}")
    _check_peers(name, settings.peers)
    try:
        check_recipients(settings.messages, settings.recipients)
        check_access(settings.access, settings.groups, settings.machines)
    except ConfigError as error:
        raise ConfigError(f"configuration {name}: {error}") from error
    if IMPORTED in names:
        raise ConfigError(f"configuration {name}: no source may be named {IMPORTED!r}: that is what people import")
    if settings.clock and settings.clock.start.tzinfo is None:
        raise ConfigError(f"configuration {name}: [clock] start needs a zone, such as 2021-12-10T08:00:00+07:00")
    return settings


_GROUP_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KINDS = ("tinh", "so", "huyen", "xa")


def _check_peers(name: str, peers: tuple[PeerSettings, ...]) -> None:
    """Raise ConfigError for a peer group that could not be asked for by its name, or holds nothing to compare."""
    for number, group in enumerate(peers):
        problem = ""
        if not _GROUP_NAME.fullmatch(group.name):
            problem = "the name takes small letters, digits and hyphens, such as mien-nui"
        elif group.name in _KINDS:
            problem = "this is the name of a kind of unit; take another"
        elif group.name in {other.name for other in peers[:number]}:
            problem = "two groups have this name"
        elif not group.title.strip():
            problem = "the title is empty"
        elif not all(code.strip() for code in group.units) or len(set(group.units)) < len(group.units):
            problem = "a unit's code is empty or stands there twice"
        elif len(group.units) < 2:
            problem = "a group needs two units or more"
        if problem:
            raise ConfigError(f"configuration {name}: [[peers]] {group.name!r}: {problem}")


_SECTIONS: dict[str, type[msgspec.Struct]] = {
    "store": StoreSettings,
    "clock": ClockSettings,
    "ranking": RankingSettings,
    "peers": PeerSettings,
    "sources": SourceSettings,
    "wall": WallSettings,
    "quarantine": QuarantineSettings,
    "messages": MessageSettings,
    "recipients": RecipientSettings,
    "access": AccessSettings,
    "groups": GroupSettings,
    "machines": MachineSettings,
}


def _refuse_unknown(name: str, section: str, written: dict[str, Any], kind: type[msgspec.Struct]) -> None:
    """Raise ConfigError that names a setting nobody knows, and the right ones."""
    for key, value in written.items():
        if key not in kind.__struct_fields__:
            known = ", ".join(kind.__struct_fields__)
            raise ConfigError(f"configuration {name}: unknown setting {section}{key}; known here: {known}")
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict) and not section:
                _refuse_unknown(name, f"[{key}] ", part, _SECTIONS[key])


def _decode(kind: type, value: Any) -> Any:
    if kind is Duration:
        return parse_duration(value)
    raise NotImplementedError(kind)


def write_settings(settings: Settings, path: Path) -> None:
    """Write settings as the TOML file that `read_settings` reads back; durations in seconds."""
    lines = [
        "[store]",
        *_written(settings.store),
        "",
        "[ranking]",
        f"minimum = {settings.ranking.minimum}",
    ]
    if settings.clock:
        start = _quoted(settings.clock.start.isoformat())
        lines += ["", "[clock]", f"start = {start}", f"speed = {settings.clock.speed}"]
    if settings.wall != WallSettings():
        lines += ["", "[wall]", f"layout = {_quoted(settings.wall.layout)}"]
        lines.append(f"pairing = {_quoted(settings.wall.pairing)}")
    if settings.quarantine != QuarantineSettings():
        lines += ["", "[quarantine]", *_written(settings.quarantine)]
    for group in settings.peers:
        units = ", ".join(_quoted(code) for code in group.units)
        lines += ["", "[[peers]]", f"name = {_quoted(group.name)}", f"title = {_quoted(group.title)}"]
        lines.append(f"units = [{units}]")
    if settings.messages.base_url:
        lines += ["", "[messages]", f"base_url = {_quoted(settings.messages.base_url)}"]
    if settings.access != AccessSettings():
        lines += ["", "[access]", *_written(settings.access)]
    for section, entries in _lists(settings):
        for entry in entries:
            lines += ["", f"[[{section}]]", *_written(entry)]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _lists(settings: Settings) -> Iterator[tuple[str, tuple[msgspec.Struct, ...]]]:
    yield "sources", settings.sources
    yield "recipients", settings.recipients
    yield "groups", settings.groups
    yield "machines", settings.machines


def _written(entry: msgspec.Struct) -> Iterator[str]:
    for field, value in msgspec.structs.asdict(entry).items():
        if isinstance(value, timedelta):
            yield f'{field} = "{value.total_seconds():.15g}s"'
        elif isinstance(value, tuple):
            yield f"{field} = [{', '.join(_quoted(text) for text in value)}]"
        elif isinstance(value, int):
            yield f"{field} = {str(value).lower()}"
        elif value:
            yield f"{field} = {_quoted(value)}"


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()
