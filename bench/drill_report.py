"""What a click costs, as a section to read: Markdown."""

from collections.abc import Callable, Sequence

import numpy as np

from bench.drill import LEVELS, ROUNDS, WARM_UP_ROUNDS, Click, Drill, Kind

_LIMIT_MS, _LIMIT_MB = 300.0, 400.0
_HEAD = """\
## Drill

{dossiers:,} dossiers of two years (180 communes, 12 districts, 15 fields) in PostgreSQL with the store's own indexes,
after VACUUM ANALYZE. One web server, the page *Explore* in one real Chromium of 1366×768; indicators *settled on time*,
*settled early*, *received*. A *drill click* goes province → district → commune → field → procedure with its dossiers,
or back up; a *filter change* is of indicator, period or comparison. Ours: from the click or choice until the frame that
shows the whole new view (figures, trend of twelve months, table with its comparison, download bar; the script runs no
longer). Each figure drawn was held against our own functions. Warm-up, thrown away:
{warm_up}. Load average before the first click {before}, after the last {after}.
"""
_PEER = """\
The same question to Apache Superset {version} (gunicorn, one worker, four threads, no cache, `force`), in turn with the
clicks: `POST /api/v1/chart/data` on the same table `dossiers`, numerator and denominator by unit or procedure in the
period (after a change of comparison: in the earlier period), or a page of 200 dossiers. Every answer, added up to our
rows, was the same as ours. **It is not the same work**: ours ends when the browser has drawn the whole page; theirs is
the API's answer alone, without trend, comparison, rank and share, and nothing drawn. *Our functions alone* do what
Superset is asked for: the figure and its rows from the counters in memory, or the list from PostgreSQL; no HTTP, no
HTML. Our server remembers what it has worked out until a poll changes it, as it does in real life; Superset's cache is
off. So the views that nobody had asked for before stand apart as well; none of them is the whole province, which is
the most work for Superset and was shown in the warm-up.
"""
_COLUMNS = "| | n | p50, ms | p95, ms | worst, ms |\n|---|---:|---:|---:|---:|"
_NAMES: dict[Kind, str] = {"drill": "drill click", "filter": "filter change"}
Cost = Callable[[Click], float | None]


def drill_part(drill: Drill) -> list[str]:
    """The lines of the section."""
    warm_up = f"{WARM_UP_ROUNDS} of {WARM_UP_ROUNDS + ROUNDS} rounds of {2 * LEVELS} clicks and as many changes"
    lines = [_HEAD.format(dossiers=drill.dossiers, warm_up=warm_up, before=drill.loads[0], after=drill.loads[1])]
    if drill.compared:
        lines.append(_PEER.format(version=drill.superset))
    else:
        lines.append(f"**Apache Superset could not be measured** ({drill.superset}): ours alone.\n")
    lines.append(_COLUMNS)
    for kind, name in _NAMES.items():
        clicks = [click for click in drill.clicks if click.kind == kind]
        lines += _rows(name, clicks)
        lines += _rows(f"{name} to a new view", [click for click in clicks if click.first])
    return [*lines, "", _verdict(drill.clicks), "", _memory(drill.web_mb), "", _where(drill.clicks)]


def _rows(name: str, clicks: Sequence[Click]) -> list[str]:
    kinds: dict[str, Cost] = {
        f"{name}, ours until drawn": lambda click: click.drawn.total,
        f"{name}, Superset's API alone": lambda click: click.superset,
        f"{name}, our functions alone": lambda click: click.functions,
    }
    found = {label: _costs(clicks, cost) for label, cost in kinds.items()}
    if not clicks:
        return []
    rows = [_row(label, costs) for label, costs in found.items() if costs]
    drawn, peer, functions = found.values()
    if peer:
        rows.append(_ratio(f"{name}, Superset's API over ours until drawn", peer, drawn))
        rows.append(_ratio(f"{name}, Superset's API over our functions", peer, functions))
    return rows


def _costs(clicks: Sequence[Click], cost: Cost) -> list[float]:
    return [found for click in clicks if (found := cost(click)) is not None]


def _row(label: str, costs: Sequence[float]) -> str:
    return f"| {label} | {len(costs)} | {_p(costs, 50):,.0f} | {_p(costs, 95):,.0f} | {max(costs):,.0f} |"


def _ratio(label: str, theirs: Sequence[float], ours: Sequence[float]) -> str:
    return f"| {label}: ratio | | {_p(theirs, 50) / _p(ours, 50):.2f} | {_p(theirs, 95) / _p(ours, 95):.2f} | |"


def _p(costs: Sequence[float], percent: float) -> float:
    return float(np.percentile(costs, percent))


def _verdict(clicks: Sequence[Click]) -> str:
    late = {
        name: _p([click.drawn.total for click in clicks if click.kind == kind], 95) for kind, name in _NAMES.items()
    }
    return " ".join(
        f"p95 of a {name} is {'under' if cost < _LIMIT_MS else '**not under**'} {_LIMIT_MS:.0f} ms ({cost:.0f} ms)."
        for name, cost in late.items()
    )


def _memory(held: float) -> str:
    """What the web process held, with one visitor."""
    small = "under" if held < _LIMIT_MB else "**not under**"
    return f"After the clicks the web process held {held:.0f} MB: {small} {_LIMIT_MB:.0f} MB."


def _where(clicks: Sequence[Click]) -> str:
    """Where the time of all clicks goes: their mean, and that of the slowest twentieth."""
    slow = _p([click.drawn.total for click in clicks], 95)
    groups = {
        "all clicks": [click.drawn for click in clicks],
        "the slowest twentieth": [click.drawn for click in clicks if click.drawn.total >= slow],
    }
    lines = [
        "Where the time goes, mean ms: *browser asks* from the click to the first word to the server, *server* from",
        "there to its last word (Streamlit's run with our functions and HTML), *browser draws* from there on.",
        "",
        "| | browser asks | server | browser draws | together |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, drawn in groups.items():
        means = np.mean([(one.sent, one.server, one.browser, one.total) for one in drawn], axis=0)
        lines.append(f"| {name} | " + " | ".join(f"{mean:,.0f}" for mean in means) + " |")
    return "\n".join(lines)
