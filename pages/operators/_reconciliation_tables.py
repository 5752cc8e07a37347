"""The tables of the page Reconciliation: sources, figures, units and records; on the page and to be taken away."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import polars as pl

from exports.viewed import Table
from pages import _format
from pages._html import escape, table
from pages._language import _
from pages._live import Live
from pages._taken import INSTANT, Columns, table_of
from pages._units import Units
from pages.analysts._dossiers import state_word as state_word_of_dossier
from pages.operators._reconciliation_words import (
    days_words,
    difference_word,
    figure_word,
    figure_words,
    reason_words,
    settled_word,
    state_badge,
    state_word,
)
from pages.operators._source_words import outcome_word
from store.reconciliation_results import Figure, KeyDifference, Reconciliation, next_night

SHOWN = 200
_WORST = ("differ", "silent", "incomparable", "agree")


class Found(NamedTuple):
    """The last comparison of each configured source (None: never), in their order."""

    here: Live
    last: Mapping[str, Reconciliation | None]

    @property
    def figures(self) -> list[tuple[str, Figure]]:
        """(source, figure of all units together): what differs first."""
        found = [(source, figure) for source, figure in self._all() if not figure.unit_code]
        return sorted(found, key=lambda pair: _WORST.index(pair[1].state))

    @property
    def units(self) -> list[tuple[str, Figure]]:
        """(source, figure of a unit that differs)."""
        return [(source, figure) for source, figure in self._all() if figure.unit_code]

    @property
    def keys(self) -> list[tuple[str, KeyDifference]]:
        """(source, record that differs), those still open first."""
        found = [(source, key) for source, run in self.last.items() if run for key in run.keys]
        return sorted(found, key=lambda pair: pair[1].settled)

    def unit_name(self, code: str) -> str:
        """The unit's name today, or its code."""
        units = Units(self.here.counters, self.here.today)
        return units.label(code) if code in units.by_code else code

    def _all(self) -> list[tuple[str, Figure]]:
        order = list(figure_words())
        found = [(source, figure) for source, run in self.last.items() if run for figure in run.figures]
        return sorted(found, key=lambda pair: (list(self.last).index(pair[0]), order.index(pair[1].figure)))


def source_state(run: Reconciliation | None) -> str:
    """The worst state of a source's figures; "never" when it was never compared."""
    if run is None or run.outcome == "never":
        return "never"
    states = {figure.state for figure in run.figures}
    return next((state for state in _WORST if state in states), "incomparable" if run.outcome == "untold" else "silent")


def _counts(source: str, found: Found) -> tuple[int | None, int]:
    """What the source said it holds for the last poll's question, and how much of it came."""
    health = next(health for health in found.here.sources if health.name == source)
    return health.source_count, health.fetched


def sources_html(found: Found) -> str:
    """A row for each source: how it stands, when it was and will be compared, both counts of the last poll."""
    heads = [
        _("Source"), _("State"), _("Last compared"), _("Outcome"), _("Next comparison"),
        _("Last poll: source says"), _("came"),
    ]  # fmt: skip
    rows = [
        [
            escape(source),
            state_badge(source_state(run)),
            escape(_format.moment(run.ended_at) if run else "–"),
            escape(_outcome(run)),
            escape(_format.moment(next_night(found.here.now))),
            _number(_counts(source, found)[0], _("not told")),
            _format.number(_counts(source, found)[1]),
        ]
        for source, run in found.last.items()
    ]
    return table(heads, rows)


def sources_table(found: Found) -> Table:
    """The same with the last error's words."""
    columns: Columns = {
        "source": (pl.String, _("Source")),
        "state": (pl.String, _("State")),
        "compared_at": (INSTANT, _("Last compared")),
        "outcome": (pl.String, _("Outcome")),
        "message": (pl.String, _("The message")),
        "next_at": (INSTANT, _("Next comparison")),
        "source_count": (pl.Int64, _("Last poll: source says")),
        "fetched": (pl.Int64, _("came")),
    }
    rows = [
        (
            source,
            state_word(source_state(run)),
            run.ended_at if run else None,
            _outcome(run),
            run.message if run else "",
            next_night(found.here.now),
            *_counts(source, found),
        )
        for source, run in found.last.items()
    ]
    return table_of(_("Sources"), rows, columns)


def _outcome(run: Reconciliation | None) -> str:
    if run is None or run.outcome == "never":
        return _("not polled yet") if run else "–"
    return _("tells nothing to compare") if run.outcome == "untold" else outcome_word(run.outcome)


def figures_html(rows: Sequence[tuple[str, Figure]], found: Found) -> str:
    """A row for each figure, or for each unit of one; "" without any."""
    of_units = any(figure.unit_code for _source, figure in rows)
    heads = [
        _("Figure"), _("Source"), *([_("Unit")] if of_units else [_("State"), _("Since")]),
        _("Source counts"), _("Here"), _("Difference"), _("After mending"),
        *([] if of_units else [_("Differing"), _("Days")]),
    ]  # fmt: skip
    cells = [
        [
            _named(figure),
            escape(source),
            *([escape(found.unit_name(figure.unit_code))] if of_units else _state_cells(figure)),
            _number(figure.source_count),
            _number(figure.our_count),
            _difference(figure),
            _number(figure.mended_count),
            *([] if of_units else [_number(figure.differing), escape(days_words(figure))]),
        ]
        for source, figure in rows
    ]
    return table(heads, cells, "figures ioc-reconciled") if cells else ""


def _named(figure: Figure) -> str:
    name, reason = escape(figure_word(figure.figure)), reason_words(figure)
    return f'{name}<br><span class="ioc-small">{escape(reason)}</span>' if reason else name


def _state_cells(figure: Figure) -> list[str]:
    return [state_badge(figure.state), escape(_format.moment(figure.since))]


def _number(count: int | None, untold: str = "–") -> str:
    return escape(untold) if count is None else _format.number(count)


def _difference(figure: Figure) -> str:
    if figure.source_count is None or figure.our_count is None:
        return _format.number(figure.differing) if figure.unit_code else "–"
    return _format.signed(figure.our_count - figure.source_count)


def figures_table(rows: Sequence[tuple[str, Figure]], name: str, found: Found) -> Table:
    """All figures, or all units that differ, with all that is known of each."""
    columns: Columns = {
        "source": (pl.String, _("Source")),
        "figure": (pl.String, _("Figure")),
        "unit_code": (pl.String, _("Unit code")),
        "unit": (pl.String, _("Unit")),
        "state": (pl.String, _("State")),
        "since": (INSTANT, _("Since")),
        "reason": (pl.String, _("Reason")),
        "first_day": (pl.Date, _("First day")),
        "last_day": (pl.Date, _("Last day")),
        "source_count": (pl.Int64, _("Source counts")),
        "our_count": (pl.Int64, _("Here")),
        "mended_count": (pl.Int64, _("After mending")),
        "differing": (pl.Int64, _("Differing")),
    }
    cells = [
        (
            source,
            figure_word(figure.figure),
            figure.unit_code,
            found.unit_name(figure.unit_code) if figure.unit_code else "",
            state_word(figure.state),
            figure.since,
            reason_words(figure),
            figure.first_day,
            figure.last_day,
            figure.source_count,
            figure.our_count,
            figure.mended_count,
            figure.differing,
        )
        for source, figure in rows
    ]
    return table_of(name, cells, columns)


def keys_html(rows: Sequence[tuple[str, KeyDifference]], found: Found) -> str:
    """A row for each record that differed; "" without any."""
    heads = [
        _("Record"), _("Difference"), _("Unit"), _("Source"), _("State at the source"), _("State here"),
        _("Updated at the source"), _("Updated here"), _("Now"),
    ]  # fmt: skip
    cells = [
        [
            f"<code>{escape(key.source_id)}</code>",
            escape(difference_word(key.difference)),
            escape(found.unit_name(key.unit_code) or "–"),
            escape(source),
            escape(_state(key, key.source_state)),
            escape(_state(key, key.our_state)),
            escape(_format.moment(key.source_updated_at) if key.source_updated_at else "–"),
            escape(_format.moment(key.our_updated_at) if key.our_updated_at else "–"),
            escape(settled_word(key.difference, key.settled)),
        ]
        for source, key in rows
    ]
    return table(heads, cells, "ioc-unsettled") if cells else ""


def _state(key: KeyDifference, state: int | None) -> str:
    """A dossier's state in words; of a document whether it was handled."""
    if state is None:
        return "–"
    if key.kind == "documents":
        return _("handled") if state else _("not handled yet")
    return state_word_of_dossier(state)


def keys_table(rows: Sequence[tuple[str, KeyDifference]], found: Found) -> Table:
    """The same, all of them."""
    columns: Columns = {
        "source": (pl.String, _("Source")),
        "kind": (pl.String, _("Figure")),
        "source_id": (pl.String, _("Record")),
        "difference": (pl.String, _("Difference")),
        "unit_code": (pl.String, _("Unit code")),
        "unit": (pl.String, _("Unit")),
        "source_state": (pl.String, _("State at the source")),
        "our_state": (pl.String, _("State here")),
        "source_updated_at": (INSTANT, _("Updated at the source")),
        "our_updated_at": (INSTANT, _("Updated here")),
        "settled": (pl.String, _("Now")),
    }
    cells = [
        (
            source,
            figure_word(key.kind),
            key.source_id,
            difference_word(key.difference),
            key.unit_code,
            found.unit_name(key.unit_code),
            _state(key, key.source_state),
            _state(key, key.our_state),
            key.source_updated_at,
            key.our_updated_at,
            settled_word(key.difference, key.settled),
        )
        for source, key in rows
    ]
    return replace(table_of(_("Records that differ"), cells, columns), dossiers=True)
