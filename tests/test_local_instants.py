"""A column of local times is read as each of them is by itself."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from connectors._fields import parse_local_instant
from connectors._instants import local_instants

_NUMBERS = st.tuples(
    st.integers(1970, 2103),
    st.integers(0, 14),
    st.integers(0, 33),
    st.integers(0, 25),
    st.integers(0, 61),
    st.integers(0, 61),
)
TEXTS = _NUMBERS.map(lambda parts: f"{parts[0]:04}" + "".join(f"{part:02}" for part in parts[1:]))
ODD = st.sampled_from(
    [None, "", "x", "20210101", "+0210101000000", " 0210101000000", "２０２１0101000000", "21009999000000"]
)


@given(st.lists(TEXTS | ODD, max_size=40))
def test_each_time_is_what_it_is_alone_or_is_to_be_read_alone(texts: list[str | None]) -> None:
    moments, unread = local_instants(pl.Series(texts, dtype=pl.String))
    for text, moment, is_unread in zip(texts, moments, unread, strict=True):
        assert is_unread == (bool(text) and moment is None)
        if not is_unread:
            assert moment == (parse_local_instant(text) if text else None)
        elif text and "19760101" <= text[:8] < "21010101":
            assert parse_local_instant(text) is None
