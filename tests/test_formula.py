"""The formula that pages show is recorded from the definition that computes."""

from dataclasses import replace
from datetime import date

import pytest

from metrics import _formula, catalogue, definitions_version, formula
from metrics._contract import Indicator


@pytest.mark.parametrize("key", catalogue())
def test_every_indicator_has_a_formula_of_words_and_no_machinery(key: str) -> None:
    recorded = formula(catalogue()[key])
    assert (recorded.denominator is None) == (catalogue()[key].denominator is None)
    for text in (recorded.numerator, recorded.denominator or "x"):
        assert text.strip()
        assert not [word for word in ("lambda", " object ", "dyn ", "col(", "[(") if word in text]


@pytest.mark.parametrize(
    ("key", "numerator", "denominator"),
    [
        ("online_dossier_rate", "online_l34[P]", "received[P]"),
        ("open", "open_change[..D]", None),
        ("procedures_online_rate", "procedures(level >= 3)[D]", "procedures[D]"),
        ("services_used_rate", "(procedures with online_l34)[P]", "procedures(level >= 3)[D]"),
        ("postal_receipt_rate", "received_post[P]", "(received of procedures with received_post)[P]"),
        ("meeting_hours", "meeting_seconds[P] / 3600", None),
        (
            "on_time_rate_766",
            "completed_early[P] + completed_on_time[P] + open_change[..D] - overdue_change[..D]",
            "completed_early[P] + completed_on_time[P] + completed_late[P] + open_change[..D]",
        ),
        (
            "meeting_hours_change",
            "(meeting_seconds[P] - meeting_seconds[P-1]) / 3600",
            "meeting_seconds[P-1] / 3600",
        ),
    ],
)
def test_formulas_say_what_counts_and_when(key: str, numerator: str, denominator: str | None) -> None:
    recorded = formula(catalogue()[key])
    assert (recorded.numerator, recorded.denominator) == (numerator, denominator)


def test_only_events_of_the_period_add_up_over_time() -> None:
    adding = {key for key, indicator in catalogue().items() if formula(indicator).adds_up}
    assert {"received", "online_dossier_rate", "on_time_rate", "meeting_hours", "signed_document_rate"} <= adding
    assert not {"open", "overdue_rate", "on_time_rate_766", "procedures_online_rate", "services_used_rate"} & adding
    assert not {"postal_receipt_rate", "meeting_hours_change", "units_signing_rate", "refused_rate"} & adding


def test_what_is_taken_off_as_a_sum_stands_in_brackets() -> None:
    made_up = replace(
        catalogue()["received"], numerator=lambda ask: ask.flow("received") - ask.flow("completed_early", "withdrawn")
    )
    assert formula(made_up).numerator == "received[P] - (completed_early[P] + withdrawn[P])"


@pytest.mark.parametrize(
    "change",
    [
        {"definition": "Something else."},
        {"definition_vi": "Khác."},
        {"numerator": lambda ask: ask.flow("completed_late")},
        {"unit_of_sum": 2},
    ],
)
def test_the_version_of_the_definitions_changes_with_each(
    change: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = definitions_version()
    changed = dict(catalogue())
    changed["on_time_rate"] = replace(changed["on_time_rate"], **change)  # type: ignore[arg-type]
    monkeypatch.setattr(_formula, "catalogue", lambda: changed)
    assert definitions_version() != before
    assert len(definitions_version()) == len(before) == 12


def test_the_version_does_not_depend_on_the_order_or_on_names(monkeypatch: pytest.MonkeyPatch) -> None:
    before = definitions_version()
    turned: dict[str, Indicator] = dict(reversed(catalogue().items()))
    turned["received"] = replace(turned["received"], name="Renamed")
    monkeypatch.setattr(_formula, "catalogue", lambda: turned)
    assert definitions_version() == before


@pytest.mark.parametrize("key", catalogue())
def test_every_indicator_has_an_owner_and_a_log_from_its_first_definition(key: str) -> None:
    indicator = catalogue()[key]
    assert indicator.owner.strip()
    assert indicator.owner_vi.strip()
    assert [change.day for change in indicator.changes] == sorted(change.day for change in indicator.changes)
    assert indicator.changes[0].day >= date(2026, 11, 21)
    assert all(change.text.endswith(".") and change.text_vi.endswith(".") for change in indicator.changes)
