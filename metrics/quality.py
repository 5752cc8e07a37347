"""How a dossier was served: by post, paid online, digitised, rated; and the guards that stand beside a target."""

from metrics._contract import FIRST, ONLY_WHERE_TOLD, Indicator
from metrics._hierarchy import Ints
from metrics._question import Question

_QD766 = "Quyết định 766/QĐ-TTg ngày 23/6/2022"
_POST = "Quyết định 45/2016/QĐ-TTg (dịch vụ bưu chính công ích)"
_GUARD = "Chỉ số kiểm soát của trung tâm"
_COMPLETED = ("completed_early", "completed_on_time", "completed_late")


def _completed(ask: Question) -> Ints:
    return ask.flow(*_COMPLETED)


def _received(ask: Question) -> Ints:
    return ask.flow("received")


def _told(ask: Question) -> Ints:
    """Completed dossiers whose source tells digitised parts and results."""
    return _completed(ask) - ask.flow("completed_untold")


def _registered_or_received(ask: Question) -> Ints:
    """Each dossier once, also when it was registered and received in the period."""
    return ask.flow("registered", "received") - ask.both_days("entry")


INDICATORS = (
    Indicator(
        key="postal_receipt_rate",
        name="Received by public post, where post was used",
        name_vi="Hồ sơ tiếp nhận qua bưu chính công ích",
        definition="Received by post, of all received of the procedures that had a postal receipt in the unit and period.",
        definition_vi="Hồ sơ tiếp nhận qua bưu chính trên hồ sơ tiếp nhận của các thủ tục có phát sinh tiếp nhận qua bưu chính.",
        source=_POST,
        numerator=lambda ask: ask.flow("received_post"),
        denominator=lambda ask: ask.of_procedures_with("received_post", "received"),
    ),
    Indicator(
        key="postal_receipt_rate_all",
        name="Received by public post, of all",
        name_vi="Hồ sơ tiếp nhận qua bưu chính trên tổng số",
        definition="Dossiers received by public post, of all received.",
        definition_vi="Hồ sơ tiếp nhận qua bưu chính công ích trên tổng số hồ sơ tiếp nhận.",
        source=_POST,
        numerator=lambda ask: ask.flow("received_post"),
        denominator=_received,
    ),
    Indicator(
        key="postal_return_rate",
        name="Returned by public post, where post was used",
        name_vi="Hồ sơ trả kết quả qua bưu chính công ích",
        definition="Completed and returned by post, of all completed of the procedures with a postal return in the unit and period.",
        definition_vi="Hồ sơ xong trả qua bưu chính trên hồ sơ xong của các thủ tục có phát sinh trả kết quả qua bưu chính.",
        source=_POST,
        numerator=lambda ask: ask.flow("returned_by_post"),
        denominator=lambda ask: ask.of_procedures_with("returned_by_post", *_COMPLETED),
    ),
    Indicator(
        key="postal_return_rate_all",
        name="Returned by public post, of all",
        name_vi="Hồ sơ trả kết quả qua bưu chính trên tổng số",
        definition="Dossiers completed and returned by public post, of all completed.",
        definition_vi="Hồ sơ giải quyết xong trả kết quả qua bưu chính công ích trên tổng số hồ sơ giải quyết xong.",
        source=_POST,
        numerator=lambda ask: ask.flow("returned_by_post"),
        denominator=_completed,
    ),
    Indicator(
        key="online_payment_rate",
        name="Fees paid online",
        name_vi="Hồ sơ thanh toán trực tuyến",
        definition="Completed dossiers with a fee that was paid online, of all completed with a fee.",
        definition_vi="Hồ sơ xong có nghĩa vụ tài chính đã thanh toán trực tuyến trên tổng số hồ sơ xong có nghĩa vụ tài chính.",
        source=f"{_QD766}, tiêu chí 3.6",
        numerator=lambda ask: ask.flow("fee_paid_online"),
        denominator=lambda ask: ask.flow("fee_due"),
    ),
    Indicator(
        key="digitised_rate",
        name="Dossiers with digitised parts",
        name_vi="Hồ sơ số hóa",
        definition="Completed dossiers with digitised parts, of all completed whose source tells it.",
        definition_vi="Hồ sơ xong có thành phần được số hóa trên số hồ sơ giải quyết xong mà hệ thống nguồn có báo.",
        source=f"{_QD766}, tiêu chí 4.1",
        numerator=lambda ask: ask.flow("digitised"),
        denominator=_told,
        changes=(FIRST, ONLY_WHERE_TOLD),
    ),
    Indicator(
        key="e_result_rate",
        name="Electronic results",
        name_vi="Kết quả điện tử",
        definition="Completed dossiers with an electronic result, of all completed whose source tells it.",
        definition_vi="Hồ sơ xong có kết quả điện tử trên số hồ sơ giải quyết xong mà hệ thống nguồn có báo.",
        source=f"{_QD766}, tiêu chí 4.2",
        numerator=lambda ask: ask.flow("e_result"),
        denominator=_told,
        changes=(FIRST, ONLY_WHERE_TOLD),
    ),
    Indicator(
        key="satisfaction_rate",
        name="Satisfied applicants",
        name_vi="Người dân hài lòng",
        definition="Ratings “very satisfied” and “satisfied” of all ratings of the dossiers completed in the period.",
        definition_vi="Đánh giá “rất hài lòng” và “hài lòng” trên tổng số đánh giá của hồ sơ giải quyết xong trong kỳ.",
        source="Nghị quyết 17/NQ-CP ngày 07/3/2019 (chỉ tiêu 90 %)",
        numerator=lambda ask: ask.flow("satisfied"),
        denominator=lambda ask: ask.flow("rated"),
        counted="ratings",
    ),
    Indicator(
        key="supplement_rate",
        name="Dossiers sent back for a supplement",
        name_vi="Hồ sơ phải bổ sung",
        definition="Dossiers received with at least one request for a supplement, of all received whose source tells it.",
        definition_vi="Hồ sơ tiếp nhận có ít nhất một lần yêu cầu bổ sung trên số hồ sơ tiếp nhận mà hệ thống nguồn có báo.",
        source=_GUARD,
        numerator=lambda ask: ask.flow("supplemented"),
        denominator=lambda ask: _received(ask) - ask.flow("received_untold"),
        better="lower",
        changes=(FIRST, ONLY_WHERE_TOLD),
    ),
    Indicator(
        key="withdrawn_rate",
        name="Dossiers withdrawn",
        name_vi="Hồ sơ công dân rút",
        definition="Dossiers received that the citizen withdrew, of all received.",
        definition_vi="Hồ sơ tiếp nhận mà công dân đã rút trên tổng số hồ sơ tiếp nhận.",
        source=_GUARD,
        numerator=lambda ask: ask.flow("withdrawn"),
        denominator=_received,
        better="lower",
    ),
    Indicator(
        key="refused_rate",
        name="Dossiers refused",
        name_vi="Hồ sơ không được tiếp nhận",
        definition="Dossiers registered in the period and refused, of all registered or received in it.",
        definition_vi="Hồ sơ đăng ký trong kỳ không được tiếp nhận trên tổng số hồ sơ đăng ký hoặc tiếp nhận trong kỳ.",
        source=_GUARD,
        numerator=lambda ask: ask.flow("registered_refused"),
        denominator=_registered_or_received,
        better="lower",
    ),
)
