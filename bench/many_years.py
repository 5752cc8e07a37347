"""A one-stop with as many years of dossiers as wanted: each holds what the simulated one gave, a year further back.

A process of its own (`python -m bench.many_years ADDRESS USERNAME PASSWORD YEARS`), so that what it costs is not the
poller's; it prints its address when it answers. It keeps the order by update time and asks for no session.
"""

import re
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import numpy as np
import numpy.typing as npt

_GREATEST_PAGE = 5000
_YEARS = re.compile(rb'"(20\d\d)(?=\d{10}")')
_NUMBERED = b'"MaHoSo":"'
_UPDATED = re.compile(rb'"NgayCapNhat":"(\d{14})"')


class Answer(msgspec.Struct):
    """An answer whose records stay as they came."""

    result: dict[str, msgspec.Raw]


class ManyYears:
    """All records, and the order in which they are told: by update time, then by year and as they came."""

    def __init__(self, records: list[bytes], years: int) -> None:
        updated = np.array([int(_update_time(record)) for record in records])
        shifted = np.concatenate([updated - year * 10**10 for year in range(years)])
        order = np.argsort(shifted, kind="stable")
        self._times: npt.NDArray[np.int64] = shifted[order]
        # Written beforehand: what a source's own machine does must not take a core from the poller here.
        self._told = [_years_back(records[one % len(records)], one // len(records)) for one in order.tolist()]

    def page(self, since: int, number: int, size: int) -> bytes:
        """The answer to a question for what was updated since then."""
        first = int(np.searchsorted(self._times, since))
        told = self._told[first + (number - 1) * size : first + number * size]
        head = f'{{"error_code":"0","message":"","result":{{"tongSo":{len(self._times) - first},"trang":{number}'
        return head.encode() + f',"kichThuoc":{size},"data":['.encode() + b",".join(told) + b"]}}"


def _update_time(record: bytes) -> bytes:
    found = _UPDATED.search(record)
    assert found, "a dossier of the simulator has an update time"
    return found[1]


def _years_back(record: bytes, years: int) -> bytes:
    if not years:
        return record
    dated = _YEARS.sub(lambda found: b'"%d' % (int(found[1]) - years), record)
    return dated.replace(_NUMBERED, _NUMBERED + b"%d." % years, 1)


def _ask(client: httpx.Client, path: str) -> bytes:
    return client.get(path).raise_for_status().content


def _all_records(client: httpx.Client) -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        content = _ask(client, f"/DongBoHoSoMC?trang={number}&kichThuoc={_GREATEST_PAGE}")
        page = msgspec.json.decode(msgspec.json.decode(content, type=Answer).result["data"], type=list[msgspec.Raw])
        if not page:
            return
        yield from (bytes(record) for record in page)


def main() -> None:
    """Fetch, then answer until the process is ended."""
    address, username, password, years = sys.argv[1:]
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        session = client.post("/login", json={"username": username, "password": password}).raise_for_status()
        client.headers["session"] = session.json()["session"]
        catalogues = {path: _ask(client, path) for path in ("/LayDanhMucCoQuan", "/LayDanhSachTTHC")}
        held = ManyYears(list(_all_records(client)), int(years))

    class Service(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self._tell(b'{"error_code":"0","session":"any","hetHan":900}')

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            told = {name: int(values[0]) for name, values in parse_qs(asked.query).items()}
            fixed = catalogues.get(asked.path)
            self._tell(fixed or held.page(told.get("capNhatTu", 0), told["trang"], told["kichThuoc"]))

        def _tell(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_words: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main()
