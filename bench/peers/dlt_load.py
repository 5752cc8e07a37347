"""dlt's way: its REST source (or finished Arrow tables), merged by the dossier's key; told a job on standard input.

As its documentation advises: personal fields and lists are mapped away before they are stored, so that no child tables
arise; of the versions in one load the newest by update time stays. It keeps no measures and checks nothing.
"""

import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import dlt
import httpx
import pyarrow as pa
import pyarrow.parquet as pq
from dlt.sources.rest_api import rest_api_source

from bench.measure import cost_of
from bench.peers.one_stop import PAGE_SIZE, Job, tell, values

_COLUMNS: Any = {"updated_at": {"dedup_sort": "desc"}}
_MERGE: Any = {"disposition": "merge", "strategy": "delete-insert"}
_ROWS_PER_TABLE = 20_000


def main() -> None:
    """Do the job, then say what it cost as JSON."""
    job = Job(**json.load(sys.stdin))
    os.environ.update({"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"})
    tables = _tables(job.tables) if job.tables else []
    load = (lambda: _load(job, _arrow(tables))) if tables else (lambda: _load(job, _rest(job)))
    cost = cost_of(load, job.server_pid)
    with _pipeline(job).sql_client() as client:
        tell(job, cost, client.execute_sql("SELECT source_id, state, updated_at FROM dossiers") or [])


def _rest(job: Job) -> Any:
    login = httpx.post(
        f"{job.base_url}/login", json={"username": job.username, "password": job.password}, trust_env=False
    )
    page = {"type": "page_number", "base_page": 1, "page_param": "trang", "total_path": None}
    endpoint = {
        "path": "DongBoHoSoMC",
        "params": {"kichThuoc": PAGE_SIZE},
        "data_selector": "result.data",
        "paginator": {**page, "stop_after_empty_page": True},
    }
    dossiers = {
        "name": "dossiers",
        "endpoint": endpoint,
        "primary_key": "source_id",
        "write_disposition": _MERGE,
        "columns": _COLUMNS,
        "processing_steps": [{"map": values}],
    }
    client = {"base_url": job.base_url, "headers": {"session": login.raise_for_status().json()["session"]}}
    return rest_api_source({"client": client, "resources": [dossiers]})  # type: ignore[typeddict-item]


def _tables(path: str) -> list[pa.Table]:
    """The finished rows in memory, before the watch starts."""
    whole = pq.read_table(path)
    return [whole.slice(begin, _ROWS_PER_TABLE) for begin in range(0, whole.num_rows, _ROWS_PER_TABLE)]


def _arrow(tables: list[pa.Table]) -> Any:
    @dlt.resource(name="dossiers", primary_key="source_id", write_disposition=_MERGE, columns=_COLUMNS)
    def dossiers() -> Iterator[pa.Table]:
        yield from tables

    return dossiers


def _pipeline(job: Job) -> Any:
    if job.url.endswith(".duckdb"):
        destination: Any = dlt.destinations.duckdb(job.url)
    else:
        destination = dlt.destinations.postgres(job.url)
    return dlt.pipeline("bench", destination=destination, dataset_name="peer", pipelines_dir=job.home)


def _load(job: Job, source: Any) -> None:
    _pipeline(job).run(source)


if __name__ == "__main__":
    main()
