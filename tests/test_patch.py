"""What screens get instead of whole pictures."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from wall.patch import merge_patch, without_nulls


def documents(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from("abcd"), values, max_size=4)


SCALARS = st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b"])
VALUES = st.recursive(SCALARS, lambda inner: st.lists(st.none() | inner, max_size=3) | documents(inner), max_leaves=8)


def applied(patch: Any, target: Any) -> Any:
    """RFC 7396, section 2, word for word."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = applied(value, result.get(name))
    return result


@settings(max_examples=150, deadline=None)
@given(documents(VALUES), documents(VALUES))
def test_patch_makes_the_new_document_of_the_old(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert applied(merge_patch(old, new), old) == new


@given(documents(VALUES))
def test_patch_between_equal_documents_is_empty(document: dict[str, Any]) -> None:
    assert merge_patch(document, applied({}, document)) == {}


def test_patch_holds_only_what_changed() -> None:
    old = {"title": "A", "rows": {"x": {"name": "X", "value": 1}, "y": {"name": "Y", "value": 2}}, "order": ["x", "y"]}
    new = {"title": "A", "rows": {"x": {"name": "X", "value": 3}}, "order": ["x"]}
    assert merge_patch(old, new) == {"rows": {"x": {"value": 3}, "y": None}, "order": ["x"]}


def test_true_is_not_one() -> None:
    assert merge_patch({"a": 1}, {"a": True}) == {"a": True}


def test_members_without_a_value_are_left_out_but_gaps_in_lists_stay() -> None:
    assert without_nulls({"a": None, "b": {"c": None, "d": [1, None]}}) == {"b": {"d": [1, None]}}
