"""What the figures are: counters in memory, indicators, ranking. Pure: frames in, frames out; no engine, no clock."""

from metrics._breakdown import breakdown
from metrics._catalogue import catalogue
from metrics._change import Share, notable
from metrics._contract import Indicator
from metrics._counters import Counters
from metrics._figures import figures, processing_spread, trend
from metrics._period import Period
from metrics._question import Scope
from metrics._ranking import KINDS, ranking

__all__ = [
    "KINDS",
    "Counters",
    "Indicator",
    "Period",
    "Scope",
    "Share",
    "breakdown",
    "catalogue",
    "figures",
    "notable",
    "processing_spread",
    "ranking",
    "trend",
]
