"""Video conferences: meetings and their hours by host, participation by the unit of the point."""

from metrics._contract import Indicator
from metrics._question import Question

_HOUR = 3600
_PLAN = "Nghị quyết 17/NQ-CP ngày 07/3/2019"

INDICATORS = (
    Indicator(
        key="meetings_held",
        name="Video conferences held",
        name_vi="Cuộc họp trực tuyến",
        definition="Meetings hosted by the unit that ended in the period.",
        definition_vi="Số cuộc họp trực tuyến do đơn vị chủ trì, kết thúc trong kỳ.",
        source=_PLAN,
        numerator=lambda ask: ask.flow("meetings_held"),
        form="count",
        better=None,
        counted="meetings",
    ),
    Indicator(
        key="meeting_hours",
        name="Hours of video conference",
        name_vi="Giờ họp trực tuyến",
        definition="Hours of the meetings hosted by the unit that ended in the period.",
        definition_vi="Tổng số giờ của các cuộc họp trực tuyến do đơn vị chủ trì, kết thúc trong kỳ.",
        source=_PLAN,
        numerator=lambda ask: ask.flow("meeting_seconds"),
        form="hours",
        better=None,
        counted="meetings",
        unit_of_sum=_HOUR,
    ),
    Indicator(
        key="participation_rate",
        name="Points that took part",
        name_vi="Điểm cầu tham dự họp",
        definition="Invited points of the unit connected for at least 5 minutes, of all its points invited to meetings ended in the period.",
        definition_vi="Điểm cầu được mời có kết nối từ 5 phút trên tổng số lượt điểm cầu được mời, của các cuộc họp kết thúc trong kỳ.",
        source=_PLAN,
        numerator=lambda ask: ask.flow("points_connected"),
        denominator=lambda ask: ask.flow("points_invited"),
        counted="points",
    ),
    Indicator(
        key="meeting_hours_change",
        name="Change of meeting hours",
        name_vi="Thay đổi giờ họp",
        definition="Meeting hours less those of the preceding period of the same length, of the latter.",
        definition_vi="Giờ họp trong kỳ trừ giờ họp của kỳ liền trước cùng độ dài, trên giờ họp của kỳ đó.",
        source=f"{_PLAN} (rút ngắn 30–50 % thời gian họp)",
        numerator=lambda ask: ask.flow("meeting_seconds") - _before(ask).flow("meeting_seconds"),
        denominator=lambda ask: _before(ask).flow("meeting_seconds"),
        better="lower",
        counted="meetings",
        unit_of_sum=_HOUR,
    ),
)


def _before(ask: Question) -> Question:
    return Question(ask.counters, ask.period.previous(), ask.scope)
