"""What many viewers cost, as Markdown."""

from bench.staff import EVERY_SECONDS
from bench.viewers import LIMIT_MS, SCREENS, STAFF, Load, Viewers, breaks_between

_HEAD = """\
## Viewers: staff and screens on two web processes

Two web processes, nginx with the shipped configuration (TLS) and PostgreSQL; Hòa Bình with 2,000 dossiers a year. The
visitors are a process of their own and speak the browsers' own protocols. **All of these, and the visitors' process,
share this machine's {cores} cores**; the visitors' share is told apart and not counted as the server's. Numbers are
medians of {windows} windows of 10 s, after 10 s to warm up. *Lag*: how late the visitors' own process was woken (p95);
it is part of every time. *MB*: what the larger web process holds.

### Staff: an action every {every:.0f} s each

My unit, today's work, two rankings, three clicks on Explore, another indicator: each action is a whole page, timed from
the word to the server until it is drawn completely. In between an open page asks for its parts by itself, as a browser
does (*parts*). Something changes in the store every 15 s. An action that has not ended counts with its age.

| staff | actions/s | p50 ms | p95 ms | parts/s | web, cores | MB | nginx | PostgreSQL | visitors | lag ms | broken |
|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"""

_SCREENS = """\
### Screens of the wall: {screens:,} streams

Each hears a beat or what changed at least every 5 s, and says of itself every 30 s what a screen says. *Age*: from when
the server made a message until the screen had it. Core: of both web processes together.

| screens | news | web, of a core | above none | nginx | bytes each in 5 s | age p50 ms | p95 ms | visitors | broken |
|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|"""


def viewers_part(viewers: Viewers, cores: int) -> list[str]:
    """The section."""
    lines = [_HEAD.format(cores=cores, windows=viewers.windows, every=EVERY_SECONDS)]
    lines += [_staff_row(load) for load in viewers.staff]
    lines += ["", _staff_verdict(viewers), "", _where(viewers), "", _SCREENS.format(screens=SCREENS)]
    for news, loads in (("none", viewers.quiet_screens), ("every 5 s", viewers.screens)):
        lines += [_screen_row(load, loads[0], news) for load in loads]
    return [*lines, "", _screen_verdict(viewers)]


def _staff_row(load: Load) -> str:
    cells = [f"{load.here}", f"{load.actions_per_second:.1f}", f"{load.p50_ms:.0f}", f"{load.p95_ms:.0f}"]
    cells += [f"{load.parts_per_second:.0f}", f"{load.web_core:.2f}", f"{load.web_mb:.0f}", f"{load.nginx_core:.2f}"]
    cells += [f"{load.database_core:.2f}", f"{load.own_core:.2f}", f"{load.own_lag_ms:.0f}", f"{load.broken:.0f}"]
    return "| " + " | ".join(cells) + " |"


def _staff_verdict(viewers: Viewers) -> str:
    asked = next(load for load in viewers.staff if load.here == STAFF)
    well = "under" if asked.p95_ms <= LIMIT_MS else "**not under**"
    between = breaks_between(viewers.staff)
    told = f"p95 of {STAFF} staff is {well} {LIMIT_MS:.0f} ms: {asked.p95_ms:.0f} ms. "
    if between is None:
        return told + f"It never passed {LIMIT_MS:.0f} ms, up to {viewers.staff[-1].here} staff."
    return told + f"It passes {LIMIT_MS:.0f} ms between **{between[0]} and {between[1]}** staff."


def _where(viewers: Viewers) -> str:
    """What an action costs, and what pages that nobody touches cost."""
    alone = viewers.alone
    action = alone.web_core / alone.actions_per_second
    told = (
        f"An action costs the web processes {action * 1000:.0f} ms of a core ({alone.here} staff whose pages ask for "
        f"nothing: {alone.web_core:.2f} cores for {alone.actions_per_second:.1f} a second, p95 {alone.p95_ms:.0f} ms)"
    )
    light = next((load for load in viewers.staff if load.parts_per_second), None)
    if light is None:
        return f"{told}. Nobody stays on a page for so long that it asks for a part again."
    part = max(0.0, light.web_core - light.actions_per_second * action) / light.parts_per_second
    rates = light.actions_per_second / light.here, light.parts_per_second / light.here
    one = rates[0] * action + rates[1] * part
    return (
        f"{told}, a part that is asked for again {part * 1000:.1f} ms. So one of the staff costs {one * 1000:.1f} ms "
        f"of a core each second, {rates[1] * part / one:.0%} of it by parts: {1 / one:.0f} staff use a core up."
    )


def _screen_row(load: Load, none: Load, news: str) -> str:
    cells = [f"{load.here:,}", news, f"{load.web_core:.2%}", f"{load.web_core - none.web_core:.2%}"]
    cells += [f"{load.nginx_core:.2%}", f"{load.bytes_each:,.0f}", f"{load.p50_ms:.0f}", f"{load.p95_ms:.0f}"]
    return "| " + " | ".join([*cells, f"{load.own_core:.2%}", f"{load.broken:.0f}"]) + " |"


def _screen_verdict(viewers: Viewers) -> str:
    told = []
    for words, (none, _nine, all_of_them) in (
        ("without news", viewers.quiet_screens),
        ("with news every 5 s", viewers.screens),
    ):
        spent = all_of_them.web_core - none.web_core
        told.append(f"{words} {'under' if spent < 0.05 else '**not under**'} 5 % of a core ({spent:.2%})")
    return f"{SCREENS:,} screens cost the web processes {', '.join(told)}, above what polls cost without any."
