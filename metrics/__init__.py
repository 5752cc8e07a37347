"""What the figures are: counters in memory, indicators, ranking. Pure: frames in, frames out; no engine, no clock."""

from metrics._apart import apart
from metrics._articles import Article, articles
from metrics._breakdown import breakdown
from metrics._catalogue import catalogue
from metrics._change import Share, notable
from metrics._compared import Compared, compare
from metrics._contract import Change, Indicator
from metrics._counters import Counters
from metrics._figures import figures, processing_spread, trend
from metrics._formula import Formula, definitions_version, formula
from metrics._index766 import Index766, index766
from metrics._pace import Pace, Reach, communes_reach, pace
from metrics._peers import GROUPS, KINDS, PeerGroup, Peers, peer_groups
from metrics._period import Period
from metrics._question import Scope
from metrics._ranking import ranking
from metrics._target import COMPARATORS, Gap, gap, targets_in_force

__all__ = [
    "COMPARATORS",
    "GROUPS",
    "KINDS",
    "Article",
    "Change",
    "Compared",
    "Counters",
    "Formula",
    "Gap",
    "Index766",
    "Indicator",
    "Pace",
    "PeerGroup",
    "Peers",
    "Period",
    "Reach",
    "Scope",
    "Share",
    "apart",
    "articles",
    "breakdown",
    "catalogue",
    "communes_reach",
    "compare",
    "definitions_version",
    "figures",
    "formula",
    "gap",
    "index766",
    "notable",
    "pace",
    "peer_groups",
    "processing_spread",
    "ranking",
    "targets_in_force",
    "trend",
]
