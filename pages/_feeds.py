"""Which sources feed an indicator, so that a figure can say until when it holds."""

from collections.abc import Sequence

from metrics import Indicator
from pages._badges import worst
from store.health import SourceHealth

_DIALECTS = {
    "documents": {"qlvb", "edxml"},
    "meetings": {"bigbluebutton", "pexip", "janus"},
    "points": {"bigbluebutton", "pexip", "janus", "bridge_points"},
}
_ONE_STOP = {"dvcqg", "opencps"}


def feeding(indicator: Indicator, sources: Sequence[SourceHealth]) -> list[SourceHealth]:
    """The configured sources whose records the indicator counts."""
    dialects = _DIALECTS.get(indicator.counted, _ONE_STOP)
    return [source for source in sources if source.dialect in dialects]


def weakest(indicator: Indicator, sources: Sequence[SourceHealth]) -> SourceHealth | None:
    """The source in the worst state among those that feed the indicator; None when there is none."""
    mine = feeding(indicator, sources)
    state = worst([source.state for source in mine])
    return next((source for source in mine if source.state == state), None)
