"""A section of RESULTS.md written anew, all others kept."""

import re

_SECTION = re.compile(r"^(?=## )", re.MULTILINE)


def with_sections(old: str, page: str) -> str:
    """The page `old` with every section of `page` in place of its own of that heading, or added at the end.

    Under its heading each says when, where and with what it was measured: the lines of `page` before its first section.
    """
    head, *measured = _SECTION.split(page)
    told = "\n".join(line for line in head.splitlines() if line.startswith("- "))
    sections = {_heading(section): section for section in _SECTION.split(old)}
    for section in measured:
        heading, _newline, rest = section.partition("\n")
        sections[heading] = f"{heading}\n\n{told}\n\n{rest.strip()}\n"
    return "\n".join(section.strip() + "\n" for section in sections.values())


def _heading(section: str) -> str:
    return section.partition("\n")[0]
