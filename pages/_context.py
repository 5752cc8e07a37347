"""What holds for all that is done within a block, however deep, without being handed down."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

Value = TypeVar("Value")


@contextmanager
def temporarily(variable: ContextVar[Value | None], value: Value) -> Iterator[Value]:
    """Within the block the variable has this value, which the block is given; then the one from before."""
    before = variable.set(value)
    try:
        yield value
    finally:
        variable.reset(before)
