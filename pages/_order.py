"""Vietnamese alphabetical order: letters first (a ă â b c d đ …), then tones (level, huyền, hỏi, ngã, sắc, nặng)."""

import unicodedata
from functools import lru_cache

_LETTERS = {letter: index for index, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
Key = tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]


def vietnamese_order(text: str) -> Key:
    """A sort key that puts names in Vietnamese order, syllable by syllable; case does not count."""
    return tuple(_syllable(syllable) for syllable in text.casefold().split())


def plain(text: str) -> str:
    """Lower case without tones and marks, for searching: "Hồ sơ" as "ho so"."""
    parts = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(mark for mark in parts if not unicodedata.combining(mark))


@lru_cache(maxsize=8192)  # names share their syllables, and every page sorts names
def _syllable(text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    letters: list[int] = []
    tones: list[int] = []
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        tone = next((_TONES[mark] for mark in parts if mark in _TONES), 0)
        plain = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in _TONES))
        letters.append(_LETTERS.get(plain, ord(plain[0]) - 1000 if plain[0].isdigit() else 1000 + ord(plain[0])))
        tones.append(tone)
    return tuple(letters), tuple(tones)
