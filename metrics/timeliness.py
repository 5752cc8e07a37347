"""Handling in time: completed early, on the due day or late; what is open and overdue at the end of the period."""

from metrics._contract import Indicator
from metrics._hierarchy import Ints
from metrics._question import Question

_FORM_06A = "Thông tư 01/2020/TT-VPCP, biểu II.06a"
_QD766 = "Quyết định 766/QĐ-TTg ngày 23/6/2022"


def _in_time(ask: Question) -> Ints:
    return ask.flow("completed_early", "completed_on_time")


def _completed(ask: Question) -> Ints:
    return ask.flow("completed_early", "completed_on_time", "completed_late")


def _open(ask: Question) -> Ints:
    return ask.stock("open_change")


def _overdue(ask: Question) -> Ints:
    return ask.stock("overdue_change")


INDICATORS = (
    Indicator(
        key="on_time_rate",
        name="Settled on time",
        name_vi="Giải quyết đúng hạn",
        definition="Dossiers completed in the period before or on their due day, of all completed.",
        definition_vi="Hồ sơ giải quyết xong trước hạn và đúng hạn trên tổng số hồ sơ giải quyết xong trong kỳ.",
        source=_FORM_06A,
        numerator=_in_time,
        denominator=_completed,
    ),
    Indicator(
        key="early_rate",
        name="Settled early",
        name_vi="Giải quyết trước hạn",
        definition="Dossiers completed in the period before their due day, of all completed.",
        definition_vi="Hồ sơ giải quyết xong trước hạn trên tổng số hồ sơ giải quyết xong trong kỳ.",
        source=_FORM_06A,
        numerator=lambda ask: ask.flow("completed_early"),
        denominator=_completed,
    ),
    Indicator(
        key="on_time_rate_766",
        name="On time, open dossiers included",
        name_vi="Đúng hạn, tính cả hồ sơ đang giải quyết",
        definition="Completed early or on time, and open and not overdue, of all completed and open.",
        definition_vi="Hồ sơ xong trước và đúng hạn cộng hồ sơ đang giải quyết chưa quá hạn, trên tổng số xong và đang giải quyết.",
        source=f"{_QD766}, tiêu chí 2.1",
        numerator=lambda ask: _in_time(ask) + _open(ask) - _overdue(ask),
        denominator=lambda ask: _completed(ask) + _open(ask),
    ),
    Indicator(
        key="open",
        name="Open dossiers",
        name_vi="Hồ sơ đang giải quyết",
        definition="Dossiers received and neither completed nor ended otherwise at the end of the last day.",
        definition_vi="Hồ sơ đã tiếp nhận, chưa giải quyết xong và chưa kết thúc cách khác vào cuối ngày cuối kỳ.",
        source=_FORM_06A,
        numerator=_open,
        form="count",
        better=None,
    ),
    Indicator(
        key="overdue",
        name="Overdue now",
        name_vi="Đang quá hạn",
        definition="Open dossiers whose due day has passed and that do not wait for a supplement or a payment.",
        definition_vi="Hồ sơ đang giải quyết đã qua ngày hẹn trả, không kể hồ sơ chờ bổ sung hoặc chờ nộp nghĩa vụ tài chính.",
        source=_FORM_06A,
        numerator=_overdue,
        form="count",
        better="lower",
    ),
    Indicator(
        key="overdue_rate",
        name="Overdue share of open dossiers",
        name_vi="Tỷ lệ quá hạn trong hồ sơ đang giải quyết",
        definition="Overdue dossiers of all open ones at the end of the last day.",
        definition_vi="Hồ sơ quá hạn trên tổng số hồ sơ đang giải quyết vào cuối ngày cuối kỳ.",
        source=_FORM_06A,
        numerator=_overdue,
        denominator=_open,
        better="lower",
    ),
    Indicator(
        key="processing_days",
        name="Working days to completion",
        name_vi="Số ngày làm việc để giải quyết",
        definition="Mean working days from the day after receipt to completion, of the dossiers completed in the period.",
        definition_vi="Số ngày làm việc trung bình từ sau ngày tiếp nhận đến khi giải quyết xong, của hồ sơ xong trong kỳ.",
        source="Nghị định 61/2018/NĐ-CP",
        numerator=lambda ask: ask.working_days(),
        denominator=_completed,
        form="days",
        better="lower",
    ),
    Indicator(
        key="last_day_rate",
        name="Completed on the very due day",
        name_vi="Giải quyết xong đúng ngày hẹn",
        definition="Dossiers completed on the due day itself, of all completed: a guard against gaming.",
        definition_vi="Hồ sơ xong đúng vào ngày hẹn trả trên tổng số hồ sơ giải quyết xong: để nhận ra số liệu bị làm đẹp.",
        source="Chỉ số kiểm soát của trung tâm",
        numerator=lambda ask: ask.flow("completed_on_due_day"),
        denominator=_completed,
        better=None,
    ),
)
