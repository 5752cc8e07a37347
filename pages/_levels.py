"""Service levels in the words of a day: levels 3 and 4 until 14/08/2022, "partial" and "full-process" from 15/08/2022.

Decree 42/2022/NĐ-CP brought the new words; the definitions of `metrics/` speak of levels by number.
"""

from datetime import date

from pages._language import Language

RENAMED_ON = date(2022, 8, 15)
# What stands in a definition, and what it is called before and from that day; longer ones first.
_WORDS: dict[Language, tuple[tuple[str, str, str], ...]] = {
    "vi": (
        ("toàn trình (mức độ 4)", "mức độ 4", "toàn trình"),
        ("mức độ 4 (toàn trình)", "mức độ 4", "toàn trình"),
        ("mức độ 3 hoặc 4", "mức độ 3 hoặc 4", "một phần hoặc toàn trình"),
        ("mức độ 3 và 4", "mức độ 3 và 4", "một phần và toàn trình"),
        ("mức độ 3, 4", "mức độ 3, 4", "một phần, toàn trình"),
        ("mức độ 4", "mức độ 4", "toàn trình"),
        ("mức độ 3", "mức độ 3", "một phần"),
        ("mức độ 2", "mức độ 2", "cung cấp thông tin"),
    ),
    "en": (
        ("level 3 or 4", "level 3 or 4", "partial or full-process level"),
        ("level 3 and 4", "level 3 and 4", "partial and full-process"),
        ("level 4", "level 4", "full-process level"),
        ("level 3", "level 3", "partial level"),
        ("level 2", "level 2", "information-only level"),
    ),
}


def level_words(text: str, day: date, language: Language) -> str:
    """A definition's text with its levels called as on that local day; a capital at the start stays one."""
    for written, before, since in _WORDS[language]:
        called = since if day >= RENAMED_ON else before
        # Through a mark, so that a word put in is not taken for one to be replaced.
        text = text.replace(written, _marked(called)).replace(_capital(written), _marked(_capital(called)))
    return text.replace(_MARK, "")


_MARK = "\u2060"


def _marked(text: str) -> str:
    return _MARK.join(text)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
