"""A one-stop that delivers the newest version of each dossier first and an older one of it in a later load."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import msgspec

from bench.peers.one_stop import PAGE_SIZE
from config import SourceSettings
from tests.plain_one_stop import PlainOneStop
from tests.source_server import Answer, Asked, json_answer, source_server

_CATALOGUES = ("LayDanhMucCoQuan", "LayDanhSachTTHC")


@contextmanager
def late_one_stop(source: SourceSettings) -> Iterator[tuple[SourceSettings, "LateOneStop"]]:
    """A one-stop with settled dossiers and the catalogues of the one at `source`, as settings of its own; on loopback,
    until the end."""
    who = {"username": source.username, "password": source.secret("password_env")}
    with httpx.Client(base_url=source.base_url, timeout=60, trust_env=False) as client:
        client.headers["session"] = client.post("/login", json=who).raise_for_status().json()["session"]
        catalogues = {name: _records(client, name) for name in _CATALOGUES}
        records = _records(client, "DongBoHoSoMC", trang=1, kichThuoc=PAGE_SIZE)
    had_another = [record for record in records if (record["NgayTiepNhan"] or "~") < record["NgayKetThucXuLy"]]
    one_stop = LateOneStop(had_another, catalogues)
    with source_server(one_stop.reply) as server:
        yield msgspec.structs.replace(source, base_url=server.address), one_stop


def _records(client: httpx.Client, name: str, **question: int) -> list[dict[str, Any]]:
    answer = client.get(f"/{name}", params=question).raise_for_status()
    records: list[dict[str, Any]] = answer.json()["result"]["data"]
    return records


class LateOneStop(PlainOneStop):
    """It delivers the newest versions until it is told to `go_back`."""

    def __init__(self, newest: list[dict[str, Any]], catalogues: Mapping[str, list[dict[str, Any]]]) -> None:
        super().__init__(PAGE_SIZE)
        self._newest, self._catalogues = newest, catalogues
        self.begin_again()

    def begin_again(self) -> None:
        """Deliver the newest versions."""
        self.records = self._newest

    def go_back(self) -> None:
        """Deliver the versions before those: each dossier in process, as it was when it was received."""
        open_again = {"TrangThaiHoSo": "4", "NgayKetThucXuLy": "", "NgayTra": ""}
        self.records = [{**record, **open_again, "NgayCapNhat": record["NgayTiepNhan"]} for record in self._newest]

    def reply(self, asked: Asked) -> Answer:
        """The answer to a call."""
        rows = self._catalogues.get(asked.path.rsplit("/", 1)[-1])
        return json_answer({"error_code": "0", "result": {"data": rows}}) if rows else super().reply(asked)
