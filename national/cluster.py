"""The processes that share the work: some on this machine for one job, or those of a dask cluster that is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from dask import config
from distributed import Client, LocalCluster, Security

from errors import ConfigError

_LOOPBACK = "127.0.0.1"


@contextmanager
def local_workers(count: int) -> Iterator[Client]:
    """So many processes of one core each on this machine, gone when the block ends. They talk by loopback alone, and
    by certificates of their own: who may send work to one may do anything."""
    with (
        TemporaryDirectory(prefix="ioc-workers-") as folder,
        config.set({"distributed.scheduler.http.routes": []}),
        LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            host=_LOOPBACK,
            scheduler_port=0,
            dashboard_address=f"{_LOOPBACK}:0",
            memory_limit=None,
            local_directory=folder,
            security=Security.temporary(),
            env={"POLARS_MAX_THREADS": "1", "DASK_DISTRIBUTED__WORKER__HTTP__ROUTES": "[]"},
        ) as cluster,
        Client(cluster) as client,
    ):
        client.wait_for_workers(count)
        yield client


@contextmanager
def workers_of(scheduler: str, patience: float = 10) -> Iterator[Client]:
    """The workers of the dask scheduler at this address, as `tls://host:8786`; certificates as dask is configured.
    ConfigError when nobody answers there for so many seconds."""
    try:
        client = Client(scheduler, timeout=patience)
    except (OSError, ValueError) as error:
        raise ConfigError(f"no dask scheduler answers at {scheduler}: {error}") from error
    with client:
        yield client
