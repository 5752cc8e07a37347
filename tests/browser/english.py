"""Common English words that no Vietnamese text has: none of them is also a syllable of Vietnamese without its marks."""

import re
from collections.abc import Iterable
from pathlib import Path

ENGLISH = frozenset(Path(__file__).with_name("english.txt").read_text(encoding="utf-8").split())
# Not words of a sentence, alike in every language.
ALLOWED = frozenset(
    {
        "English",  # the button that leads to the English page, in that language
    }
)
_MARKS = "\"'“”‘’.,;:!?()·…–—•%|/"


def english_words(said: Iterable[str]) -> list[str]:
    """The English words of those texts, each with its text. A key (`on_time_rate`), an address and whatever else holds
    more than letters is no word."""
    found = []
    for text in said:
        words = {word.strip(_MARKS) for word in re.split(r"[\s/|]+", text)} - ALLOWED
        found += [f"{word}: {text[:160]}" for word in words if word.lower() in ENGLISH]
    return sorted(found)
