"""The catalogue of procedures: how many are offered online, and how many are really used online."""

import polars as pl

from metrics._contract import Indicator

_ONLINE = pl.col("level") >= 3
_DECREE = "Nghị định 42/2022/NĐ-CP; trước 15/08/2022: Thông tư 32/2017/TT-BTTTT"


def _at_level(level: int) -> Indicator:
    return Indicator(
        key=f"procedures_level{level}_rate",
        name=f"Procedures at level {level}",
        name_vi=f"Thủ tục mức độ {level}",
        definition=f"Procedures at level {level} on the last day, of all in force on that day.",
        definition_vi=f"Thủ tục ở mức độ {level} vào ngày cuối kỳ trên tổng số thủ tục đang có hiệu lực ngày đó.",
        source=_DECREE,
        numerator=lambda ask: ask.procedures(pl.col("level") == level),
        denominator=lambda ask: ask.procedures(),
        counted="procedures",
        better="lower" if level == 2 else "higher",
    )


INDICATORS = (
    Indicator(
        key="procedures_online_rate",
        name="Procedures offered online at level 3 or 4",
        name_vi="Thủ tục cung cấp trực tuyến mức độ 3, 4",
        definition="Procedures at level 3 or 4 on the last day, of all in force on that day; each procedure once.",
        definition_vi="Thủ tục ở mức độ 3, 4 vào ngày cuối kỳ trên tổng số thủ tục đang có hiệu lực; mỗi thủ tục tính một lần.",
        source=_DECREE,
        numerator=lambda ask: ask.procedures(_ONLINE),
        denominator=lambda ask: ask.procedures(),
        counted="procedures",
    ),
    *(_at_level(level) for level in (4, 3, 2)),
    Indicator(
        key="services_used_rate",
        name="Online services that were used",
        name_vi="Dịch vụ công trực tuyến có phát sinh hồ sơ",
        definition="Level 3 and 4 procedures with an online dossier in the period, of those at level 3 or 4 on the last day.",
        definition_vi="Thủ tục mức độ 3, 4 có hồ sơ trực tuyến trong kỳ trên số thủ tục mức độ 3, 4 vào ngày cuối kỳ.",
        source="Quyết định 766/QĐ-TTg, tiêu chí 3.2",
        numerator=lambda ask: ask.used_procedures("online_l34"),
        denominator=lambda ask: ask.procedures(_ONLINE),
        counted="procedures",
    ),
    Indicator(
        key="national_portal_rate",
        name="Online services on the national portal",
        name_vi="Dịch vụ công trực tuyến tích hợp Cổng Dịch vụ công Quốc gia",
        definition="Level 3 and 4 procedures integrated with the national portal, of all at level 3 or 4 on the last day.",
        definition_vi="Thủ tục mức độ 3, 4 đã tích hợp Cổng Dịch vụ công Quốc gia trên tổng số thủ tục mức độ 3, 4.",
        source="Nghị quyết 17/NQ-CP ngày 07/3/2019",
        numerator=lambda ask: ask.procedures(_ONLINE, pl.col("national_portal")),
        denominator=lambda ask: ask.procedures(_ONLINE),
        counted="procedures",
    ),
)
