"""PDF and PNG: the view as an office would print it, set by typst from `paper.typ`.

Every text goes to typst as data, never as markup. A PDF is A4, on its side when the tables are wide, with the heads
of a table on every page; a PNG is one picture as high as the view, at twice the size of a screen. Columns in which
nothing stands are left out, empty cells are a dash.
"""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import typst

from exports._fonts import FAMILY, fonts
from exports._head import filters_text
from exports._words import Words, day, local_time, moment, number, percent
from exports.viewed import Picture, Table, Viewed
from metrics import Indicator, definitions_version

_TEMPLATE = Path(__file__).with_name("paper.typ")
_PIXELS_PER_INCH = 192.0
# typst sets one page on all cores; two at once would only wait for each other.
_ONE_AT_A_TIME = Lock()
_UPRIGHT, _ASIDE = 178.0, 265.0  # millimetres between the margins
_HIGHEST = 120.0  # of a picture
_SIGN = 0.19  # a sign's width, of the size of its type, in millimetres for each point
_SIZES = (9.0, 8.5, 8.0, 7.5, 7.0, 6.5)
_BETWEEN = 3.2  # millimetres between two columns
_LOOKED_AT, _LONGEST_LINE, _HEAD_LINES = 300, 34, 2.2
_NEARLY = 0.8
_AT_EASE = 1.35  # how much broader than needed a table may be
_VIEW_BOX = re.compile(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"')


def paper_bytes(viewed: Viewed, form: Literal["pdf", "png"], words: Words) -> bytes:
    """The view in one of the two forms."""
    asked = {"view": json.dumps(_content(viewed, words, tall=form == "png"), ensure_ascii=False)}
    made = (viewed.data_time or datetime(1970, 1, 1, tzinfo=UTC)).replace(microsecond=0)  # typst takes none
    with _ONE_AT_A_TIME:
        return typst.compile(
            _TEMPLATE.read_bytes(),
            format=form,
            font_paths=fonts(),
            ppi=_PIXELS_PER_INCH,
            sys_inputs=asked,
            timestamp=made,
        )


def _content(viewed: Viewed, words: Words, *, tall: bool) -> dict[str, Any]:
    """What the template reads."""
    written = [_written(table, words) for table in viewed.tables if table.frame.width]
    aside = any(_width(table, _SIZES[1]) > _UPRIGHT for table in written)
    room = _ASIDE if aside else _UPRIGHT
    until = f"{words.data_time}: {moment(viewed.data_time, words)}"
    version = f"{words.version}: {definitions_version()}"
    facts = [(words.period, viewed.period), (words.filters, filters_text(viewed))]
    facts += [(words.data_time, moment(viewed.data_time, words)), (words.version, definitions_version())]
    return {
        "language": words.language,
        "centre": words.centre,
        "title": viewed.title,
        "sentence": viewed.sentence,
        "description": " · ".join(part for part in (viewed.sentence, viewed.period, until, version) if part),
        "facts": [fact for fact in facts if fact[1]],
        "notes": list(viewed.notes),
        "pictures": [_picture(picture, room) for picture in viewed.pictures],
        "tables": [_fitted(table, room) for table in written],
        "definitions": [_definition(indicator, words) for indicator in viewed.definitions],
        "definitions-title": words.definitions,
        "footer": f"{words.centre} · {until} · {version}",
        "page": words.page,
        "landscape": aside,
        "tall": tall,
    }


def _written(table: Table, words: Words) -> dict[str, Any]:
    """A table as texts: its columns with something in them."""
    frame = table.frame
    names = [name for name in frame.columns if not frame.height or frame[name].null_count() < frame.height]
    columns = [_column(table, name, words) for name in names]
    numbers = [frame[name].dtype.is_numeric() for name in names]
    return {
        "name": table.name,
        "empty": "" if frame.height else words.empty,
        "heads": [table.heads.get(name, name) for name in names],
        "aligns": ["right" if is_number else "left" for is_number in numbers],
        "rows": [list(row) for row in zip(*columns, strict=True)],
    }


def _column(table: Table, name: str, words: Words) -> list[str]:
    values = table.frame[name]
    whole = not values.dtype.is_float() or (values.drop_nulls() % 1 == 0).all()
    if table.rated is None or name not in table.rates:
        return [_text(value, 0 if whole else 1, words, rate=name in table.rates) for value in values]
    # Rates and counts in one column: each in its own form.
    found = []
    for value, rate in zip(values, table.rated, strict=True):
        digits = 0 if value is None or float(value).is_integer() else 1
        found.append(_text(value, digits, words, rate=rate))
    return found


def _text(value: Any, digits: int, words: Words, *, rate: bool) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return words.yes if value else words.no
    if isinstance(value, int | float):
        return percent(value, words.language) if rate else number(value, digits, words.language)
    if isinstance(value, datetime):
        return local_time(value).strftime("%d/%m/%Y %H:%M")
    return day(value) if isinstance(value, date) else str(value)


def _signs(table: dict[str, Any]) -> list[tuple[float, float]]:
    """Of each column the signs that it needs at least, for its longest word, and those that it would like to have:
    long texts and heads go over several lines."""
    found: list[tuple[float, float]] = []
    for place, head in enumerate(table["heads"]):
        cells = [row[place] for row in table["rows"][:_LOOKED_AT]]
        longest = max((len(cell) for cell in cells), default=0)
        least = max((len(word) for text in [*cells, head] for word in text.split(" ")), default=0)
        found.append((least, max(min(longest, _LONGEST_LINE), least, len(head) / _HEAD_LINES)))
    return found


def _width(table: dict[str, Any], size: float) -> float:
    """The millimetres that a table would like to have in a size of type."""
    return sum(wanted * size * _SIGN + _BETWEEN for _least, wanted in _signs(table))


def _fitted(table: dict[str, Any], room: float) -> dict[str, Any]:
    """The largest type at which the table fits, its columns' shares of the breadth, and its part of the page."""
    size = next((size for size in _SIZES if _width(table, size) <= room), _SIZES[-1])
    signs = _signs(table)
    spare = room / (size * _SIGN) - len(signs) * _BETWEEN / (size * _SIGN) - sum(least for least, _wanted in signs)
    more = sum(wanted - least for least, wanted in signs)
    given = max(0.0, min(1.0, spare / more)) if more else 1.0
    shares = [(least + (wanted - least) * given) * size * _SIGN + _BETWEEN for least, wanted in signs]
    return {**table, "size": size, "widths": shares, "part": _part(sum(shares) * _AT_EASE / room)}


def _part(needed: float) -> float:
    """A table that would nearly fill the page fills it."""
    return 1.0 if needed > _NEARLY else needed


def _picture(picture: Picture, room: float) -> dict[str, Any]:
    found = _VIEW_BOX.search(picture.svg)
    across, down = (float(found[1]), float(found[2])) if found else (2.0, 1.0)
    return {
        "svg": picture.svg.replace("<svg ", f'<svg font-family="{FAMILY}" ', 1),
        "description": picture.description,
        "width": min(room, _HIGHEST * across / down),
    }


def _definition(indicator: Indicator, words: Words) -> dict[str, str]:
    vietnamese = words.language == "vi"
    return {
        "name": indicator.name_vi if vietnamese else indicator.name,
        "definition": indicator.definition_vi if vietnamese else indicator.definition,
        "source": indicator.source,
    }
