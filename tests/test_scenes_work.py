"""The wall's scenes of the work: what is overdue and comes due, what came online, documents signed and sent."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from metrics import Signal, catalogue
from pages._language import speaking
from store.dimensions import put_targets
from store.rows import (
    AWAITING_SUPPLEMENT,
    PROCESSING,
    RECEIVED,
    RETURNED,
    Batch,
    Channel,
    Document,
    Dossier,
    Procedure,
    Unit,
)
from tests.delivery import write
from tests.wall_here import here_at, poll, said, shown
from wall.blocks import Bars, Columns, Figure, Listing, Parts, Scene
from wall.scenes import documents, online, overdue
from wall.scenes._headline import Headline
from wall.scenes._holding import Holder, most_words
from wall.scenes._said import change_spans

NOW = datetime(2021, 12, 10, 1, tzinfo=UTC)  # Friday, 08:00 in Vietnam
FEEDS = {"motcua": "dvcqg", "vanban": "qlvb"}
BEGIN = date(2020, 1, 1)


def unit(code: str, kind: str, name: str, parent: str | None = "H28") -> Unit:
    return Unit(code=code, valid_from=BEGIN, kind=kind, name=name, parent_code=parent)


UNITS = [
    unit("H28", "tinh", "Tỉnh Hòa Bình", None),
    unit("H28.03", "so", "Sở Tài chính"),
    unit("H28.1", "huyen", "Huyện Lạc Sơn"),
    unit("H28.1.1", "xa", "Xã Tân Mỹ", "H28.1"),
    unit("H28.2", "huyen", "Huyện Đà Bắc"),
]
PROCEDURES = [Procedure(code=f"1.0{level}", valid_from=BEGIN, name="P", level=level, tier="xa") for level in (2, 3, 4)]


@pytest.fixture
def store(fresh_engine: Callable[[str], Engine]) -> Engine:
    """Units and procedures of a small province, as people bring them: no source was read yet."""
    engine = fresh_engine("sqlite")
    write(engine, "import", Batch(units=UNITS, procedures=PROCEDURES))
    return engine


class Desk:
    """Makes records with keys of their own."""

    def __init__(self) -> None:
        self.rows: list[Dossier] = []
        self.documents: list[Document] = []

    def dossiers(
        self, count: int, unit_code: str, due: date | None = None, *, state: int = PROCESSING, level: int = 4,
        channel: Channel = "online", at: datetime = NOW - timedelta(days=40), **others: object,
    ) -> "Desk":  # fmt: skip
        """So many of a unit, received 40 days ago, due at 17:00."""
        for _ in range(count):
            self.rows.append(
                Dossier(
                    source_id=str(len(self.rows)),
                    unit_code=unit_code,
                    procedure_code=f"1.0{level}",
                    channel=channel,
                    state=state,
                    received_at=at,
                    due_at=datetime(due.year, due.month, due.day, 10, tzinfo=UTC) if due else None,
                    updated_at=at,
                    **others,  # type: ignore[arg-type]
                )
            )
        return self

    def issued(self, count: int, unit_code: str, signed: bool | None, exchanged: bool) -> "Desk":
        """So many documents that a unit issued on 1 December."""
        for _ in range(count):
            self._document(
                unit_code, "out", issued_on=date(2021, 12, 1), electronic=True, signed=signed, exchanged=exchanged
            )
        return self

    def incoming(self, count: int, unit_code: str, due_on: date) -> "Desk":
        """So many incoming documents that nobody has handled."""
        for _ in range(count):
            self._document(unit_code, "in", arrived_on=date(2021, 11, 1), due_on=due_on)
        return self

    def _document(self, unit_code: str, direction: str, **others: object) -> None:
        name = f"d{len(self.documents)}"
        told = Document(source_id=name, unit_code=unit_code, direction=direction, updated_at=NOW, **others)  # type: ignore[arg-type]
        self.documents.append(told)

    def deliver(self, engine: Engine) -> None:
        """A good poll of both sources."""
        poll(engine, "motcua", Batch(dossiers=self.rows), NOW)
        poll(engine, "vanban", Batch(documents=self.documents), NOW)


def columns(scene: Scene, name: str) -> dict[str, str]:
    block = scene.blocks[name]
    assert isinstance(block, Columns)
    return {block.columns[key].label: block.columns[key].text for key in block.order}


def bars(scene: Scene, name: str) -> list[tuple[str, str, str]]:
    block = scene.blocks[name]
    assert isinstance(block, Bars)
    return [(row.name, row.text, row.note) for row in (block.rows[key] for key in block.order)]


def figure(scene: Scene, name: str) -> Figure:
    block = scene.blocks[name]
    assert isinstance(block, Figure)
    return block


def test_overdue_dossiers_are_told_by_age_and_holder_and_what_comes_next(store: Engine) -> None:
    desk = Desk()
    desk.dossiers(2, "H28.1.1", date(2021, 12, 9)).dossiers(1, "H28.1", date(2021, 12, 6))
    desk.dossiers(1, "H28.2", date(2021, 11, 10)).dossiers(4, "H28.2", date(2021, 12, 1), state=AWAITING_SUPPLEMENT)
    desk.dossiers(2, "H28.03", date(2021, 12, 10)).dossiers(1, "H28.2", date(2021, 12, 13), state=RECEIVED)
    desk.dossiers(3, "H28.2", date(2021, 12, 16)).dossiers(7, "H28.2", date(2021, 12, 17)).deliver(store)
    scene = shown(overdue, here_at(store, NOW, FEEDS))
    assert said(scene) == "4 dossiers overdue. Lạc Sơn holds most: 3. Due within 2 working days: 3."
    # Due Thursday: one working day; due Monday: four; due 10 November: 22, and no holiday between.
    assert columns(scene, "ages") == {"≤ 2": "2", "3–5": "1", "6–10": "0", "> 10": "1"}
    assert columns(scene, "ahead") == {"1 day": "2", "2 days": "3", "5 days": "6"}
    assert bars(scene, "holders") == [("Lạc Sơn", "3", "oldest: 4 days"), ("Đà Bắc", "1", "oldest: 22 days")]
    assert (figure(scene, "overdue").value, figure(scene, "overdue").n) == ("4", "of 21 open dossiers")
    assert scene.blocks["ages"].note == "Without 4 that wait for the citizen"  # type: ignore[union-attr]


def test_holders_that_find_no_room_are_counted(store: Engine) -> None:
    districts = [unit(f"H28.{number}", "huyen", f"Huyện {number}") for number in range(3, 10)]
    desk = Desk().dossiers(2, "H28", date(2021, 12, 1))
    for district in districts:
        desk.dossiers(1, district.code, date(2021, 12, 1))
    write(store, "import", Batch(units=districts))
    desk.deliver(store)
    scene = shown(overdue, here_at(store, NOW, FEEDS))
    assert [name for name, _text, _note in bars(scene, "holders")] == ["Tỉnh Hòa Bình", "3", "4", "5", "6"]
    assert scene.blocks["holders"].note == "3 more units: 3"  # type: ignore[union-attr]


def test_nothing_overdue_is_good_news_and_no_empty_drawing(store: Engine) -> None:
    Desk().dossiers(1, "H28.1", date(2021, 12, 10)).deliver(store)
    scene = shown(overdue, here_at(store, NOW, FEEDS))
    assert (scene.sentence[0].text, scene.sentence[0].tone) == ("No open dossier is overdue.", "good")
    nobody = scene.blocks["nobody"]
    assert isinstance(nobody, Listing)
    assert nobody.empty == "No open dossier is overdue."


def test_a_zero_of_sources_that_were_never_read_is_not_shown_as_one(store: Engine) -> None:
    here = here_at(store, NOW, FEEDS)
    late, papers, filed = shown(overdue, here), shown(documents, here), shown(online, here)
    assert said(late).endswith("No dossier has been read yet.")
    assert said(papers).endswith("No document has been read yet.")
    assert said(filed).endswith("No dossier has been read yet.")
    assert set(columns(late, "ages").values()) | set(columns(late, "ahead").values()) == {"–"}
    assert {figure(late, "overdue").value, figure(papers, "incoming_overdue").value} == {"–"}
    for scene, name in ((late, "No dossier has been read yet."), (papers, "No document has been read yet.")):
        nobody = scene.blocks["nobody"]
        assert isinstance(nobody, Listing)
        assert nobody.empty == name
    assert {scene.worst.fresh for scene in (late, papers, filed) if scene.worst} == {"unknown"}


def test_each_scene_is_as_old_as_its_own_sources(store: Engine) -> None:
    Desk().dossiers(1, "H28.1", date(2021, 12, 9)).issued(1, "H28.1", signed=True, exchanged=True).deliver(store)
    poll(store, "vanban", Batch(), NOW + timedelta(minutes=20))
    here = here_at(store, NOW + timedelta(minutes=20), FEEDS)
    for module, fresh in ((overdue, "stale"), (online, "stale"), (documents, "fresh")):
        assert {block.mark.fresh for block in shown(module, here).blocks.values()} == {fresh}
    assert said(shown(overdue, here)).startswith("As of 08:00: 1 dossiers overdue.")


def test_a_year_without_a_dossier_is_said_to_be_one(store: Engine) -> None:
    Desk().deliver(store)
    assert said(shown(online, here_at(store, NOW, FEEDS))) == "No dossier was received this year yet."


def online_day(store: Engine) -> None:
    desk = Desk().dossiers(6, "H28.1", level=4).dossiers(2, "H28.1", level=4, channel="counter")
    desk.dossiers(1, "H28.2", level=3).dossiers(3, "H28.2", level=3, channel="post")
    desk.dossiers(8, "H28.03", level=2, channel="counter")
    desk.dossiers(2, "H28.1", state=RETURNED, fee_due=True, payment="province", completed_at=NOW)
    desk.dossiers(2, "H28.1", state=RETURNED, fee_due=True, returned_by_post=True, completed_at=NOW).deliver(store)


def test_online_uptake_is_told_by_level_channel_payment_and_post(store: Engine) -> None:
    online_day(store)
    scene = shown(online, here_at(store, NOW, FEEDS))
    # 24 received: 10 online at level 4 of 12, 1 at level 3 of 4, none at level 2 of 8.
    assert said(scene) == "45.8% of dossiers filed online. Level 4: 83.3%, level 3: 25.0%. Paid online: 50.0%."
    assert bars(scene, "levels") == [("Level 4", "83.3%", ""), ("Level 3", "25.0%", "")]
    assert scene.blocks["levels"].note == "Level 4: 12 dossiers · Level 3: 4 dossiers"  # type: ignore[union-attr]
    ways = scene.blocks["channels"]
    assert isinstance(ways, Parts)
    assert [(part.label, part.text) for part in (ways.parts[key] for key in ways.order)] == [
        ("Online", "45.8%"),
        ("At the counter", "41.7%"),
        ("By post", "12.5%"),
    ]
    assert sum(part.share for part in ways.parts.values()) == pytest.approx(1)
    assert (figure(scene, "online_payment_rate").n, figure(scene, "postal_return_rate_all").value) == (
        "2 / 4 dossiers",
        "50.0",
    )


def test_levels_are_called_full_process_and_partial_since_15_august_2022(store: Engine) -> None:
    desk = Desk()
    desk.dossiers(1, "H28.1", level=4, at=datetime(2022, 8, 1, 3, tzinfo=UTC))
    desk.dossiers(1, "H28.1", level=3, at=datetime(2022, 8, 1, 3, tzinfo=UTC)).deliver(store)
    last_day, first_day = datetime(2022, 8, 14, 16, 59, tzinfo=UTC), datetime(2022, 8, 14, 17, tzinfo=UTC)
    names = [
        [row[0] for row in bars(shown(online, here_at(store, now, FEEDS)), "levels")] for now in (last_day, first_day)
    ]
    assert names == [["Level 4", "Level 3"], ["Full-process level", "Partial level"]]


@pytest.mark.parametrize(
    ("goal", "words", "tone"),
    [
        (0.45, "reached the target 45%", "good"),
        (0.50, "nearly reached the target 50%", "warn"),
        (0.51, "not reached the target 51%", "bad"),
    ],
)
def test_the_target_is_named_with_where_the_place_stands_to_it(
    store: Engine, goal: float, words: str, tone: str
) -> None:
    online_day(store)
    target = {
        "indicator": "online_dossier_rate", "unit_code": "H28", "kind": "", "valid_from": date(2021, 1, 1),
        "valid_to": None, "comparator": ">=", "value": goal, "decision": "1/QĐ", "decided_on": None, "issuer": "UBND",
    }  # fmt: skip
    put_targets(store, [target], by="test", at=NOW)
    span = shown(online, here_at(store, NOW, FEEDS)).sentence[2]
    assert (span.text, span.tone) == (words, tone)


def test_documents_are_told_by_tier_and_the_worst_tier_only_beyond_chance(store: Engine) -> None:
    desk = Desk().issued(40, "H28.03", signed=True, exchanged=True).issued(38, "H28.1", signed=True, exchanged=True)
    desk.issued(2, "H28.1", signed=True, exchanged=False).issued(10, "H28.1.1", signed=True, exchanged=True)
    desk.issued(28, "H28.1.1", signed=False, exchanged=False).issued(2, "H28.1.1", signed=None, exchanged=True)
    desk.incoming(3, "H28.1.1", date(2021, 12, 9)).incoming(1, "H28.2", date(2021, 12, 8))
    desk.incoming(5, "H28.2", date(2021, 12, 10)).deliver(store)
    scene = shown(documents, here_at(store, NOW, FEEDS))
    assert said(scene) == (
        "76.3% of electronic documents signed. Least exchanged: communes' tier, 25.0%. 4 incoming documents overdue."
    )
    assert bars(scene, "tiers") == [
        ("Province's tier", "100.0%", ""),
        ("Districts' tier", "95.0%", ""),
        ("Communes' tier", "25.0%", ""),
    ]
    assert bars(scene, "holders") == [("Lạc Sơn", "3", ""), ("Đà Bắc", "1", "")]
    assert figure(scene, "signed_document_rate").n == "90 / 118 documents · unknown: 2"


def test_a_tier_a_little_below_the_others_is_not_named(store: Engine) -> None:
    desk = Desk().issued(38, "H28.1", signed=True, exchanged=True).issued(2, "H28.1", signed=True, exchanged=False)
    desk.issued(36, "H28.1.1", signed=True, exchanged=True).issued(4, "H28.1.1", signed=True, exchanged=False)
    desk.deliver(store)
    assert said(shown(documents, here_at(store, NOW, FEEDS))) == (
        "100.0% of electronic documents signed. No incoming document is overdue."
    )


@pytest.mark.parametrize(
    ("counts", "words"),
    [([], ""), ([4], "At A"), ([4, 3], "A holds most: 4"), ([4, 4, 1], "")],
)
def test_who_holds_most_is_named_where_it_is_one(counts: list[int], words: str) -> None:
    holders = [Holder(code=name, name=name, count=count) for name, count in zip("ABC", counts, strict=False)]
    with speaking("en"):
        assert most_words(holders) == words


@pytest.mark.parametrize(
    ("key", "change", "enough", "words", "tone"),
    [
        ("overdue", 5.0, True, ", up on before", "bad"),
        ("overdue", -5.0, True, ", down on before", "good"),
        ("on_time_rate", -0.02, True, ", down on before", "bad"),
        ("on_time_rate", 0.0, True, ", no notable change", ""),
        ("overdue", 0.0, False, "", ""),
    ],
)
def test_a_change_is_told_with_its_meaning_and_not_while_little_is_known(
    key: str, change: float, enough: bool, words: str, tone: str
) -> None:
    found = Headline(
        indicator=catalogue()[key], day=NOW.date(), numerator=1.0, denominator=None, value=1.0, weeks=(),
        signal=Signal(0, None, None, None, None, enough=enough), change=change, target=None,
    )  # fmt: skip
    with speaking("en"):
        spans = change_spans(found)
    assert "".join(span.text for span in spans) == words
    assert (spans[-1].tone if spans else "") == tone
