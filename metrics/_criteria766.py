"""The criteria of Decision 766/QĐ-TTg of 23/6/2022 and their points.

Where the points come from. The six groups and their points (20, 12, 10, 22, 18, 18) are the decision's. Of the points
of single criteria, those marked "reported" were given by press reports of the decision (1.2, 2.1 and 5.4); the others
are "transcribed": we could not read the decision's annex itself, and took them from two public programs that read the
National Public Service Portal's own scores by this decision and were reconciled with it. They add up to the points of
each group. So does the rule that a rate of `full_from` already has the full points, and a lesser one in proportion.
The numbers 4.1 and 4.2 are those of our catalogue of indicators; the portal's description has them the other way round.

A criterion without `indicator` is measured by no system that the centre reads: it is missing, neither full nor zero.
"""

from fractions import Fraction
from typing import Literal, NamedTuple


class Criterion(NamedTuple):
    """One criterion: what it is worth and which indicator measures it.

    full_from          the rate from which it has its full points
    indicator          key in the catalogue; None: the centre has no source for it
    points_from        "reported" or "transcribed", see above
    differs, differs_vi  how our indicator differs from the decision's wording; "" where it does not
    """

    number: str
    name: str
    name_vi: str
    points: int
    full_from: Fraction = Fraction(1)
    indicator: str | None = None
    points_from: Literal["reported", "transcribed"] = "transcribed"
    differs: str = ""
    differs_vi: str = ""


class CriteriaGroup(NamedTuple):
    """A group of criteria with its points of the hundred."""

    key: str
    name: str
    name_vi: str
    points: int
    criteria: tuple[Criterion, ...]


_EIGHTY, _NINETY, _HALF = Fraction(80, 100), Fraction(90, 100), Fraction(50, 100)

PROGRESS = CriteriaGroup(
    "progress",
    "Progress of handling",
    "Tiến độ giải quyết",
    20,
    (
        Criterion(
            "2.1",
            "Dossiers handled on time",
            "Hồ sơ xử lý trước hạn, đúng hạn",
            20,
            indicator="on_time_rate_766",
            points_from="reported",
        ),
    ),
)

ONLINE = CriteriaGroup(
    "online_services",
    "Online services",
    "Cung cấp dịch vụ trực tuyến",
    12,
    (
        Criterion(
            "3.1",
            "Procedures offered online",
            "Thủ tục cung cấp dịch vụ công trực tuyến",
            2,
            _EIGHTY,
            "procedures_online_rate",
        ),
        Criterion(
            "3.2",
            "Online services that were used",
            "Dịch vụ công trực tuyến có phát sinh hồ sơ",
            4,
            indicator="services_used_rate",
        ),
        Criterion(
            "3.3",
            "Dossiers submitted online",
            "Hồ sơ nộp trực tuyến",
            6,
            _HALF,
            "online_dossier_rate",
            differs="We count those of level 3 and 4 procedures; the portal also asks for an electronic result.",
            differs_vi="Trung tâm tính hồ sơ trực tuyến của thủ tục mức độ 3, 4; Cổng còn yêu cầu có kết quả điện tử.",
        ),
    ),
)

PAYMENT = CriteriaGroup(
    "online_payment",
    "Online payment",
    "Thanh toán trực tuyến",
    10,
    (
        Criterion(
            "3.5",
            "Procedures with a fee that can be paid on the national portal",
            "Thủ tục có nghĩa vụ tài chính được tích hợp thanh toán trên Cổng Dịch vụ công Quốc gia",
            2,
            _EIGHTY,
        ),
        Criterion(
            "3.5b",
            "Procedures with an online payment",
            "Thủ tục có giao dịch thanh toán trực tuyến",
            2,
            _EIGHTY,
        ),
        Criterion(
            "3.6",
            "Dossiers paid online",
            "Hồ sơ thanh toán trực tuyến",
            6,
            indicator="online_payment_rate",
        ),
    ),
)

DIGITISATION = CriteriaGroup(
    "digitisation",
    "Digitisation of dossiers",
    "Số hóa hồ sơ",
    22,
    (
        Criterion(
            "4.1",
            "Digitised dossiers",
            "Hồ sơ thực hiện số hóa",
            4,
            _EIGHTY,
            "digitised_rate",
            differs="The portal also asks for an electronic result.",
            differs_vi="Cổng còn yêu cầu có kết quả điện tử.",
        ),
        Criterion("4.2", "Electronic results", "Hồ sơ có kết quả giải quyết điện tử", 6, indicator="e_result_rate"),
        Criterion("4.3", "Digitised information used again", "Hồ sơ khai thác, sử dụng lại dữ liệu số hóa", 2, _EIGHTY),
        Criterion("4.4", "Digitised dossiers shared for use again", "Hồ sơ số hóa được kết nối, chia sẻ", 4),
        Criterion("4.5a", "Procedures connected to population records", "Thủ tục kết nối dữ liệu dân cư", 2),
        Criterion("4.5b", "Dossiers using population records", "Hồ sơ sử dụng dữ liệu dân cư", 2),
        Criterion("4.6", "Certified electronic copies", "Chứng thực bản sao điện tử từ bản chính", 2),
    ),
)

SATISFACTION = CriteriaGroup(
    "satisfaction",
    "Satisfaction",
    "Mức độ hài lòng",
    18,
    (
        Criterion("5.2", "Complaints handled on time", "Phản ánh, kiến nghị xử lý đúng hạn", 6),
        Criterion("5.3", "Satisfied with complaints' handling", "Hài lòng trong xử lý phản ánh, kiến nghị", 6),
        Criterion(
            "5.4",
            "Satisfied with the handling of dossiers",
            "Hài lòng trong tiếp nhận, giải quyết thủ tục hành chính",
            6,
            _NINETY,
            "satisfaction_rate",
            points_from="reported",
            differs="We count the ratings given; the portal takes off overdue dossiers and those complained of.",
            differs_vi="Trung tâm tính theo phiếu đánh giá; Cổng trừ hồ sơ quá hạn và hồ sơ có phản ánh, kiến nghị.",
        ),
    ),
)

OPENNESS = CriteriaGroup(
    "openness",
    "Openness",
    "Công khai, minh bạch",
    18,
    (
        Criterion("1.1", "Procedures announced on time", "Thủ tục công bố đúng hạn", 6),
        Criterion(
            "1.2",
            "Procedures published on time",
            "Thủ tục cập nhật, công khai đúng hạn",
            4,
            points_from="reported",
        ),
        Criterion("1.3", "Procedures published in full", "Thủ tục công khai đầy đủ nội dung", 2),
        Criterion("1.4", "Dossiers sent to the national portal", "Hồ sơ đồng bộ lên Cổng Dịch vụ công Quốc gia", 6),
    ),
)

CRITERIA = (PROGRESS, ONLINE, PAYMENT, DIGITISATION, SATISFACTION, OPENNESS)
