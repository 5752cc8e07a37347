"""The processes that share the work: some on this machine for one job, or those of a dask cluster that is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from dask import config
from distributed import Client, LocalCluster, Security

from errors import ConfigError

_LOOPBACK = "127.0.0.1"
# What dask watches beside the work, for pages that nobody opens here, would be a tenth of it.
_SETTINGS = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,  # looks at what is being counted, a hundred times a second
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    # Not dask's MALLOC_TRIM_THRESHOLD_: with it every freed array goes back to the system, page by page, and the next
    # one's pages are asked for anew: a third more work.
    "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1},
}


@contextmanager
def local_workers(count: int) -> Iterator[Client]:
    """So many processes of one core each on this machine, gone when the block ends. They talk by loopback alone, and
    by certificates of their own: who may send work to one may do anything."""
    with (
        TemporaryDirectory(prefix="ioc-workers-") as folder,
        config.set(_SETTINGS),
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
            env={"POLARS_MAX_THREADS": "1"},
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
