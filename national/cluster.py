"""The processes that share the work: some on this machine for one job, or those of a dask cluster that is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from dask import config
from distributed import Client, LocalCluster, Security

from errors import ConfigError

_LOOPBACK = "127.0.0.1"
# Of dask on this machine. What it watches beside the work, for pages that nobody opens, would be a tenth of it.
SETTINGS = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,  # looks at what is being counted, a hundred times a second
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.worker.preload": ["national.job"],  # while who started them finds out what there is to count
    "distributed.scheduler.no-workers-timeout": "60s",
}


@contextmanager
def local_workers(count: int) -> Iterator[Client]:
    """So many processes of one core each on this machine, gone when the block ends. They talk by loopback alone, and
    by certificates of their own: who may send work to one may do anything."""
    with (
        TemporaryDirectory(prefix="ioc-workers-") as folder,
        config.set(SETTINGS),
        LocalCluster(
            n_workers=0,
            threads_per_worker=1,
            processes=True,
            host=_LOOPBACK,
            scheduler_port=0,
            dashboard_address=f"{_LOOPBACK}:0",
            memory_limit=None,
            local_directory=folder,
            security=Security.temporary(),
            env={"POLARS_MAX_THREADS": "1"},
        ) as cluster,
        Client(cluster) as client,
    ):
        cluster.scale(count)
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
