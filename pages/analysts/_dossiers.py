"""The dossiers behind a figure, without personal data: what each waits for and how late it is."""

from collections.abc import Mapping
from datetime import date, datetime
from html import escape
from typing import Any

import polars as pl

from clock import local_day
from metrics import Period
from pages import _format
from pages._language import _
from store.engine import Engine
from store.reads import dossier_list

SHOWN = 200
_ENDED = (7, 8)
_DONE = (9, 10)
# Which dossiers an indicator speaks of; those not named speak of the received.
_LIST_OF = {
    "open": "open",
    "overdue": "overdue",
    "overdue_rate": "overdue",
    **dict.fromkeys(
        (
            *(
                "on_time_rate",
                "early_rate",
                "last_day_rate",
                "processing_days",
                "online_payment_rate",
                "digitised_rate",
            ),
            *("e_result_rate", "satisfaction_rate", "postal_return_rate", "postal_return_rate_all"),
        ),
        "completed",
    ),
}


def list_names() -> dict[str, str]:
    """Value of the parameter `dossiers` to its name."""
    return {
        "received": _("Received in the period"),
        "completed": _("Completed in the period"),
        "open": _("Open at its end"),
        "overdue": _("Overdue at its end"),
    }


def list_of(indicator: str) -> str:
    """Which list belongs to an indicator."""
    return _LIST_OF.get(indicator, "received")


def find_dossiers(
    engine: Engine, units: list[str], procedure: str, chosen: str, period: Period
) -> tuple[int, pl.DataFrame]:
    """How many dossiers of the units are in a list of `list_names`, and the first 200 by due time."""
    days = (period.start, period.end)
    lists: dict[str, dict[str, Any]] = {
        "received": {"received": days},
        "completed": {"completed": days},
        "open": {"only": "open", "on": period.end},
        "overdue": {"only": "overdue", "on": period.end},
    }
    return dossier_list(engine, units, procedure_code=procedure or None, limit=SHOWN, **lists[chosen])


def dossier_table(
    found: pl.DataFrame, total: int, today: date, procedures: Mapping[str, str], units: Mapping[str, str]
) -> str:
    """The dossiers as HTML with how many there are in all."""
    if not total:
        return f'<div class="ioc-empty">{escape(_("No dossier: nothing happened here in this period."))}</div>'
    n, count = _format.number(found.height), _format.number(total)
    said = _("{n} dossiers, all shown.", n=count) if found.height == total else _(
        "The first {n} of {total} dossiers by due time; a procedure, a unit below or a shorter period shows the others.",  # noqa: E501
        n=n, total=count,
    )  # fmt: skip
    where = (_("Unit"),) if len(units) > 1 else ()
    heads = (_("Dossier"), _("Procedure"), *where, _("Received"), _("Due"), _("Completed"), _("State"), _("Days late"))
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(_row(row, today, procedures, units) for row in found.iter_rows(named=True))
    return (
        f'<p class="ioc-note">{escape(said)}</p><div class="ioc-wide">'
        f'<table class="ioc-parts ioc-dossiers" aria-label="{escape(said)}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: dict[str, Any], today: date, procedures: Mapping[str, str], units: Mapping[str, str]) -> str:
    finished = row["completed_at"] or row["returned_at"]
    late = days_late(row["state"], row["due_at"], finished, today)
    cells = [
        f'<td class="ioc-wrap">{escape(procedures.get(row["procedure_code"], row["procedure_code"]))}</td>',
        *(
            [f'<td class="ioc-wrap">{escape(units.get(row["unit_code"], row["unit_code"]))}</td>']
            if len(units) > 1
            else []
        ),
        *(_day(instant) for instant in (row["received_at"], row["due_at"], finished)),
        f"<td>{escape(state_word(row['state']))}</td>",
        f'<td class="ioc-number">{f"<b>{_format.number(late)}</b>" if late else "–"}</td>',
    ]
    return f'<tr><th scope="row">{escape(row["source_id"])}</th>{"".join(cells)}</tr>'


def days_late(state: int, due_at: datetime | None, finished_at: datetime | None, today: date) -> int:
    """Calendar days from the due day to completion, or to today while open; 0 in time, not due or ended otherwise."""
    if due_at is None or state in _ENDED:
        return 0
    until = local_day(finished_at) if state in _DONE and finished_at else today
    return max((until - local_day(due_at)).days, 0)


def state_word(state: int) -> str:
    """A dossier's state in words."""
    words = {
        1: _("registered"),
        2: _("received, waiting"),
        3: _("refused"),
        4: _("in work"),
        5: _("awaiting supplement"),
        6: _("awaiting payment"),
        7: _("withdrawn"),
        8: _("stopped"),
        9: _("finished, not handed over"),
        10: _("handed over"),
    }
    return words.get(state, str(state))


def _day(instant: datetime | None) -> str:
    if instant is None:
        return "<td>–</td>"
    return f'<td title="{escape(_format.moment(instant))}">{escape(_format.day(local_day(instant)))}</td>'
