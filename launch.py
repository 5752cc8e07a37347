"""Starting and checking the parts: the store, the simulators, the poller, the web server."""

import csv
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import sqlalchemy as sa
from sqlalchemy import Engine

from access.starting import refuse_unsafe, safety
from clock import ANCHOR_VARIABLE, replay_clock
from config import Settings, SourceSettings, StoreSettings, read_settings, write_settings
from errors import ConfigError, IocError, exit_on_failure
from store.dimensions import Succession, put_calendar, put_shapes, put_successions, put_targets, target_history
from store.engine import migrate, open_engine, pending_migration, reading, writing
from store.tables import poll_runs

if TYPE_CHECKING:
    from seed import Place

_ROOT = Path(__file__).parent
_CALENDAR = _ROOT / "seed" / "calendar-vn.csv"
_DEMO_PLACE = "hoa-binh"
_LOOK_SECONDS = 0.2
# Poller and web server leave behind what hangs after five and four; all of it must have ended in ten.
_GRACE_SECONDS = 6.5


def prepare_store(settings: Settings) -> Engine:
    """An engine on the settings' database, with its tables at the newest version and a calendar of working days."""
    return open_store(settings.database_url, settings.store)


def open_store(url: str, limits: StoreSettings | None = None) -> Engine:
    """As `prepare_store`, on the database at `url`; `limits` as of `open_engine`."""
    engine = open_engine(url, limits)
    if pending_migration(engine):
        migrate(engine)
        put_calendar(engine, _shipped_calendar())
    return engine


def _shipped_calendar() -> list[tuple[date, str, str]]:
    """Public holidays and make-up days as they were announced: (day, kind, name)."""
    lines = (line for line in _CALENDAR.read_text("utf-8").splitlines() if not line.startswith("#"))
    return [(date.fromisoformat(row["date"]), row["kind"], row["name"]) for row in csv.DictReader(lines)]


def web_address() -> tuple[str, int]:
    """Host and port of the web server: IOC_HOST (127.0.0.1) and IOC_PORT (8501)."""
    port = os.environ.get("IOC_PORT", "8501")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise ConfigError(f"IOC_PORT {port!r} is no port; give a number from 1 to 65535")
    return os.environ.get("IOC_HOST", "127.0.0.1"), int(port)


def become_web_server() -> NoReturn:
    """Go on as a process that does `serve_web` and has loaded nothing of the command line and of migrating: 16 MB."""
    os.execv(sys.executable, [sys.executable, "-c", "import launch; launch.serve_web()"])  # noqa: S606  # nosec B606  # our own words


def serve_web() -> NoReturn:
    """Serve app.py in this process until SIGTERM or SIGINT; then exit code 0. When it must not be served, 1, with the
    reason on standard error."""
    from streamlit.web.bootstrap import load_config_options
    from streamlit.web.cli import main

    from door.keepalive import ask_only_the_silent

    with exit_on_failure():
        host, port = web_address()
        # What Streamlit is told when it starts is no change to it then, of which it would warn.
        load_config_options({"server_address": host, "server_port": port, "server_headless": True})
        refuse_unsafe(read_settings())
    ask_only_the_silent()
    options = ["--server.address", host, "--server.port", str(port), "--server.headless", "true"]
    # Uvicorn, when it has ended well, raises the signal anew for whoever handled it before.
    signal.signal(signal.SIGTERM, _end_well)
    signal.signal(signal.SIGINT, _end_well)
    main(["run", str(_ROOT / "app.py"), *options], prog_name="streamlit")
    sys.exit(0)


def _end_well(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def enter_root() -> None:
    """Work from the project's folder, where Streamlit finds its settings; what was relative keeps its meaning."""
    if path := os.environ.get("IOC_CONFIG"):
        os.environ["IOC_CONFIG"] = str(Path(path).resolve())
        url = open_engine(read_settings().database_url).url
        if url.get_backend_name() == "sqlite" and url.database:
            file = str(Path(url.database).resolve())
            os.environ["IOC_DATABASE_URL"] = url.set(database=file).render_as_string(hide_password=False)
    os.chdir(_ROOT)


def simulate(place_name: str, port: int, speed: float) -> None:
    """Serve the source systems of a place until SIGINT or SIGTERM; prints where. ConfigError for an unknown place."""
    import seed

    place = seed.find_place(place_name)
    for name, url in seed.base_urls(place, port).items():
        sys.stdout.write(f"{name}  {url}\n")
    sys.stdout.flush()
    seed.serve(place_name, port, place.make_clock(speed))


def run_everything(place_name: str | None = None) -> int:
    """Start simulators (without a configuration), poller and web server; end them all when one ends or on a signal.

    `place_name`: which place is simulated (None: the demo's). Returns 0 after a signal, 1 when a part ended by itself.
    """
    if place_name and os.environ.get("IOC_CONFIG"):
        raise ConfigError("a simulated place and a configuration exclude each other: give one of --place and --config")
    enter_root()
    refuse_unsafe(read_settings() if os.environ.get("IOC_CONFIG") else Settings())
    _refuse_taken_port()
    stopping = _stop_on_signals()
    commands = {}
    if not os.environ.get("IOC_CONFIG"):
        commands["simulators"] = _prepare_demo(place_name or _DEMO_PLACE)
    prepare_store(read_settings()).dispose()
    for part, word in (("web", "web"), ("poller", "poll")):
        commands[part] = [sys.executable, str(_ROOT / "ioc.py"), word]
    parts: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            parts[name] = subprocess.Popen(command)  # noqa: S603  # nosec B603  # our own words
        return _watch(parts, stopping)
    finally:
        _end(list(parts.values()))


def _stop_on_signals() -> list[int]:
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    signal.signal(signal.SIGTERM, note)
    signal.signal(signal.SIGINT, note)
    return received


def _watch(parts: dict[str, "subprocess.Popen[bytes]"], stopping: list[int]) -> int:
    address, announced = f"http://{web_address()[0]}:{web_address()[1]}", False
    while not stopping:
        for name, part in parts.items():
            if part.poll() is not None:
                sys.stderr.write(f"ioc.py: {name} ended with exit code {part.returncode}\n")
                return 1
        if not announced and _first_page_opens(address):
            sys.stdout.write(f"\n  {address}\n\n")
            sys.stdout.flush()
            announced = True
        signal.sigtimedwait([], _LOOK_SECONDS)  # waits, and a signal ends the wait at once
    return 0


def _first_page_opens(address: str) -> bool:
    import httpx  # the web server needs no client

    try:
        return httpx.get(f"{address}/health/ready", timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _refuse_taken_port() -> None:
    host, port = web_address()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigError(
                f"web: {host}:{port} cannot be opened ({error.strerror}); set IOC_PORT to another"
            ) from error


def _end(parts: list["subprocess.Popen[bytes]"]) -> None:
    for part in parts:
        part.terminate()
    deadline = time.monotonic() + _GRACE_SECONDS
    for part in parts:
        try:
            part.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            part.kill()
            part.wait()


def _prepare_demo(place_name: str) -> list[str]:
    """Write the demo's settings and dimensions, set its environment, and return the command of its simulators.

    A simulated clock stands still while it is stopped: it goes on from the last poll.
    """
    import seed

    place = seed.find_place(place_name)
    port = _free_port()
    settings = seed.demo_settings(place, port)
    path = _ROOT / "var" / "demo.toml"
    path.parent.mkdir(exist_ok=True)
    write_settings(settings, path)
    os.environ["IOC_CONFIG"] = str(path)
    os.environ.update(seed.demo_secrets(place))
    engine = prepare_store(settings)
    import_place(engine, place)
    if not place.live:
        resumed = max(place.start, _last_poll(engine) or place.start)
        os.environ[ANCHOR_VARIABLE] = replay_clock(resumed, 1.0).anchor()
    engine.dispose()
    return [sys.executable, str(_ROOT / "ioc.py"), "simulate", "--place", place.name, "--port", str(port)]


def import_place(engine: Engine, place: "Place") -> None:
    """Store what a simulated place has on paper: outlines, who took over from whom, and, once, what it was told."""
    import seed

    put_shapes(engine, seed.shapes(place))
    with writing(engine) as connection:
        put_successions(connection, [Succession(**row) for row in seed.successions(place)])
    if not target_history(engine):
        put_targets(engine, seed.targets(place), by=f"mô phỏng {place.name}", at=place.start)


def _last_poll(engine: Engine) -> datetime | None:
    with reading(engine) as connection:
        ended: datetime | None = connection.scalar(sa.select(sa.func.max(poll_runs.c.ended_at)))
        return ended


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def checks(settings: Settings) -> Iterator[tuple[str, bool]]:
    """What `ioc.py check` looks at, one by one: (a line in words, whether it is well). Stores nothing."""
    yield f"configuration: {len(settings.sources)} sources", bool(settings.sources)
    yield from _check_safety(settings)
    engine = open_engine(settings.database_url)
    try:
        pending = pending_migration(engine)
        yield f"database: {pending or 'tables are at the newest version'}", pending is None
        if pending is None:
            yield from _check_published(engine)
    except IocError as error:
        yield f"database: {error}", False
    yield _check_layout(settings)
    for source in settings.sources:
        yield _check_source(settings, source)
    yield from _check_recipients(settings)


def _check_safety(settings: Settings) -> Iterator[tuple[str, bool]]:
    """A line for each thing that would keep the web server from starting, or one for what was looked at."""
    for subject, problems in safety(settings):
        for problem in problems:
            yield f"safety: {problem}", False
        if not problems:
            yield f"safety: {subject} are safe with [access] mode {settings.access.mode!r}", True


def _check_layout(settings: Settings) -> tuple[str, bool]:
    from wall.layout import read_layout
    from wall.watch import layout_path

    try:
        layout = read_layout(layout_path(settings))
    except ConfigError as error:
        return f"wall: {error}", False
    return f"wall: the layout shows {len(layout.screens)} screens", True


def _check_recipients(settings: Settings) -> Iterator[tuple[str, bool]]:
    """Whether the rules are known, and a line for each recipient; nothing is sent."""
    from messages.trial import check_address, check_rules

    try:
        check_rules(settings)
    except ConfigError as error:
        yield f"messages: {error}", False
    for recipient in settings.recipients:
        problem = check_address(recipient)
        yield f"recipient {recipient.name}: {problem or 'has an address'}", not problem


def _check_published(engine: Engine) -> Iterator[tuple[str, bool]]:
    """One line for all published periods, where there are any, or one for each that is no longer what was published."""
    from publishing import verify

    verified = verify(engine)
    unsound = [one.publication for one in verified if not one.sound]
    for broken in unsound:
        yield f"published {broken.name} revision {broken.revision}: the figures do not match their checksum", False
    if verified and not unsound:
        yield f"published periods: {len(verified)} revisions match their checksums", True


def _check_source(settings: Settings, source: SourceSettings) -> tuple[str, bool]:
    from connectors import connector
    from connectors._file import open_client

    clock = settings.make_clock()
    try:
        spoken = connector(source.dialect)
        with open_client(source, spoken, clock) as client:
            next(spoken.pull(client, clock.now()), None)
    except IocError as error:
        reason = str(error).removeprefix("source ").removeprefix(f"{source.name}: ")
        return f"source {source.name}: {reason}", False
    return f"source {source.name}: answers as dialect {source.dialect}", True
