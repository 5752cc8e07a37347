"""What Prometheus is told of the wall's stream in this web process."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from wall.hub import Hub


class StreamMeasured(Collector):
    """How many streams each screen has open here, and whether what they show is being kept new."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        """The families of all measures."""
        connected = Counter(self._hub.connected())
        clients = GaugeMetricFamily("ioc_stream_clients", "Streams open to a screen of the wall", labels=["screen"])
        for screen, count in sorted(connected.items()):
            clients.add_metric([str(screen)], count)
        yield clients
        stuck = bool(connected) and not self._hub.turning
        yield GaugeMetricFamily("ioc_stream_stuck", "1 when connected screens get nothing new from here", value=stuck)
