"""Every reason for which a record can be held back has a class, and that its words: read from the code itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pages.operators._quarantine_words import class_advice, class_words
from pages.operators._source_words import reason_word
from store.reason_classes import CLASS_OF, CLASSES, NOT_UNDERSTOOD, class_of, reasons_of

ROOT = Path(__file__).parent.parent
# Where a call names the reason: the place among its arguments, and by which name.
PLACES = {
    "BadFieldError": (0, "reason"),
    "PacketError": (0, "reason"),
    "choice": (3, "reason"),
    "_choice": (2, "reason"),
    "required": (2, "reason"),
    "code": (2, "missing"),
    "Rejected": (None, "reason"),
}
# Passed on from one of the calls above.
PASSED_ON = {"reason", "missing", "bad.reason", "error.reason", "fields.code(record, 'fault')", "record.reason"}


def reasons(path: Path) -> Iterator[str]:
    """Every reason that a file names; a reason made in a way that this test cannot read fails it."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (given := _reason_of(node)) is not None:
            yield from _told(given, path)
        if isinstance(node, ast.FunctionDef):
            for argument, default in zip(node.args.args[::-1], node.args.defaults[::-1], strict=False):
                if argument.arg in ("reason", "missing") and isinstance(default, ast.Constant):
                    yield from _told(default, path)
        # The store's own: reason, detail = "unknown_unit", f"…"
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "(reason, detail)":
            assert isinstance(node.value, ast.Tuple)
            yield from _told(node.value.elts[0], path)


def _reason_of(call: ast.Call) -> ast.expr | None:
    called = call.func
    if isinstance(called, ast.Name) and called.id == "partial":  # a call that is made later, its reason named now
        called = call.args[0]
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    if name not in PLACES:
        return None
    place, keyword = PLACES[name]
    named = next((given.value for given in call.keywords if given.arg == keyword), None)
    return named or (call.args[place] if place is not None and len(call.args) > place else None)


def _told(given: ast.expr, path: Path) -> Iterator[str]:
    if isinstance(given, ast.Constant):
        assert isinstance(given.value, str)
        yield given.value
    else:
        assert ast.unparse(given) in PASSED_ON, f"{path.name}: a reason that nobody can read: {ast.unparse(given)}"


def every_reason() -> set[str]:
    files = [*(ROOT / "connectors").glob("*.py"), *(ROOT / "store").glob("*.py")]
    return {reason for path in files for reason in reasons(path)}


def test_every_reason_that_the_code_gives_has_a_class_and_no_class_has_another() -> None:
    assert every_reason() == set(CLASS_OF)


def test_every_class_and_reason_is_told_in_words_of_its_own() -> None:
    assert set(class_words()) == set(CLASSES)
    assert all(class_advice(its_class) for its_class in CLASSES)
    assert [reason for reason in CLASS_OF if reason_word(reason) == reason] == []


def test_a_reason_of_an_older_version_is_not_understood() -> None:
    assert class_of("some_old_reason") == NOT_UNDERSTOOD
    assert reasons_of("incomplete") == ["missing_key", "missing_field", "missing_completion"]
    with pytest.raises(ValueError, match="one of: unknown_unit, unknown_procedure"):
        reasons_of("no_such_class")
