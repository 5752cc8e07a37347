"""Video conferences: who has a point, meetings and their hours by host, participation by the unit of the point."""

from metrics._contract import Indicator
from metrics._question import Question

_HOUR = 3600
_PLAN = "Nghị quyết 17/NQ-CP ngày 07/3/2019"
_ACTIVE = "active_points_change"

INDICATORS = (
    Indicator(
        key="conference_coverage_rate",
        name="Communes with a video-conference point",
        name_vi="Xã, phường có điểm cầu hội nghị trực tuyến",
        definition="Communes in force on the last day with an active point of their own, of all communes in force.",
        definition_vi="Xã, phường có ít nhất một điểm cầu đang hoạt động vào ngày cuối kỳ trên tổng số xã, phường.",
        source=_PLAN,
        numerator=lambda ask: ask.units_with_stock("xa", _ACTIVE),
        denominator=lambda ask: ask.units_in_force("xa"),
        counted="units",
    ),
    Indicator(
        key="district_coverage_rate",
        name="Districts with a commune's video-conference point",
        name_vi="Huyện có điểm cầu hội nghị trực tuyến cấp xã",
        definition="Districts in force on the last day with an active point in a commune under them, of all districts.",
        definition_vi="Huyện có ít nhất một điểm cầu cấp xã đang hoạt động vào ngày cuối kỳ trên tổng số huyện.",
        source=_PLAN,
        numerator=lambda ask: ask.units_over_stock("huyen", "xa", _ACTIVE),
        denominator=lambda ask: ask.units_in_force("huyen"),
        counted="units",
    ),
    Indicator(
        key="bridge_points",
        name="Video-conference points",
        name_vi="Điểm cầu",
        definition="Active video-conference points on the last day.",
        definition_vi="Số điểm cầu hội nghị trực tuyến đang hoạt động vào ngày cuối kỳ.",
        source=_PLAN,
        numerator=lambda ask: ask.stock(_ACTIVE),
        form="count",
        counted="points",
    ),
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
