"""Pictures of every kind of block, as a normal day brings them; see wall_long_scenes.py for abnormal ones."""

from collections.abc import Mapping, Sequence
from math import cos, pi, sin
from typing import Any

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
    Map,
    MapLabel,
    Mark,
    Part,
    Parts,
    Place,
    Scene,
    Span,
)

FRESH = Mark("fresh", "14:05")
LATE = Mark("late", "22:10 09/12", "chậm: 22:10 09/12")
STALE = Mark("stale", "22:10 09/12/2020", "im lặng từ 22:10 09/12/2020")
UNKNOWN = Mark("unknown", "chưa bao giờ", "chưa từng cập nhật")
LONGEST = "Ủy ban nhân dân huyện Điện Biên Đông"
DISTRICTS = [
    "TP Hòa Bình",
    "Lương Sơn",
    "Cao Phong",
    "Kim Bôi",
    "Tân Lạc",
    "Mai Châu",
    "Lạc Thủy",
    "Yên Thủy",
    "Lạc Sơn",
    "Đà Bắc",
]
TREND = [48.1, 48.9, 48.6, 49.3, 49.0, 50.2, None, 50.6, 51.0, 50.9, 51.6, 52.0, 51.8, 52.6, 52.4]
GEOMETRY = "/api/wall/geometry/abc.json"


def grid_place(index: int, across: int = 3) -> Place:
    """The place of the figure of that index, three in a row."""
    return Place(column=1 + 4 * (index % across), row=1 + 6 * (index // across), columns=4, rows=6)


def scene_of(title: str, sentence: Sequence[Span], blocks: Mapping[str, AnyBlock], worst: Mark = FRESH) -> Scene:
    return Scene(title=title, sentence=sentence, blocks=blocks, worst=worst)


def overview() -> Scene:
    """Six figures of a usual day."""
    given = [
        (
            "Hồ sơ trực tuyến mức độ 3, 4",
            "52,4",
            "%",
            "reached",
            "đạt",
            "chỉ tiêu 51 %",
            "tăng 1,8 so với 4 tuần trước",
            "18.466 / 35.212 hồ sơ",
            FRESH,
            51.0,
        ),
        (
            "Giải quyết đúng hạn",
            "97,1",
            "%",
            "near",
            "gần đạt",
            "chỉ tiêu 98 %",
            "không đổi đáng kể",
            "31.904 / 32.857 hồ sơ",
            FRESH,
            53.0,
        ),
        (
            "Đang quá hạn",
            "412",
            "hồ sơ",
            "missed",
            "chưa đạt",
            "ngưỡng 350",
            "tăng 38 trong tuần",
            "2,9 % của 14.210 đang giải quyết",
            FRESH,
            49.0,
        ),
        (
            "Văn bản ký số",
            "93,8",
            "%",
            "reached",
            "đạt",
            "chỉ tiêu 90 %",
            "không đổi đáng kể",
            "41.022 / 43.733 văn bản",
            FRESH,
            51.5,
        ),
        (
            "Điểm cầu sẵn sàng",
            "158",
            "/ 161",
            "near",
            "gần đạt",
            "3 mất tín hiệu",
            "đang họp 2 cuộc, 47 điểm",
            "161 điểm cầu đang dùng",
            FRESH,
            None,
        ),
        (
            "Người dân hài lòng",
            "91,6",
            "%",
            "reached",
            "đạt",
            "chỉ tiêu 90 %",
            "",
            "6.120 / 6.681 đánh giá",
            LATE,
            48.5,
        ),
    ]
    blocks = {
        f"f{index}": Figure(
            at=grid_place(index),
            mark=mark,
            title=title,
            value=value,
            unit=unit,
            standing=standing,
            standing_text=word,
            target=target,
            change=change,
            n=n,
            trend=TREND,
            goal=goal,
        )
        for index, (title, value, unit, standing, word, target, change, n, mark, goal) in enumerate(given)
    }
    sentence = [
        Span("Đạt chỉ tiêu hồ sơ trực tuyến. "),
        Span("Quá hạn tăng 38 hồ sơ trong tuần", "bad"),
        Span(", chủ yếu ở Lạc Sơn và Đà Bắc."),
    ]
    return scene_of("Tỉnh Hòa Bình · Toàn cảnh", sentence, blocks, LATE)


def ranking() -> Scene:
    """Ten districts and the map beside them."""
    values = [64.2, 58.8, 55.1, 53.0, 51.6, 50.9, 47.2, 45.5, 41.0, 36.4]
    moves = ["", "▲1", "▲2", "▼1", "", "▼2", "▲1", "", "▼1", ""]
    rows = {
        f"r{index}": BarRow(
            rank=str(index + 1),
            name=name,
            value=value,
            text=f"{value}".replace(".", ","),
            low=value - 1.2 - index / 5,
            high=value + 1.2 + index / 5,
            standing="reached" if value >= 51 else "near" if value > 46 else "missed",
            move=move,
            move_tone="good" if "▲" in move else "bad" if move else "",
        )
        for index, (name, value, move) in enumerate(zip(DISTRICTS, values, moves, strict=True))
    }
    bars = Bars(
        at=Place(1, 1, 7, 12),
        mark=FRESH,
        rows=rows,
        order=list(rows),
        scale=70,
        goal=51,
        goal_text="chỉ tiêu 51 %",
        note="35.212 hồ sơ · khoảng tin cậy 95 %",
    )
    sentence = [Span("5 huyện dưới chỉ tiêu 51 %.", "bad"), Span(" Đà Bắc còn thiếu 235 hồ sơ, Lạc Sơn 431.")]
    blocks: dict[str, AnyBlock] = {"bars": bars, "map": map_block(Place(8, 1, 5, 12), FRESH)}
    return scene_of(
        "Tỉnh Hòa Bình · Xếp hạng huyện, thành phố · hồ sơ trực tuyến mức độ 3, 4 · năm 2021", sentence, blocks
    )


def map_block(at: Place, mark: Mark) -> Map:
    states = ("reached", "reached", "near", "missed", "none", "reached", "missed")
    return Map(
        at=at,
        mark=mark,
        geometry=GEOMETRY,
        cells={f"c{index}": states[(index * 5 + index // 7) % 7] for index in range(150)},
        legend={"reached": "đạt", "near": "gần đạt", "missed": "chưa đạt", "none": "quá ít hồ sơ"},
        labels=[
            MapLabel("c3", "1"),
            MapLabel("c4", "2"),
            MapLabel("c149", "3"),
            MapLabel("c60", "4"),
            MapLabel("c61", "5"),
        ],
        note="Bản đồ sơ đồ, ô vẽ theo tâm xã, không phải địa giới hành chính",
    )


def work() -> Scene:
    """Columns, parts and listings."""
    columns = {
        f"k{index}": Column(label=label, value=value, text=str(value))
        for index, (label, value) in enumerate(
            [("1–2 ngày", 148), ("3–5 ngày", 96), ("6–10 ngày", 71), ("11–30 ngày", 62), ("trên 30 ngày", 35)]
        )
    }
    due = {
        f"d{index}": Column(label=label, value=value, text=str(value), standing=standing)
        for index, (label, value, standing) in enumerate(
            [("1 ngày", 212, "missed"), ("2 ngày", 388, "near"), ("5 ngày", 967, "none")]
        )
    }
    parts = {
        "a": Part(label="toàn trình", share=0.47, text="47 %", shade=0),
        "b": Part(label="một phần", share=0.31, text="31 %", shade=1),
        "c": Part(label="trực tiếp", share=0.22, text="22 %", shade=3),
    }
    lines = {
        f"l{index}": Line(head=name, text="quá hạn lâu nhất 41 ngày", value=value, shape="■", tone="bad")
        for index, (name, value) in enumerate(
            [("Lạc Sơn", "96"), ("Đà Bắc", "81"), ("Sở Tài nguyên và Môi trường", "64")]
        )
    }
    blocks: dict[str, AnyBlock] = {
        "age": Columns(
            at=Place(1, 1, 7, 6),
            mark=FRESH,
            title="Tuổi của hồ sơ quá hạn",
            columns=columns,
            order=list(columns),
            scale=148,
            note="412 hồ sơ",
        ),
        "due": Columns(
            at=Place(8, 1, 5, 6), mark=FRESH, title="Đến hạn trong", columns=due, order=list(due), scale=967
        ),
        "who": Listing(at=Place(1, 7, 7, 6), mark=STALE, title="Ai đang giữ", lines=lines, order=list(lines)),
        "how": Parts(
            at=Place(8, 7, 5, 6), mark=FRESH, title="Hình thức nộp", parts=parts, order=list(parts), note="35.212 hồ sơ"
        ),
    }
    sentence = [Span("412 hồ sơ quá hạn, 35 hồ sơ đã quá 30 ngày", "bad"), Span("; ba đơn vị giữ hơn nửa.")]
    return scene_of("Tỉnh Hòa Bình · Đúng hạn và quá hạn", sentence, blocks, STALE)


def centre() -> Scene:
    """Sources and screens."""
    sources = [
        ("Một cửa", "đọc 14:05, 35.212 hồ sơ", "fresh"),
        ("Trục liên thông văn bản", "chậm: 13:20", "late"),
        ("Hội nghị truyền hình", "im lặng từ 22:10 09/12", "stale"),
        ("Phiếu đánh giá", "chưa từng cập nhật", "unknown"),
    ]
    lines = {
        f"s{index}": Line(head=head, text=text, value="", fresh=fresh)
        for index, (head, text, fresh) in enumerate(sources)
    }
    words = {"fresh": "đang chạy", "late": "chậm", "stale": "im lặng", "unknown": "chưa kết nối"}
    states = ["fresh", "fresh", "late", "fresh", "stale", "fresh", "fresh", "unknown", "fresh"]
    cells = {
        f"m{index}": Cell(head=str(index + 1), text=words[state], fresh=state) for index, state in enumerate(states)
    }
    blocks: dict[str, AnyBlock] = {
        "sources": Listing(at=Place(1, 1, 8, 7), mark=FRESH, title="Nguồn dữ liệu", lines=lines, order=list(lines)),
        "kept": Figure(
            at=Place(9, 1, 4, 7),
            mark=UNKNOWN,
            title="Bản ghi bị giữ lại",
            value="1.204",
            unit="bản ghi",
            standing="none",
            standing_text="chưa có chỉ tiêu",
            change="tăng 31 hôm nay",
            n="5 nguồn",
        ),
        "screens": Cells(at=Place(1, 8, 12, 5), mark=FRESH, title="Màn hình", cells=cells, order=list(cells)),
    }
    sentence = [Span("Một nguồn im lặng, một nguồn chưa từng cập nhật", "bad"), Span("; màn hình 5 không trả lời.")]
    return scene_of("Tỉnh Hòa Bình · Trung tâm", sentence, blocks, UNKNOWN)


USUAL = {"overview": overview, "ranking": ranking, "work": work, "centre": centre}


def geometry() -> Mapping[str, Any]:
    """Outlines of 150 made-up communes, as wall/geometry.py gives them."""
    cells, centres = {}, {}
    for index in range(150):
        x, y = 10.0 * (index % 15), 10.0 * (index // 15)
        points = [
            (x + 5 + 5.2 * cos(turn * pi / 3 + index), y + 5 + 5.2 * sin(turn * pi / 3 + index)) for turn in range(6)
        ]
        cells[f"c{index}"] = "M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in points) + "Z"
        centres[f"c{index}"] = [x + 5, y + 5]
    return {
        "viewBox": "0 0 150 100",
        "cells": cells,
        "borders": ["M0 0L150 0L150 100L0 100Z", "M70 0L80 100"],
        "centres": centres,
    }
