"""The stand itself: each fault is what its name says, and strikes when it is told to."""

from collections.abc import Iterator
from random import Random

import httpx
import pytest

from tests.fault_stand import FAULTS, FaultStand, fault_stand, once, sometimes
from tests.source_server import json_answer, source_server

RECORDS = [{"MaHoSo": str(number), "NgayCapNhat": f"2021120{number}080000"} for number in range(1, 8)]


@pytest.fixture
def stand() -> Iterator[FaultStand]:
    def reply(_asked: object) -> object:
        return json_answer({"error_code": "0", "result": {"tongSo": len(RECORDS), "data": RECORDS}})

    with source_server(reply) as server, fault_stand(server.address.removesuffix("/api")) as stand:
        yield stand


def told(stand: FaultStand, query: str = "") -> httpx.Response:
    return httpx.get(f"{stand.address}/dvcqg/DongBoHoSoMC{query}", trust_env=False, timeout=5)


def numbers(answer: httpx.Response) -> str:
    return "".join(record["MaHoSo"] for record in answer.json()["result"]["data"])


def test_without_a_fault_the_source_itself_answers(stand: FaultStand) -> None:
    assert numbers(told(stand)) == "1234567"
    assert not stand.struck


def test_fault_can_be_set_for_one_call(stand: FaultStand) -> None:
    stand.fault = once("502", at=2)
    assert [told(stand).status_code for _ in range(3)] == [200, 502, 200]
    assert stand.struck == {"502": 1}


def test_faults_come_now_and_then(stand: FaultStand) -> None:
    stand.fault = sometimes(Random(1), 0.5, ["500", "502"])
    seen = [told(stand).status_code for _ in range(40)]
    assert (seen.count(500), seen.count(502)) == (stand.struck["500"], stand.struck["502"])
    assert min(seen.count(500), seen.count(502), seen.count(200)) > 3


@pytest.mark.parametrize(
    ("fault", "numbers_told", "total"),
    [("duplicate page", "12345671234567", 7), ("order", "7654321", 7), ("late commit", "1267", 4)],
)
def test_records_are_spoilt(stand: FaultStand, fault: str, numbers_told: str, total: int) -> None:
    stand.fault = fault
    answer = told(stand)
    assert (numbers(answer), answer.json()["result"]["tongSo"]) == (numbers_told, total)


def test_connection_is_cut_in_the_middle(stand: FaultStand) -> None:
    stand.fault = "cut"
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        told(stand)


def test_whoever_hangs_is_let_go_when_the_fault_ends(stand: FaultStand) -> None:
    stand.fault = "hung"
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{stand.address}/dvcqg/x", trust_env=False, timeout=0.1)
    stand.fault = ""
    assert told(stand).status_code == 200


def test_redirect_names_a_host_that_notices_who_follows(stand: FaultStand) -> None:
    stand.fault = "redirect"
    assert told(stand).headers["location"].startswith("http://127.0.0.2:")
    httpx.get(told(stand).headers["location"], trust_env=False)
    assert stand.elsewhere == 1


def test_clock_ahead_by_hours_tells_its_own_time(stand: FaultStand) -> None:
    stand.fault = "clock skew"
    headers = told(stand).headers
    assert headers["date"][:17] == headers["retry-after"][:17]
    assert abs(int(headers["retry-after"][-6:-4]) - int(headers["date"][-6:-4])) in (1, 59)


def test_unknown_fault_lists_the_known_ones(stand: FaultStand) -> None:
    with pytest.raises(ValueError, match="429 seconds"):
        stand.fault = "404"
    assert len(FAULTS) == 25
