"""Peer groups: kinds, urban and rural communes, bands by volume, own groups; each as it was on the day."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from config import PeerSettings
from metrics import Counters, Peers, Period, peer_groups, ranking
from metrics._peers import _band
from store.reads import read_snapshot
from store.rows import RECEIVED, Batch, Dossier, Procedure, Unit
from tests.delivery import write

DAY = date(2021, 12, 1)
NOON = datetime(2021, 12, 1, 5, tzinfo=UTC)
BEGIN = date(2020, 1, 1)
OWN = Peers((PeerSettings(name="mien-nui", title="Xã miền núi", units=("H28.150", "H28.152", "H28.999")),))
COMMUNES = {
    "H28.150": "Xã Hợp Thành",
    "H28.151": "Phường Tân Thịnh",
    "H28.152": "Thị trấn Đà Bắc",
    "H28.153": "xã  Tòng Đậu",
    "H28.154": "Đặc khu Cát Hải",
}


def unit(code: str, kind: str, name: str, parent: str | None = "H28", **more: date) -> Unit:
    return Unit(
        code=code,
        valid_from=more.get("since", BEGIN),
        valid_to=more.get("until"),
        kind=kind,
        name=name,
        parent_code=parent,
    )  # type: ignore[arg-type]


def catalogue() -> Batch:
    communes = [unit(code, "xa", name, "H28.20") for code, name in COMMUNES.items()]
    above = [unit("H28", "tinh", "Tỉnh", None), unit("H28.03", "so", "Sở"), unit("H28.20", "huyen", "Huyện")]
    procedure = Procedure(code="1.01", valid_from=BEGIN, name="P", level=4, tier="xa")
    return Batch(units=[*above, *communes], procedures=[procedure])


def received(counts: Mapping[str, int], moment: datetime = NOON) -> list[Dossier]:
    return [
        Dossier(
            source_id=f"{code}-{moment:%Y%m%d}-{number}",
            unit_code=code,
            procedure_code="1.01",
            channel="online",
            state=RECEIVED,
            received_at=moment,
            updated_at=moment,
        )
        for code, count in counts.items()
        for number in range(count)
    ]


@pytest.fixture
def store(fresh_engine: Callable[[str], Engine]) -> Engine:
    engine = fresh_engine("sqlite")
    write(engine, "motcua", catalogue())
    return engine


def counters(store: Engine, *batches: Batch) -> Counters:
    for batch in batches:
        write(store, "motcua", batch)
    return Counters(read_snapshot(store))


def units_of(store: Engine, key: str, day: date = DAY) -> tuple[str, ...]:
    return peer_groups(counters(store), day, OWN)[key].units


def test_kinds_are_groups(store: Engine) -> None:
    assert units_of(store, "so") == ("H28.03",)
    assert units_of(store, "huyen") == ("H28.20",)
    assert units_of(store, "xa") == tuple(COMMUNES)


def test_wards_and_towns_are_urban_and_villages_rural_by_their_first_word(store: Engine) -> None:
    assert units_of(store, "xa_urban") == ("H28.151", "H28.152")
    assert units_of(store, "xa_rural") == ("H28.150", "H28.153")


def test_a_commune_that_became_a_ward_is_what_it_was_on_the_day(store: Engine) -> None:
    village = unit("H28.150", "xa", "Xã Hợp Thành", "H28.20", until=date(2021, 6, 30))
    ward = unit("H28.150", "xa", "Phường Hợp Thành", "H28.20", since=date(2021, 7, 1))
    counted = counters(store, Batch(units=[village, ward]))
    assert "H28.150" in peer_groups(counted, date(2021, 6, 30))["xa_rural"].units
    assert "H28.150" in peer_groups(counted, date(2021, 7, 1))["xa_urban"].units
    assert "H28.150" not in peer_groups(counted, date(2021, 7, 1))["xa_rural"].units


def test_an_own_group_has_its_title_and_those_of_its_units_that_are_in_force(store: Engine) -> None:
    group = peer_groups(counters(store), DAY, OWN)["mien-nui"]
    assert (group.name_vi, group.name, group.units) == ("Xã miền núi", "Xã miền núi", ("H28.150", "H28.152"))


def test_a_group_without_units_on_the_day_is_not_offered(store: Engine) -> None:
    assert peer_groups(counters(store), date(2019, 1, 1), OWN) == {}
    assert "mien-nui" not in peer_groups(counters(store), DAY)


def test_bands_are_thirds_by_dossiers_received_and_say_their_bounds(store: Engine) -> None:
    counts = {"H28.150": 1, "H28.151": 9, "H28.152": 4, "H28.153": 5, "H28.154": 2}
    groups = peer_groups(counters(store, Batch(dossiers=received(counts))), DAY)
    bands = [(groups[key].units, groups[key].low, groups[key].high) for key in ("xa_small", "xa_medium", "xa_large")]
    assert bands == [(("H28.150", "H28.154"), 1, 2), (("H28.152", "H28.153"), 4, 5), (("H28.151",), 9, 9)]


def test_bands_count_the_dossiers_of_the_period_asked(store: Engine) -> None:
    early = datetime(2021, 3, 1, 5, tzinfo=UTC)
    dossiers = [*received({"H28.150": 3, "H28.151": 1, "H28.152": 2}), *received({"H28.151": 7}, early)]
    counted = counters(store, Batch(dossiers=dossiers))
    assert peer_groups(counted, DAY)["xa_large"].units == ("H28.151",)
    assert peer_groups(counted, DAY, period=Period(DAY, DAY))["xa_large"].units == ("H28.150",)


def bands_of(counts: Sequence[int]) -> list[list[int]]:
    """The communes of each band, by their numbers."""
    communes, received = np.arange(len(counts)), np.array(counts)
    return [_band(key, communes, received).tolist() for key in ("xa_small", "xa_medium", "xa_large")]


@given(st.lists(st.integers(0, 6), min_size=1))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_every_commune_is_in_one_band_and_equal_ones_in_the_same(counts: list[int]) -> None:
    bands = bands_of(counts)
    assert sorted(commune for band in bands for commune in band) == list(range(len(counts)))
    held = [{counts[commune] for commune in band} for band in bands if band]
    for fewer, more in pairwise(held):
        assert max(fewer) < min(more)


def test_band_tells_the_fewest_and_the_most_that_its_communes_received(store: Engine) -> None:
    counted = counters(store, Batch(dossiers=received({"H28.150": 1, "H28.151": 9, "H28.152": 8, "H28.153": 4})))
    limits = {key: (band.low, band.high) for key, band in peer_groups(counted, DAY).items() if key.startswith("xa_s")}
    assert limits == {"xa_small": (0, 1)}


@given(st.sets(st.integers(0, 10_000), min_size=3, max_size=60))
def test_bands_of_different_numbers_are_of_about_equal_size(counts: set[int]) -> None:
    sizes = [len(band) for band in bands_of(sorted(counts))]
    assert max(sizes) - min(sizes) <= 1


def test_ranking_is_among_the_peers_alone(store: Engine) -> None:
    counted = counters(store, Batch(dossiers=received({"H28.150": 3, "H28.151": 20, "H28.152": 5, "H28.153": 4})))
    today = Period(DAY, DAY)

    def ranks(group: str) -> dict[str, int]:
        frame = ranking(counted, "received", group, today, peers=OWN)
        return dict(frame.select("unit", "rank").iter_rows())

    assert ranks("xa_urban") == {"H28.151": 1, "H28.152": 2}
    assert ranks("xa_rural") == {"H28.153": 1, "H28.150": 2}
    assert ranks("mien-nui") == {"H28.152": 1, "H28.150": 2}
    assert ranks("xa_large") == {"H28.151": 1}


def test_an_unknown_group_is_named_with_the_right_ones(store: Engine) -> None:
    with pytest.raises(ValueError, match=r"'xa_tiny'.*xa_small.*mien-nui"):
        ranking(counters(store), "received", "xa_tiny", Period(DAY, DAY), peers=OWN)
