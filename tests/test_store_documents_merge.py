"""Documents told in messages: whatever comes first, twice or last, the store ends with the same documents."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from store import tables
from store.engine import empty, reading
from store.quarantine import held
from store.rollups import rebuild
from store.rows import Batch, Document, Unit
from tests.delivery import write
from tests.test_store_properties import counters, rows_of

FIRST = date(2020, 1, 1)
UNITS = [
    Unit(code="H28", valid_from=FIRST, kind="tinh", name="Tỉnh Hòa Bình"),
    Unit(code="H28.150", valid_from=FIRST, kind="huyen", name="Huyện Đà Bắc", parent_code="H28"),
]
EIGHT = datetime(2021, 6, 14, 1, 0, tzinfo=UTC)
KEY = "H28.03,2021/06/14,12/CV-STC>H28.150"


def told(hours: int = 0, **values: Any) -> Document:
    """The packet itself, as its addressee's register holds it."""
    given = {"issued_on": date(2021, 6, 14), "arrived_on": date(2021, 6, 14), "due_on": date(2021, 6, 18), **values}
    return message(hours, number="12", notation="CV-STC", electronic=True, exchanged=True, **given)


def message(hours: int = 0, **values: Any) -> Document:
    """A message about the document; by default it only says that it is there."""
    given = {"source_id": KEY, "unit_code": "H28.150", "direction": "in", "of_partner": True, "partial": True, **values}
    return Document(updated_at=EIGHT + timedelta(hours=hours), **given)


def stored(engine: Engine) -> list[dict[str, Any]]:
    with reading(engine) as connection:
        rows = connection.execute(sa.select(tables.documents).order_by(tables.documents.c.source_id))
        return [dict(row) for row in rows.mappings()]


def deliver(engine: Engine, *batches: Sequence[Document]) -> list[dict[str, Any]]:
    write(engine, "truc", Batch(units=UNITS))
    for batch in batches:
        write(engine, "truc", Batch(documents=list(batch)))
    return stored(engine)


DONE = message(30, completed_on=date(2021, 6, 15))


@pytest.mark.parametrize(
    "batches", [[[told(), DONE]], [[told()], [DONE]], [[DONE], [told()]], [[DONE, told()], [DONE]]]
)
def test_answer_completes_the_document_before_or_after_it(engine: Engine, batches: list[list[Document]]) -> None:
    [document] = deliver(engine, *batches)
    kept = {name: document[name] for name in ("number", "issued_on", "due_on", "completed_on", "state", "exchanged")}
    assert kept == {
        "number": "12",
        "issued_on": date(2021, 6, 14),
        "due_on": date(2021, 6, 18),
        "completed_on": date(2021, 6, 15),
        "state": 1,
        "exchanged": True,
    }
    assert document["updated_at"] == EIGHT + timedelta(hours=30)


def test_answer_alone_counts_nothing_until_its_document_comes(engine: Engine) -> None:
    deliver(engine, [DONE])
    assert counters(engine)["document_days"] == {}
    deliver(engine, [told()])
    due = (date(2021, 6, 18) - date(1970, 1, 1)).days
    with reading(engine) as connection:
        row = connection.execute(sa.select(tables.document_days)).mappings().one()
    assert (row["unit_code"], row["day"], row["incoming_due"], row["incoming_on_time"]) == ("H28.150", due, 1, 1)


def test_packet_told_again_replaces_the_older_telling_only(engine: Engine) -> None:
    [document] = deliver(engine, [told(5, due_on=date(2021, 6, 25))], [told(2, due_on=date(2021, 6, 21))], [DONE])
    assert (document["due_on"], document["told_at"]) == (date(2021, 6, 25), EIGHT + timedelta(hours=5))


def test_first_completion_stands(engine: Engine) -> None:
    [document] = deliver(engine, [told(), DONE, message(90, completed_on=date(2021, 6, 17))])
    assert document["completed_on"] == date(2021, 6, 15)


def test_nothing_is_due_of_a_document_that_was_taken_back(engine: Engine) -> None:
    [document] = deliver(engine, [message(3, withdrawn=True)], [told()], [told(6)])
    assert (document["state"], document["due_on"], document["issued_on"]) == (2, None, date(2021, 6, 14))
    assert counters(engine)["document_days"] == {}


def test_partner_is_passed_over_and_own_unit_without_its_catalogue_waits(engine: Engine) -> None:
    partner, own = message(unit_code="G22.01", source_id="b"), told(unit_code="H28.150.99", source_id="c")
    assert deliver(engine, [partner, own]) == []
    assert [(record.source_id, record.reason) for record in held(engine)] == [("c", "unknown_unit")]
    commune = Unit(code="H28.150.99", valid_from=FIRST, kind="xa", name="Xã mới", parent_code="H28.150")
    write(engine, "motcua", Batch(units=[commune]))
    assert ([row["source_id"] for row in stored(engine)], held(engine)) == (["c"], [])


def test_without_any_catalogue_everything_waits_and_then_only_ours_comes_in(engine: Engine) -> None:
    write(engine, "truc", Batch(documents=[told(), message(unit_code="G22.01", source_id="b"), DONE]))
    assert len(held(engine)) == 3
    write(engine, "motcua", Batch(units=UNITS))
    [document] = stored(engine)
    assert (document["source_id"], document["completed_on"]) == (KEY, date(2021, 6, 15))
    assert held(engine) == []


def test_same_messages_twice_change_nothing(engine: Engine) -> None:
    deliver(engine, [told(), DONE])
    again = write(engine, "truc", Batch(documents=[DONE, told()]))
    assert (again.accepted, again.unchanged, again.rejected) == (0, 2, 0)


def test_whole_states_of_a_register_keep_their_own_rule(engine: Engine) -> None:
    whole = told(partial=False, of_partner=False, completed_on=date(2021, 6, 15))
    reopened = told(1, partial=False, of_partner=False)
    [document] = deliver(engine, [whole], [reopened], [whole])
    assert (document["completed_on"], document["told_at"]) == (None, None)


DAYS = st.integers(0, 4).map(lambda number: date(2021, 6, 14) + timedelta(days=number))
UNIT_CODES = st.sampled_from(["H28", "H28.150"])


@st.composite
def messages(draw: st.DrawFn) -> Document:
    unit = draw(UNIT_CODES)
    values: dict[str, Any] = {"unit_code": unit, "source_id": f"{draw(st.sampled_from('xyz'))}>{unit}"}
    hours = draw(st.integers(0, 3))
    if draw(st.booleans()):
        return told(hours, due_on=draw(st.none() | DAYS), signed=draw(st.sampled_from([True, None])), **values)
    fate = draw(st.sampled_from([{}, {"withdrawn": True}, {"completed_on": draw(DAYS)}]))
    return message(hours, **values, **fate)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(sent=st.lists(messages(), min_size=1, max_size=12), seed=st.integers(0, 1000))
def test_order_repetition_and_batching_do_not_matter(engine: Engine, sent: list[Document], seed: int) -> None:
    random = Random(seed)
    ends = []
    for _ in range(2):
        empty(engine)
        again = sent + random.sample(sent, k=len(sent) // 3)
        random.shuffle(again)
        cuts = sorted(random.choices(range(len(again) + 1), k=2))
        deliver(engine, again[: cuts[0]], again[cuts[0] : cuts[1]], again[cuts[1] :])
        ends.append((rows_of(engine, tables.documents, tables.documents.c.keys()), counters(engine)))
        assert rebuild(engine) == 0
    assert ends[0] == ends[1]
    assert {row[1]: row for row in ends[0][0]}.keys() == {document.source_id for document in sent}
