"""What the figures are: counters in memory, indicators, ranking. Pure: frames in, frames out; no engine, no clock."""

from metrics._apart import apart, count_apart
from metrics._articles import Article, articles
from metrics._behind import Behind, behind_target
from metrics._breakdown import breakdown
from metrics._by_day import dossiers_by_day
from metrics._catalogue import catalogue
from metrics._change import Share, notable
from metrics._chart import TOGETHER, Signal, funnel, individuals, shifted
from metrics._codes import Codes, codes_of, tenures_of
from metrics._compared import Compared, compare
from metrics._contract import Change, Indicator
from metrics._contribution import contributions
from metrics._counters import Counters
from metrics._course import By, Course, Step, course
from metrics._deadlines import AGES, WITHIN, due_edges, next_working_day, working_days_since
from metrics._figures import counts_on, figure, figures, trend
from metrics._form06a import broken_identities, form06a
from metrics._formula import Formula, definitions_version, formula
from metrics._funnel import AT_95, AT_998, Funnel, Limits, Spot, funnel_limits, funnel_of
from metrics._holders import holders
from metrics._index766 import Index766, index766
from metrics._lateness import Lateness, lateness
from metrics._left_out import LeftOut, left_out
from metrics._pace import Pace, Reach, communes_reach, pace
from metrics._peers import GROUPS, KINDS, PeerGroup, Peers, peer_groups
from metrics._period import Period
from metrics._processing import Spread, processing_days, processing_spread, spread_of
from metrics._question import Scope
from metrics._ranking import ranking, remembered_ranking
from metrics._small_cells import counts_of, hidden_nodes, hidden_parts
from metrics._target import COMPARATORS, Gap, gap, targets_in_force
from metrics._tiers import Tier, by_tier
from metrics._uptake import uptake
from metrics._weekly import is_standing, moved, weekly, weekly_of_units
from metrics._whatif import Forecast, Standpoint, WhatIf
from metrics._within import figures_within

__all__ = [
    "AGES",
    "AT_95",
    "AT_998",
    "COMPARATORS",
    "GROUPS",
    "KINDS",
    "TOGETHER",
    "WITHIN",
    "Article",
    "Behind",
    "By",
    "Change",
    "Codes",
    "Compared",
    "Counters",
    "Course",
    "Forecast",
    "Formula",
    "Funnel",
    "Gap",
    "Index766",
    "Indicator",
    "Lateness",
    "LeftOut",
    "Limits",
    "Pace",
    "PeerGroup",
    "Peers",
    "Period",
    "Reach",
    "Scope",
    "Share",
    "Signal",
    "Spot",
    "Spread",
    "Standpoint",
    "Step",
    "Tier",
    "WhatIf",
    "apart",
    "articles",
    "behind_target",
    "breakdown",
    "broken_identities",
    "by_tier",
    "catalogue",
    "codes_of",
    "communes_reach",
    "compare",
    "contributions",
    "count_apart",
    "counts_of",
    "counts_on",
    "course",
    "definitions_version",
    "dossiers_by_day",
    "due_edges",
    "figure",
    "figures",
    "figures_within",
    "form06a",
    "formula",
    "funnel",
    "funnel_limits",
    "funnel_of",
    "gap",
    "hidden_nodes",
    "hidden_parts",
    "holders",
    "index766",
    "individuals",
    "is_standing",
    "lateness",
    "left_out",
    "moved",
    "next_working_day",
    "notable",
    "pace",
    "peer_groups",
    "processing_days",
    "processing_spread",
    "ranking",
    "remembered_ranking",
    "shifted",
    "spread_of",
    "targets_in_force",
    "tenures_of",
    "trend",
    "uptake",
    "weekly",
    "weekly_of_units",
    "working_days_since",
]
