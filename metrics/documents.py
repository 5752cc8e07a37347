"""Documents: issued electronically, signed and exchanged; incoming ones handled by their due day."""

from metrics._contract import Indicator

_ND30 = "Nghị định 30/2020/NĐ-CP"
_QD28 = "Quyết định 28/2018/QĐ-TTg (gửi, nhận văn bản điện tử)"

INDICATORS = (
    Indicator(
        key="electronic_document_rate",
        name="Electronic documents",
        name_vi="Văn bản điện tử",
        definition="Documents issued electronically, of all issued and not classified.",
        definition_vi="Văn bản ban hành dưới dạng điện tử trên tổng số văn bản ban hành không mật.",
        source=_QD28,
        numerator=lambda ask: ask.flow("issued_electronic"),
        denominator=lambda ask: ask.flow("issued"),
        counted="documents",
    ),
    Indicator(
        key="signed_document_rate",
        name="Digitally signed documents",
        name_vi="Văn bản ký số",
        definition="Electronic documents digitally signed, of the electronic ones not classified whose signing is known.",
        definition_vi="Văn bản điện tử được ký số trên số văn bản điện tử không mật đã biết có ký số hay không.",
        source=_ND30,
        numerator=lambda ask: ask.flow("signed"),
        denominator=lambda ask: ask.flow("signing_known"),
        counted="documents",
    ),
    Indicator(
        key="signed_and_exchanged_rate",
        name="Documents signed and sent over the axis",
        name_vi="Văn bản ký số và gửi liên thông",
        definition="Documents issued, signed and sent over the exchange axis, of all issued and not classified.",
        definition_vi="Văn bản ban hành được ký số và gửi qua trục liên thông trên tổng số văn bản ban hành không mật.",
        source=_QD28,
        numerator=lambda ask: ask.flow("signed_exchanged"),
        denominator=lambda ask: ask.flow("issued"),
        counted="documents",
    ),
    Indicator(
        key="units_signing_rate",
        name="Units that sign digitally",
        name_vi="Đơn vị có ký số",
        definition="Units below with a digitally signed document issued in the period, of all units below on the last day.",
        definition_vi="Đơn vị trực thuộc có văn bản ký số ban hành trong kỳ trên tổng số đơn vị trực thuộc vào ngày cuối kỳ.",
        source=_ND30,
        numerator=lambda ask: ask.units_below_with("signed"),
        denominator=lambda ask: ask.units_below(),
        counted="units",
    ),
    Indicator(
        key="incoming_on_time_rate",
        name="Incoming documents handled on time",
        name_vi="Văn bản đến xử lý đúng hạn",
        definition="Incoming documents due in the period and completed by their due day, of all due in the period.",
        definition_vi="Văn bản đến có hạn trong kỳ đã xử lý xong trong hạn trên tổng số văn bản đến có hạn trong kỳ.",
        source=_ND30,
        numerator=lambda ask: ask.flow("incoming_on_time"),
        denominator=lambda ask: ask.flow("incoming_due"),
        counted="documents",
    ),
    Indicator(
        key="incoming_overdue",
        name="Incoming documents overdue",
        name_vi="Văn bản đến quá hạn",
        definition="Incoming documents due before the last day and not completed by then.",
        definition_vi="Văn bản đến có hạn trước ngày cuối kỳ mà chưa xử lý xong.",
        source=_ND30,
        numerator=lambda ask: ask.stock("incoming_overdue_change"),
        form="count",
        better="lower",
        counted="documents",
    ),
)
