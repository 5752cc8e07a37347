"""The electronic code of an agency (Decision 20/2020/QĐ-TTg) in its new form."""

from functools import lru_cache


@lru_cache(maxsize=65536)
def agency_code(text: str) -> str:
    """The code in its new form: `000.03.21.H28` and `H28.21.03` are both `H28.21.03`.

    In the old form the last group begins with a letter and the first does not: the last goes to the front, the
    others follow in reverse, all-zero groups fall away. Any other code is given back as it is.
    """
    groups = text.strip().split(".")
    if not groups[-1][:1].isalpha() or groups[0][:1].isalpha():
        return text.strip()
    return ".".join(group for group in reversed(groups) if group.strip("0"))
