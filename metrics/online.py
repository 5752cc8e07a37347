"""Receipt: how many dossiers, by which channel, of procedures at which level on the day of receipt."""

from metrics._contract import FIRST, ONLY_WHERE_TOLD, Indicator

_ND42 = "Nghị định 42/2022/NĐ-CP; trước 15/08/2022: mức độ 3, 4 (Thông tư 32/2017/TT-BTTTT)"

INDICATORS = (
    Indicator(
        key="received",
        name="Dossiers received",
        name_vi="Hồ sơ tiếp nhận",
        definition="Dossiers received in the period.",
        definition_vi="Số hồ sơ tiếp nhận trong kỳ.",
        source="Thông tư 01/2020/TT-VPCP, biểu II.06a",
        numerator=lambda ask: ask.flow("received"),
        form="count",
        better=None,
    ),
    Indicator(
        key="online_dossier_rate",
        name="Online dossiers of level 3 and 4 procedures",
        name_vi="Hồ sơ trực tuyến mức độ 3, 4",
        definition="Dossiers received online of procedures at level 3 or 4 on the day of receipt, of all received.",
        definition_vi="Hồ sơ tiếp nhận trực tuyến của thủ tục mức độ 3, 4 (vào ngày tiếp nhận) trên tổng số hồ sơ tiếp nhận.",
        source="Quyết định của UBND tỉnh Hòa Bình tháng 3/2021 (chỉ tiêu 51 %)",
        numerator=lambda ask: ask.flow("online_l34"),
        denominator=lambda ask: ask.flow("received"),
    ),
    Indicator(
        key="online_dossier_rate_offered",
        name="Online dossiers, of those that could be online",
        name_vi="Hồ sơ trực tuyến trên hồ sơ của thủ tục mức độ 3, 4",
        definition="Dossiers received online of procedures at level 3 or 4, of all received of such procedures.",
        definition_vi="Hồ sơ trực tuyến của thủ tục mức độ 3, 4 trên tổng số hồ sơ tiếp nhận của các thủ tục đó.",
        source=_ND42,
        numerator=lambda ask: ask.flow("online_l34"),
        denominator=lambda ask: ask.flow("received_l34"),
    ),
    Indicator(
        key="full_process_dossier_rate",
        name="Online dossiers of full-process procedures",
        name_vi="Hồ sơ trực tuyến toàn trình (mức độ 4)",
        definition="Dossiers received online of procedures at level 4 on the day of receipt, of all received.",
        definition_vi="Hồ sơ tiếp nhận trực tuyến của thủ tục mức độ 4 (toàn trình) trên tổng số hồ sơ tiếp nhận.",
        source=_ND42,
        numerator=lambda ask: ask.flow("online_l4"),
        denominator=lambda ask: ask.flow("received"),
    ),
    Indicator(
        key="authenticated_rate",
        name="Online dossiers with an authenticated applicant",
        name_vi="Hồ sơ trực tuyến được xác thực định danh điện tử",
        definition="Dossiers received online whose applicant was authenticated by electronic identity, of all online whose source tells it.",
        definition_vi="Hồ sơ trực tuyến có người nộp được xác thực định danh điện tử trên số hồ sơ trực tuyến mà hệ thống nguồn có báo.",
        source="Nghị quyết 17/NQ-CP ngày 07/3/2019",
        numerator=lambda ask: ask.flow("online_authenticated"),
        denominator=lambda ask: ask.flow("received_online") - ask.flow("online_untold"),
        changes=(FIRST, ONLY_WHERE_TOLD),
    ),
)
