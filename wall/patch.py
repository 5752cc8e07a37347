"""JSON Merge Patch (RFC 7396): what changed between two documents, so that a screen gets no more than that."""

from collections.abc import Mapping
from typing import Any

Document = Mapping[str, Any]

_ABSENT = object()


def merge_patch(old: Document, new: Document) -> dict[str, Any]:
    """What turns `old` into `new`; empty when they are equal. No member of both may be null: null removes."""
    patch: dict[str, Any] = {key: None for key in old if key not in new}
    for key, value in new.items():
        before = old.get(key, _ABSENT)
        if value is before:
            continue
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            if inner := merge_patch(before, value):
                patch[key] = inner
        elif value != before or type(value) is not type(before):
            patch[key] = value
    return patch


def without_nulls(value: Any) -> Any:
    """The value with every member that is null left out; in lists null stays, as RFC 7396 leaves lists alone."""
    if isinstance(value, Mapping):
        return {key: without_nulls(member) for key, member in value.items() if member is not None}
    return value
