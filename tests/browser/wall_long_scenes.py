"""Pictures with the longest names, everything at once, missing values and nothing known."""

from collections.abc import Sequence

from tests.browser.wall_scenes import FRESH, LATE, LONGEST, STALE, TREND, UNKNOWN, grid_place, map_block, scene_of
from wall.blocks import (
    AnyBlock,
    BarRow,
    Bars,
    Cell,
    Cells,
    Column,
    Columns,
    Figure,
    Line,
    Listing,
    Part,
    Parts,
    Place,
    Scene,
    Span,
)


def longest_figures() -> Scene:
    """Six figures, each with everything at its longest."""
    marks = [FRESH, LATE, STALE, UNKNOWN, FRESH, STALE]
    blocks: dict[str, AnyBlock] = {
        f"f{index}": Figure(
            at=grid_place(index),
            mark=mark,
            title="Hồ sơ trực tuyến toàn trình có thanh toán trực tuyến",
            value="1.234.567",
            unit="hồ sơ",
            standing="missed",
            standing_text="chưa đạt",
            target="chỉ tiêu 98,5 %",
            change="giảm 12,3 so với 4 tuần trước",
            n="1.234.567 / 12.345.678 hồ sơ",
            trend=TREND,
            goal=60,
        )
        for index, mark in enumerate(marks)
    }
    return scene_of(f"{LONGEST} · Toàn cảnh tình hình giải quyết thủ tục hành chính", _long_sentence(), blocks, STALE)


def bare_figures() -> Scene:
    """Six figures with nothing known."""
    blocks: dict[str, AnyBlock] = {
        f"f{index}": Figure(
            at=grid_place(index), mark=UNKNOWN, title="Người dân hài lòng", value="–", standing_text="chưa có số liệu"
        )
        for index in range(6)
    }
    return scene_of("Tỉnh Hòa Bình", [Span("Chưa có số liệu.")], blocks, UNKNOWN)


def longest_bars(columns: int = 7) -> Scene:
    """Ten bars of the longest names with everything, and a gap."""
    rows = {
        f"r{index}": BarRow(
            rank=str(index + 90),
            name=LONGEST,
            value=None if index == 9 else 99.0 - index,
            text="–" if index == 9 else "99,9 %",
            low=None if index == 9 else 90.0 - index,
            high=100.0,
            goal=95.0,
            standing="none" if index == 9 else "near",
            move="▼10",
            move_tone="bad",
            note="",
        )
        for index in range(10)
    }
    bars = Bars(
        at=Place(1, 1, columns, 12),
        mark=STALE,
        rows=rows,
        order=list(rows),
        scale=100,
        goal=98,
        goal_text="chỉ tiêu 98 %",
        gap_after="r4",
        gap_text="còn 123 đơn vị khác",
        note="35.212 hồ sơ · khoảng tin cậy 95 %",
    )
    blocks: dict[str, AnyBlock] = {"bars": bars}
    if columns < 12:
        blocks["map"] = map_block(Place(columns + 1, 1, 12 - columns, 12), LATE)
    return scene_of(f"{LONGEST} · Xếp hạng", _long_sentence(), blocks, STALE)


def longest_work() -> Scene:
    """Columns, parts and listings with the longest names."""
    columns = {
        f"k{index}": Column(
            label="trên 30 ngày",
            value=float(index) if index else None,
            text="12.345" if index else "–",
            standing="missed",
        )
        for index in range(8)
    }
    parts = {
        key: Part(label=label, share=share, text=text, shade=shade)
        for key, label, share, text, shade in [
            ("a", "dịch vụ công trực tuyến toàn trình", 0.999, "99,9 %", 0),
            ("b", "dịch vụ công trực tuyến một phần", 0.001, "0,1 %", 1),
            ("c", "trực tiếp tại bộ phận một cửa", 0.0, "0 %", 2),
            ("d", "bưu chính công ích", 0.0, "0 %", 3),
        ]
    }
    lines = {
        f"l{index}": Line(head=LONGEST, text="quá hạn lâu nhất 123 ngày làm việc", value="12.345", fresh=fresh)
        for index, fresh in enumerate(["fresh", "stale"])
    }
    blocks: dict[str, AnyBlock] = {
        "age": Columns(
            at=Place(1, 1, 7, 6),
            mark=LATE,
            title="Tuổi của hồ sơ quá hạn",
            columns=columns,
            order=list(columns),
            scale=7,
            note="412 hồ sơ",
        ),
        "who": Listing(at=Place(8, 1, 5, 6), mark=STALE, title="Ai đang giữ", lines=lines, order=list(lines)),
        "how": Parts(
            at=Place(1, 7, 7, 6),
            mark=UNKNOWN,
            title="Hình thức nộp",
            parts=parts,
            order=list(parts),
            note="35.212 hồ sơ",
        ),
        "none": Listing(
            at=Place(8, 7, 5, 6),
            mark=FRESH,
            title="Cảnh báo",
            lines={},
            order=[],
            empty="Không có đơn vị nào quá hạn trong bốn tuần qua",
        ),
    }
    return scene_of(f"{LONGEST} · Đúng hạn và quá hạn", _long_sentence(), blocks, UNKNOWN)


def longest_centre() -> Scene:
    """Nine screens in their longest words, and many sources."""
    lines = {
        f"s{index}": Line(head="Trục liên thông văn bản quốc gia", text="im lặng từ 22:10 09/12/2020", fresh="stale")
        for index in range(6)
    }
    cells = {f"m{index}": Cell(head=str(index + 1), text="chưa từng cập nhật", fresh="unknown") for index in range(9)}
    blocks: dict[str, AnyBlock] = {
        "sources": Listing(at=Place(1, 1, 12, 7), mark=STALE, title="Nguồn dữ liệu", lines=lines, order=list(lines)),
        "screens": Cells(at=Place(1, 8, 12, 5), mark=UNKNOWN, title="Màn hình", cells=cells, order=list(cells)),
    }
    return scene_of(f"{LONGEST} · Trung tâm", _long_sentence(), blocks, UNKNOWN)


def _long_sentence() -> Sequence[Span]:
    return [
        Span(f"12 huyện dưới chỉ tiêu 51 %, thấp nhất là {LONGEST}", "bad"),
        Span("; xấu đi so với 4 tuần trước, chủ yếu ở lĩnh vực đất đai và hộ tịch."),
    ]


LONG = {
    "figures": longest_figures,
    "bare": bare_figures,
    "bars": longest_bars,
    "wide-bars": lambda: longest_bars(12),
    "work": longest_work,
    "centre": longest_centre,
}
