"""Questions about the dossiers of some procedures: what is no sum over dossiers has no answer."""

import polars as pl

from metrics._hierarchy import Floats, Ints
from metrics._question import Question
from metrics._returned import Part


class NotByProcedure(ValueError):
    """The indicator is no sum over dossiers of a procedure, so it cannot be taken apart by procedure."""


class DossierQuestion(Question):
    """A question that only indicators made of dossiers can ask; any other raises NotByProcedure."""

    def used_procedures(self, trigger: str) -> Ints:
        raise NotByProcedure

    def procedures(self, *conditions: pl.Expr) -> Ints:
        raise NotByProcedure

    def both_days(self, pair: str) -> Ints:
        raise NotByProcedure

    def working_days(self) -> Ints:
        raise NotByProcedure

    def units_below(self) -> Ints:
        raise NotByProcedure

    def units_below_with(self, measure: str) -> Ints:
        raise NotByProcedure

    def units_in_force(self, kind: str) -> Ints:
        raise NotByProcedure

    def units_with_stock(self, kind: str, change: str) -> Ints:
        raise NotByProcedure

    def units_over_stock(self, kind: str, below: str, change: str) -> Ints:
        raise NotByProcedure

    def returned(self, key: str, part: Part) -> Floats:
        raise NotByProcedure

    def check(self, *measures: str) -> None:
        """NotByProcedure for a measure that is not counted by procedure."""
        if not set(measures) <= set(self.counters.cells.measures):
            raise NotByProcedure
