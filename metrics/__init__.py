"""What the figures are: counters in memory, indicators, ranking. Pure: frames in, frames out; no engine, no clock."""

from metrics._breakdown import breakdown
from metrics._catalogue import catalogue
from metrics._change import Share, notable
from metrics._contract import Change, Indicator
from metrics._counters import Counters
from metrics._figures import figures, processing_spread, trend
from metrics._formula import Formula, definitions_version, formula
from metrics._peers import GROUPS, KINDS, PeerGroup, Peers, peer_groups
from metrics._period import Period
from metrics._question import Scope
from metrics._ranking import ranking

__all__ = [
    "GROUPS",
    "KINDS",
    "Change",
    "Counters",
    "Formula",
    "Indicator",
    "PeerGroup",
    "Peers",
    "Period",
    "Scope",
    "Share",
    "breakdown",
    "catalogue",
    "definitions_version",
    "figures",
    "formula",
    "notable",
    "peer_groups",
    "processing_spread",
    "ranking",
    "trend",
]
