"""What every file says of itself, whatever its form."""

import json

from exports._words import Words, moment
from exports.viewed import Viewed
from metrics import definitions_version


def head_lines(viewed: Viewed, words: Words) -> list[str]:
    """A line each: title, the view's sentence, period, filters, data time, definitions version, notes."""
    lines = [viewed.title, viewed.sentence]
    if viewed.period:
        lines.append(f"{words.period}: {viewed.period}")
    if viewed.filters:
        lines.append(f"{words.filters}: {filters_text(viewed)}")
    lines.append(f"{words.data_time}: {moment(viewed.data_time, words)}")
    lines.append(f"{words.version}: {definitions_version()}")
    lines += [f"{words.note}: {note}" for note in viewed.notes]
    return [" ".join(line.split()) for line in lines if line.strip()]


def filters_text(viewed: Viewed) -> str:
    """Every choice with its value, in one line."""
    return " · ".join(f"{name}: {value}" for name, value in viewed.filters)


def properties(viewed: Viewed) -> dict[str, str]:
    """The same for programs: texts by name; filters, notes, definitions and the columns' names for people as JSON."""
    return {
        "title": viewed.title,
        "sentence": viewed.sentence,
        "period": viewed.period,
        "filters": _json(dict(viewed.filters)),
        "data_time": viewed.data_time.isoformat() if viewed.data_time else "",
        "definitions_version": definitions_version(),
        "definitions": _json({indicator.key: indicator.definition_vi for indicator in viewed.definitions}),
        "notes": _json(list(viewed.notes)),
        "columns": _json({table.name: dict(table.heads) for table in viewed.tables}),
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
